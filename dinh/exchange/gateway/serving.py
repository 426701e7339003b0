"""Answer another member: allowed by a right, taken in once, visible to whom it concerns."""

import hashlib
from collections.abc import Awaitable, Sequence
from uuid import UUID

import msgspec

from dinh.exchange.accesslog import Access, Embargo, by_number, name_of, record_all
from dinh.exchange.evidence import Call, Recorder, Times, take
from dinh.exchange.gateway import rules, store, subjects
from dinh.exchange.gateway.contracts import Answer, Envelope, Held, Question, Refusal
from dinh.exchange.gateway.plugs import Consents, Handlers, Providers, Systems
from dinh.exchange.gateway.service import call_of
from dinh.exchange.links import Item, Reply, Signed, SignedBatch
from dinh.exchange.members import Right, Service, declared, membership_of
from dinh.exchange.messages import Request, Unreadable, decode, encode_response, kept, request_hash
from dinh.exchange.metering import Admitted, Line, Meter
from dinh.kernel import clock, keys, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Invalid, NotAllowed, NotFound, Refused, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx

_log = log.get("exchange")
# Only a node says these of an answer; what a provider's own system says in them is dropped.
OURS = frozenset({
    "x-road-id", "x-road-client", "x-road-service", "x-road-request-id", "x-road-request-hash", "x-road-error", "dinh-sent-at", "dinh-subjects", "dinh-refusal",
})  # fmt: skip
ORDER_LETTERS = 80
UNUSABLE = (LookupError, ValueError, TypeError, StopIteration, msgspec.ValidationError)


class Gateway:
    """The answering side of one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def accept(self, batch: SignedBatch, items: Sequence[Item]) -> list[Awaitable[Reply] | str]:
        """Before anything is done for them: readable, signed by whom they name, for a member of this node, fresh, and never taken before."""
        read = [self._read(batch, item) for item in items]
        new = await self._new([found[1].id for found in read if not isinstance(found, str)])
        answers: list[Awaitable[Reply] | str] = []
        for index, (found, item) in enumerate(zip(read, items, strict=True)):
            if isinstance(found, str):
                answers.append(found)
            elif found[1].id not in new:
                answers.append("exchange.replayed")
            else:
                new.remove(found[1].id)
                answers.append(self._reply(Signed(item.message, item.body, batch, index), *found))
        return answers

    def _read(self, batch: SignedBatch, item: Item) -> tuple[Request, Envelope] | str:
        membership = membership_of(self._node)
        try:
            request = decode(item.message)
            if not isinstance(request, Request):
                return "exchange.unusable"
            envelope = rules.read(request, membership.names, membership.members)
            rules.check_fresh(envelope, clock.now())
            if membership.node_of(envelope.provider).code != self._node.code:
                return "exchange.no_member"
        except Unreadable:
            return "exchange.unusable"
        except Refused as error:
            return error.key
        return (request, envelope) if envelope.client == batch.member else "exchange.bad_signature"

    async def _new(self, ids: list[UUID]) -> set[UUID]:
        if not ids:
            return set()
        async with self._node.alone(system("exchange")) as tx:
            return await take(tx, ids)

    async def keep(self, evidence: Sequence[Call]) -> None:
        await self._node.part(Recorder).keep(evidence)

    async def _reply(self, asked: Signed, request: Request, envelope: Envelope) -> Reply:
        arrived = asked.batch.at
        request_out = clock.now()
        found = await _attempt(self._node, request, envelope, asked.body)
        response_in = clock.now()
        use, counted = (found.admitted.use, found.admitted.refusal is None) if found.admitted else (None, False)
        headers = [*found.headers, ("Dinh-Sent-At", rules.stamp(response_in))]
        response = rules.response(request, found.status, found.reason, headers, request_hash(asked.message, asked.body))

        def evidence(answer: Signed) -> Call:
            times = Times(request_in=arrived, request_out=request_out, response_in=response_in, response_out=answer.batch.at)
            call = call_of("provider", envelope, response, (asked, answer), times)
            return msgspec.structs.replace(call, accesses=found.accesses, use=use, over=use is not None and not counted)

        def dropped() -> None:
            if use and counted:
                self._node.part(Meter).release(use)

        return Reply(envelope.provider, encode_response(response), found.body, evidence, dropped)


class Outcome(msgspec.Struct, frozen=True):
    status: int
    body: bytes | None
    headers: Sequence[tuple[str, str]]
    accesses: list[Access] = []
    reason: str = ""
    admitted: Admitted | None = None


async def _attempt(node: Node, request: Request, envelope: Envelope, body: bytes | None) -> Outcome:
    """Unavailable goes through: nothing was answered, and nothing counts."""
    return await _told(envelope, _metered(node, request, envelope, body))


async def _told(envelope: Envelope, work: Awaitable[Outcome]) -> Outcome:
    """A refusal is an answer, too."""
    try:
        return await work
    except Unavailable:
        raise
    except Refused as error:
        return _refused(error)
    except UNUSABLE as error:
        _log.error("message_unusable", service=envelope.service, message=str(envelope.id), exc_info=error)
        return Outcome(422, msgspec.json.encode(Refusal("Invalid")), [rules.IS_JSON, ("Dinh-Refusal", "exchange.unusable")])


def _refused(error: Refused) -> Outcome:
    return Outcome(error.status, msgspec.json.encode(Refusal(type(error).__name__, error.params)), [rules.IS_JSON, ("Dinh-Refusal", error.key)])


async def _metered(node: Node, request: Request, envelope: Envelope, body: bytes | None) -> Outcome:
    """What no right allows is not counted: a client could fill the meter with names that it made up."""
    membership, meter = membership_of(node), node.part(Meter)
    membership.check_active(envelope.provider)
    own = membership.names.subsystem
    service = membership.service_at(envelope.provider, envelope.provider_subsystem or own, envelope.service)
    if service.kind != envelope.kind:
        # A message is known for ever and fresh for long, a question neither.
        raise NotFound("exchange.no_service", service=service.code)
    right = membership.permit(
        service, envelope.client, envelope.purpose, envelope.assurance, subsystem=envelope.client_subsystem, method=envelope.method, path=envelope.path,
    )  # fmt: skip
    line = Line(
        envelope.client, envelope.client_subsystem or own, envelope.provider, envelope.provider_subsystem or own, service.code, right.purpose,
    )  # fmt: skip
    admitted = await meter.admit(line, right.daily)
    if admitted.refusal:
        outcome = _refused(admitted.refusal)
    else:
        try:
            outcome = await _told(envelope, _serve(node, request, envelope, service, right, body))
        except BaseException:
            meter.release(admitted.use)
            raise
    return msgspec.structs.replace(outcome, headers=[*outcome.headers, *admitted.headers], admitted=admitted)


async def _serve(node: Node, request: Request, envelope: Envelope, service: Service, right: Right, body: bytes | None) -> Outcome:
    who = _caller(envelope).about(purpose=envelope.purpose, case=envelope.case, legal_basis=right.basis)
    embargo = _embargo(node, envelope, right)
    if service.url is None:
        return await _room(node, who, envelope, right, body, embargo)
    accesses = _accesses(who, envelope, right, _persons(node, request, envelope, service, right, body), embargo)
    target = envelope.path.raw.decode() + "".join(request.target.partition("?")[1:])
    if service.kind == "tell":
        return await _hold(node, who, envelope, (request.verb, target, kept(request.headers), body), accesses)
    told = await node.part(Systems).call(service, request.verb, target, kept(request.headers), body)
    rules.check_body(told.body)
    return Outcome(told.status, told.body, kept(told.headers, OURS), accesses, reason=told.reason)


def _persons(node: Node, request: Request, envelope: Envelope, service: Service, right: Right, body: bytes | None) -> list[str]:
    """Whom the request is about, by the pseudonyms of this node. What cannot be kept in their logs is not served."""
    if right.consent:
        raise NotAllowed("exchange.no_consent")
    if not service.subject:
        if right.shown or right.embargo:
            raise Invalid("exchange.no_subject")
        return []
    numbers = subjects.numbers(service.subject, request, envelope.path, body, declared(node.country).person_number)
    return [by_number(node, number) for number in numbers]


def _embargo(node: Node, envelope: Envelope, right: Right) -> Embargo | None:
    """Where the country has no embargo any more, or a shorter one, that holds for rights of before too. Raises NotAllowed for a call that names no order."""
    policy = declared(node.country).policy.embargo
    if right.embargo is None or policy is None:
        return None
    if not envelope.order or len(envelope.order) > ORDER_LETTERS:
        raise NotAllowed("exchange.no_order", client=envelope.client)
    return Embargo(right.embargo.authority, envelope.order, right.embargo.reason, min(right.embargo.days, policy.most_days))


async def _room(node: Node, who: Caller, envelope: Envelope, right: Right, body: bytes | None, embargo: Embargo | None) -> Outcome:
    if envelope.method != "POST" or envelope.path.raw:
        raise NotFound("exchange.no_service", service=envelope.service)
    question = rules.question_of(envelope, body)
    if envelope.kind == "tell":
        answer = await _take(node, who, envelope, question)
    else:
        answer = await node.part(Providers)[envelope.service](node, who, question)
        if right.consent:
            await _check_consents(node, envelope, answer.subjects)
    subjects = [("Dinh-Subjects", rules.plain(",".join(answer.subjects)))] if answer.subjects else []
    return Outcome(200, msgspec.json.encode(answer.body), [rules.IS_JSON, *subjects], _accesses(who, envelope, right, answer.subjects, embargo))


async def _take(node: Node, who: Caller, envelope: Envelope, question: Question) -> Answer:
    """At least once on the wire, exactly once here: the verb and the mark of the message share a transaction."""
    handler = node.part(Handlers).get(envelope.service)
    if handler is None:
        # Such as of the next release: it will be there when this node has it, too.
        raise NotFound("exchange.no_service", service=envelope.service)
    async with node.write(who) as tx:
        if await store.take_in(tx, rules.key_of(envelope), envelope):
            await handler(tx, who, question)
    return Answer(body={"receipt": "processed"})


async def _hold(
    node: Node, who: Caller, envelope: Envelope, content: tuple[str, str, list[tuple[str, str]], bytes | None], accesses: Sequence[Access]
) -> Outcome:
    """Durable here before it is acknowledged, with its entries in the logs of persons; the system gets it later. Told again, the answer is what became of it."""
    message, known = rules.key_of(envelope), None
    async with node.write(who) as tx:
        fresh = await store.take_in(tx, message, envelope)
        if not fresh:
            known = await store.held(tx, message)
        revived = known is not None and known.refused_at is not None and envelope.sent_at > known.sent_at
        if fresh or revived:
            key = await keys.for_scope(tx, f"month:{tx.now:%Y-%m}")
            sealed = key.encrypt(msgspec.msgpack.encode(content), message.bytes)
            await (store.hold if fresh else store.reopen)(tx, message, envelope, key.id, sealed)
        elif known:
            await store.sent_again(tx, message, envelope)
        await _record_once(tx, message, known, accesses, held=fresh or known is not None)
    if known and known.refused_at and not revived:
        raise Invalid(known.refusal)
    waits = fresh or revived or (known is not None and known.processed_at is None)
    receipt = "delivered" if waits else "processed"
    return Outcome(200, msgspec.json.encode({"receipt": receipt}), [rules.IS_JSON])


async def _record_once(tx: WriteTx, message: UUID, known: Held | None, accesses: Sequence[Access], *, held: bool) -> None:
    """Here and not with the evidence of the exchange, which every attempt leaves: one entry for each message, and none without it. Only its sender says
    that it is the same one: where it is about others when it comes again, they have entries too.
    """
    whom = hashlib.sha256("\n".join(sorted(access.person for access in accesses)).encode()).digest()
    if held and accesses and (known is None or known.whom != whom):
        await record_all(tx, accesses)
        await store.logged(tx, message, whom)


async def _check_consents(node: Node, envelope: Envelope, subjects: list[str]) -> None:
    """Everyone whom the answer tells about has agreed, or it does not leave. An answer about nobody does not leave either: it would tell who is not there."""
    use, consents = (envelope.service, envelope.client, envelope.purpose), node.part(Consents)
    if not subjects or not all([await consents.valid(node, envelope.provider, use, person) for person in subjects]):
        raise NotAllowed("exchange.no_consent")


def _accesses(who: Caller, envelope: Envelope, right: Right, persons: Sequence[str], embargo: Embargo | None) -> list[Access]:
    what = name_of(envelope.provider, envelope.provider_subsystem, envelope.service)
    return [
        Access(
            who=who, person=person, agency=envelope.client, purpose=envelope.purpose, legal_basis=right.basis, what=what,
            shown=right.shown or "agency", message=envelope.id, embargo=embargo,
        )
        for person in dict.fromkeys(persons)
    ]  # fmt: skip


def _caller(envelope: Envelope) -> Caller:
    return Caller(
        kind="member", agency=envelope.client, person=envelope.person, post=envelope.post, assurance=envelope.assurance, purpose=envelope.purpose,
        case=envelope.case, on_behalf_of=envelope.on_behalf_of, mandate=envelope.mandate,
    )  # fmt: skip
