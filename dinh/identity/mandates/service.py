"""Verbs of mandates: a parent's by the population register, a power of attorney by the person themselves."""

from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec

from dinh.exchange import Question, View, ask, membership_of
from dinh.identity.accounts import Limiter
from dinh.identity.mandates import rules, store
from dinh.identity.mandates.contracts import (
    PARTS,
    Child,
    Mandate,
    MandateDisposed,
    MandateEnded,
    MandateGiven,
    MandateRules,
    MandateTaken,
    Names,
    Power,
)
from dinh.identity.mandates.plugs import Grantable
from dinh.identity.sessions import choose_mandate
from dinh.kernel import content, events, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country
from dinh.kernel.errors import Conflict, Invalid, NotFound, TooMany
from dinh.kernel.node import Node
from dinh.kernel.retention import Ended, Holding, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx

PURPOSE = "mandate"
PERSON, CHILDREN, IDENTIFY = "population.person", "population.children", "population.identify"
MINUTES = 15


@cache
def _load(folder: Path) -> MandateRules:
    return content.read(folder / "mandates.yaml", MandateRules)


def mandate_rules(country: Country) -> MandateRules:
    return _load(country.folder)


async def mandates_of(tx: ReadTx, who: Caller) -> list[Mandate]:
    """On either side of which the caller stands."""
    rows = await store.of_person(tx, who.person or "", tx.node.country.local_date(tx.now))
    return [store.mandate_of(row, (await keys.by_id(tx, row["key"])).decrypt(row["names"], row["id"].bytes)) for row in rows]


async def find_mandate(tx: ReadTx, who: Caller, mandate: UUID) -> Mandate:
    """Raises NotFound, recorded, for one between others."""
    row = await store.one(tx, mandate)
    if row is None or who.person not in {row["represented"], row["representative"]}:
        raise NotFound(subject=f"mandate:{mandate}")
    return store.mandate_of(row, (await keys.by_id(tx, row["key"])).decrypt(row["names"], row["id"].bytes))


async def ask_for_children(node: Node, who: Caller) -> int:
    """A mandate for each minor child that the population register names the caller a parent of. How many are new."""
    children, own = await _children(node, who), await _own_name(node, who)
    new = 0
    async with node.write(who) as tx:
        adult = mandate_rules(node.country).adult_years
        for child, birthday in rules.minors(children, node.country.local_date(tx.now), adult.value):
            mandate = Mandate(
                id=ids.new_id(), kind="guardian", represented=child.ref, representative=who.person or "", parts=list(PARTS), procedures=[],
                given_at=tx.now, ends_on=birthday, ended_at=None, basis=adult.basis, names=Names(child.full_name, own),
            )  # fmt: skip
            new += await _give(tx, who, mandate)
    return new


async def _children(node: Node, who: Caller) -> list[Child]:
    answer = await ask(node, who, _question(node, CHILDREN, {}))
    return msgspec.convert(answer.body["children"], list[Child])


async def _own_name(node: Node, who: Caller) -> str:
    answer = await ask(node, who, _question(node, PERSON, {"ref": who.person}))
    return str(answer.body["full_name"])


def _question(node: Node, service: str, body: dict[str, object]) -> Question:
    return Question(service=service, client=node.plan.operator, provider=_provider(node, service), purpose=PURPOSE, body=body)


def _provider(node: Node, service: str) -> str:
    return membership_of(node).service(service).provider


async def give_power(node: Node, who: Caller, power: Power) -> Mandate:
    """The caller lets someone act for them. The register says whose number and name these are, and tells no more.

    Raises Invalid with every wrong field, TooMany: nobody finds a number out by trying.
    """
    async with node.read(who) as tx:
        today = node.country.local_date(tx.now)
    longest = mandate_rules(node.country).longest_months
    wrong = rules.faults(power, today, longest.value, node.part(Grantable).on(today))
    if wrong or power.last_day is None:
        raise Invalid(fields=wrong)
    if not await node.part(Limiter).allows(f"mandate:{who.person}", f"mandate:{who.person}"):
        raise TooMany("identity.mandate_too_many", retry_after=MINUTES * 60)
    chosen, own = await _identify(node, who, power), await _own_name(node, who)
    async with node.write(who) as tx:
        mandate = Mandate(
            id=ids.new_id(), kind="attorney", represented=who.person or "", representative=chosen["ref"], parts=power.parts,
            procedures=power.procedures if "cases" in power.parts else [], given_at=tx.now, ends_on=rules.day_after(power.last_day), ended_at=None,
            basis=longest.basis, names=Names(own, chosen["full_name"]),
        )  # fmt: skip
        await _give(tx, who, mandate)
    return mandate


async def _identify(node: Node, who: Caller, power: Power) -> dict[str, str]:
    body: dict[str, object] = {"number": power.number, "full_name": power.name, "years": mandate_rules(node.country).adult_years.value}
    try:
        answer = await ask(node, who, _question(node, IDENTIFY, body))
    except NotFound as error:
        raise Invalid(fields={"number": "identity.mandate_unknown"}) from error
    if answer.body["ref"] == who.person:
        raise Invalid(fields={"number": "identity.mandate_oneself"})
    return {"ref": str(answer.body["ref"]), "full_name": str(answer.body["full_name"])}


async def _give(tx: WriteTx, who: Caller, mandate: Mandate) -> bool:
    key = await keys.create(tx, f"mandate:{mandate.id}")
    if not await store.insert(tx, mandate, key.id, key.encrypt(msgspec.json.encode(mandate.names), mandate.id.bytes)):
        return False
    given = MandateGiven(
        mandate=str(mandate.id), kind=mandate.kind, represented=mandate.represented, representative=mandate.representative, ends_on=mandate.ends_on
    )
    await events.append(tx, who, mandate.represented, given)
    return True


async def end_mandate(tx: WriteTx, who: Caller, mandate: UUID) -> None:
    """Either side, at once. A child cannot end a parent's: the law gave it. Raises Conflict when it has ended already."""
    found = await find_mandate(tx, who, mandate)
    by = "represented" if who.person == found.represented else "representative"
    if by == "represented" and found.kind == "guardian":
        raise Conflict("identity.mandate_by_law")
    if not await store.end(tx, mandate, by):
        raise Conflict("identity.mandate_over")
    await events.append(tx, who, found.represented, MandateEnded(mandate=str(mandate), by=by))


async def act_for(node: Node, who: Caller, mandate: UUID, secret: str) -> str:
    """From now on the caller's session acts under this mandate: the secret of the session that takes its place.

    A parent's is asked of the register again. Raises NotFound for a mandate of others, Conflict for one that has ended.
    """
    async with node.read(who) as tx:
        found = await find_mandate(tx, who, mandate)
        _check_usable(tx, who, found)
    if found.kind == "guardian":
        await _ask_again(node, who, found)
    async with node.write(who) as tx:
        _check_usable(tx, who, found := await find_mandate(tx, who, mandate))
        await events.append(tx, who, found.represented, MandateTaken(mandate=str(mandate), represented=found.represented))
        return await choose_mandate(tx, secret, mandate, found.names.represented)


def _check_usable(tx: ReadTx, who: Caller, mandate: Mandate) -> None:
    if who.person != mandate.representative:
        raise NotFound(subject=f"mandate:{mandate.id}")
    if not mandate.holds(tx.node.country.local_date(tx.now)):
        raise Conflict("identity.mandate_over")


async def _ask_again(node: Node, who: Caller, mandate: Mandate) -> None:
    """A child who died, or whose parent this is no more, ends the mandate."""
    if mandate.represented in {child.ref for child in await _children(node, who)}:
        return
    async with node.write(who) as tx:
        for ended in await store.lapse(tx, mandate.representative, mandate.represented):
            await events.append(tx, who, mandate.represented, MandateEnded(mandate=str(ended), by="register"))
    raise Conflict("identity.mandate_not_borne_out")


def views(country: Country) -> dict[str, View]:
    """How the log of accesses words what was opened under a mandate."""
    ref = mandate_rules(country).longest_months.ref
    return {f"mandate.{part}": View(f"identity.seen_{part}", "identity.seen_why", ref, by="identity.seen_by") for part in PARTS}


async def ended_mandates(tx: ReadTx, wanted: Wanted) -> list[Ended]:
    return await store.ended(tx, wanted)


async def dispose_mandate(tx: WriteTx, who: Caller, mandate: UUID, record_class: str) -> str | None:
    """Names and both references go; that there was a mandate stays, and so do its events."""
    if not await store.dispose(tx, mandate):
        return None
    scope = f"mandate:{mandate}"
    await keys.destroy(tx, scope, f"retention: {record_class}")
    await events.append(tx, who, str(mandate), MandateDisposed(mandate=str(mandate), record_class=record_class))
    return scope


holdings = {"mandate": Holding(ended_mandates, dispose_mandate)}
