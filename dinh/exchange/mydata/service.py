"""Gather the logs of all nodes, page by page or as a whole."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import msgspec

from dinh.exchange.accesslog import MOST, Entry, Log, Mark, Tally, Wanted, has_numbers, log_of, names_of
from dinh.exchange.gateway import Question, ask
from dinh.exchange.members import Held, matches, membership_of
from dinh.exchange.mydata import rules
from dinh.exchange.mydata.contracts import CAP, Gathered, LogExported, ProofsWanted
from dinh.exchange.mydata.plugs import NumberKeepers, OwnCases
from dinh.exchange.proofs import SCHEMA, NodeProofs, ProofFile, prove
from dinh.kernel import events
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Invalid, NotAllowed, NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

SERVICE = "access.entries"
PROOF = "access.proof"
NUMBER = "population.number"
# Entries whose proofs are asked for at once.
CHUNK = 200
PURPOSE = "own_data"
Read = Callable[[Wanted], Awaitable[Log]]


class Place(msgspec.Struct, frozen=True):
    """A node, and the agency that answers for it."""

    code: str
    operator: str


async def gather(node: Node, who: Caller) -> tuple[list[Entry], list[str]]:
    """The newest entries of all nodes, and the agencies that could not be asked just now."""
    found = await gather_log(node, who, Wanted())
    return found.log.entries, found.silent


async def gather_log(node: Node, who: Caller, wanted: Wanted) -> Gathered:
    """The wanted part of the logs of all nodes, `limit` entries at most."""

    async def once(read: Read) -> Log:
        return await read(wanted)

    return await _gather(node, who, once, wanted.limit)


async def gather_all(node: Node, who: Caller, wanted: Wanted) -> Gathered:
    """The same without pages, CAP entries at most."""

    async def whole(read: Read) -> Log:
        log = await read(msgspec.structs.replace(wanted, before=None, limit=MOST, counted=True))
        entries, last = list(log.entries), log
        while len(last.entries) == MOST and len(entries) < CAP:
            mark = Mark(entries[-1].at, entries[-1].id)
            last = await read(msgspec.structs.replace(wanted, before=mark, limit=MOST, counted=False))
            entries += last.entries
        return msgspec.structs.replace(log, entries=entries)

    return await _gather(node, who, whole, CAP)


async def _gather(node: Node, who: Caller, work: Callable[[Read], Awaitable[Log]], limit: int) -> Gathered:
    """All at once: one node that is slow, down, or does not understand, silences itself and nobody else."""
    asking, (others, apart) = Asking(node, who), _others(node)

    async def one(place: Place) -> Log | None:
        try:
            return await work(_remote(asking, place))
        except (Unavailable, Invalid, NotAllowed, NotFound, msgspec.ValidationError):
            return None

    own, *found = await asyncio.gather(work(_local(asking)), *map(one, others))
    logs = [log for log in (own, *found) if log]
    entries = rules.newest_first(entry for log in logs for entry in log.entries)[:limit]
    tally: list[Tally] = [one for log in logs for one in log.tally]
    silent = [place.operator for place, log in zip(others, found, strict=True) if log is None]
    return Gathered(log=Log(entries=entries, total=sum(log.total for log in logs), tally=tally), silent=silent, apart=apart)


def _others(node: Node) -> tuple[list[Place], list[str]]:
    """Nodes to ask: those of the country's files, and those with which agencies of the state joined. And members that are none of its agencies, but keep logs
    for their services: what the state calls a person, and their cases, are nothing for them.
    """
    places = {plan.code: Place(plan.code, plan.operator) for plan in node.country.nodes.values()}
    held, apart = node.part(Held).membership, []
    for server in held.configuration.servers if held else []:
        if held and server.code not in places:
            operator = held.members.get(server.operator)
            if operator and operator.member_class == held.configuration.member_class:
                places[server.code] = Place(server.code, server.operator)
            elif any(one.subject and matches(agency, one.provider) for one in held.configuration.services for agency in server.agencies):
                apart.append(server.operator)
    return [place for place in places.values() if place.code != node.code], apart


class Asking:
    """One person's asking of all nodes: what they are told to know whose log it is. Their number is looked up once, and only for nodes that need it."""

    def __init__(self, node: Node, who: Caller) -> None:
        self.node, self.who = node, who
        self._cases: list[str] | None = None
        self._number, self._looking = "", asyncio.Lock()

    async def cases(self) -> list[str]:
        """The newest of their own, as far as a question holds them."""
        if self._cases is None:
            async with self.node.read(self.who) as tx:
                self._cases = sorted(await self.node.part(OwnCases).find(tx, self.who), reverse=True)[:MOST]
        return self._cases

    async def number(self) -> str:
        """From the register that gave it. Raises what the exchange raises."""
        async with self._looking:
            if not self._number:
                provider = membership_of(self.node).service(NUMBER).provider
                question = Question(service=NUMBER, client=self.node.plan.operator, provider=provider, purpose=PURPOSE, body={})
                self._number = str((await ask(self.node, self.who, question)).body["number"])
        return self._number

    async def log(self, node: str, wanted: Wanted, read: Read) -> Log:
        """Asked again with the number where the node says that it keeps entries by numbers; from then on with it at once."""
        named, keepers = msgspec.structs.replace(wanted, own_cases=await self.cases()), self.node.part(NumberKeepers)
        if node not in keepers:
            found = await read(named)
            if not found.by_number:
                return found
            keepers.add(node)
        return await read(msgspec.structs.replace(named, number=await self.number()))


def _local(asking: Asking) -> Read:
    """By the platform's own hand, as on every other node: for whom is asked is who has signed in."""

    async def here(wanted: Wanted) -> Log:
        async with asking.node.read(system("exchange")) as tx:
            return _placed(await log_of(tx, asking.who.principal or "", wanted), asking.node.code)

    async def read(wanted: Wanted) -> Log:
        return await asking.log(asking.node.code, wanted, here)

    return read


def _remote(asking: Asking, place: Place) -> Read:
    node, operator = asking.node, place.operator

    async def there(wanted: Wanted) -> Log:
        question = Question(service=SERVICE, client=node.plan.operator, provider=operator, purpose=PURPOSE, body=msgspec.to_builtins(wanted))
        log = msgspec.convert((await ask(node, asking.who, question)).body, Log)
        fitting = [entry for entry in log.entries if rules.fits(entry, wanted)]
        return _placed(msgspec.structs.replace(log, entries=fitting), place.code)

    async def read(wanted: Wanted) -> Log:
        return await asking.log(place.code, wanted, there)

    return read


def _placed(log: Log, node: str) -> Log:
    return msgspec.structs.replace(log, entries=[msgspec.structs.replace(entry, node=node) for entry in log.entries])


# Proofs


async def proofs_of(tx: ReadTx, person: str, asked: ProofsWanted) -> NodeProofs:
    """On this node. `by_number`: some were not found by the reference, and may be kept by the number. The caller has been allowed to see this person's log."""
    found = await prove(tx, names_of(tx.node, person, asked.number), asked.entries, asked.own_cases)
    missing = not asked.number and len(found.entries) < len(asked.entries) and await has_numbers(tx)
    return msgspec.structs.replace(found, by_number=missing)


async def gather_proofs(node: Node, who: Caller, entries: Sequence[Entry]) -> ProofFile:
    """Of these entries of the person's log, by node, each part under one head. Raises NotFound where none was committed, and what the exchange raises."""
    asking, parts = Asking(node, who), []
    for place in (Place(node.code, node.plan.operator), *_others(node)[0]):
        here = [entry.id for entry in entries if entry.node == place.code and entry.provable]
        for at in range(0, len(here), CHUNK):
            part = await _proofs_at(asking, place, here[at : at + CHUNK])
            if part.entries:
                parts.append(part)
    if not parts:
        raise NotFound("exchange.no_proof")
    return ProofFile(SCHEMA, parts)


async def _proofs_at(asking: Asking, place: Place, ids: list[UUID]) -> NodeProofs:
    asked = ProofsWanted(entries=ids, own_cases=await asking.cases())
    found = await _proofs(asking, place, asked)
    if found.by_number:
        found = await _proofs(asking, place, msgspec.structs.replace(asked, number=await asking.number()))
    return msgspec.structs.replace(found, by_number=False)


async def _proofs(asking: Asking, place: Place, asked: ProofsWanted) -> NodeProofs:
    node, who = asking.node, asking.who
    if place.code == node.code:
        async with node.read(system("exchange")) as tx:
            return await proofs_of(tx, who.principal or "", asked)
    question = Question(service=PROOF, client=node.plan.operator, provider=place.operator, purpose=PURPOSE, body=msgspec.to_builtins(asked))
    return msgspec.convert((await ask(node, who, question)).body, NodeProofs)


async def keep_export(tx: WriteTx, who: Caller, kind: str, found: Gathered) -> None:
    person = who.principal or ""
    exported = LogExported(person=person, format=kind, entries=len(found.log.entries), complete=found.complete)
    await events.append(tx, who, person, exported)
