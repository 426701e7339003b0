"""Ask another member and answer one. Each side commits its evidence before anything is given out."""

import hashlib
from typing import Literal

import msgspec

from dinh.exchange.accesslog import record_exchange
from dinh.exchange.gateway import rules, store
from dinh.exchange.gateway.contracts import Answer, Asked, Message, Packet, Question
from dinh.exchange.gateway.plugs import Consents, Handlers, MemberKeys, Providers, Wire
from dinh.exchange.members import membership_of
from dinh.kernel import clock, events, ids, log
from dinh.kernel.caller import Caller
from dinh.kernel.errors import BadSignature, NotAllowed, Refused, Unavailable
from dinh.kernel.node import Node

_log = log.get("exchange")
_REFUSALS: dict[str, type[Refused]] = {kind.__name__: kind for kind in Refused.__subclasses__()}


async def ask(node: Node, who: Caller, question: Question) -> Answer:
    """Ask and wait. Takes no transaction, and none may be open: it commits its own evidence before it returns.

    Raises NotAllowed without a right, what the provider refused with, and Unavailable when it cannot be reached.
    """
    membership = membership_of(node.country)
    membership.check_provider(question.service, question.provider)
    membership.right(question.service, question.client, question.purpose, who.assurance)
    message = _message("ask", who, question)
    request = await seal_message(node, message)
    packed = await node.part(Wire).transport.send(question.provider, msgspec.msgpack.encode(request))
    reply_packet = msgspec.msgpack.decode(packed, type=Packet)
    reply = await open_message(node, reply_packet)
    rules.check_reply(message, reply)
    await _keep(node, who, "client", message, request, reply_packet, reply)
    if reply.kind == "refusal":
        raise _refusal(reply)
    answer = msgspec.json.decode(reply.body, type=Answer)
    return msgspec.structs.replace(answer, at=reply.sent_at, source=question.provider)


async def receive(node: Node, packed: bytes) -> bytes:
    """Take in one packet from another member and give back the signed reply."""
    request = msgspec.msgpack.decode(packed, type=Packet)
    message = await open_message(node, request)
    rules.check_fresh(message, clock.now())
    answer, refusal = await _attempt(node, message)
    reply = Message(
        id=ids.new_id(), kind="refusal" if refusal else "answer", sender=message.receiver, receiver=message.sender, service=message.service,
        purpose=message.purpose, sent_at=clock.now(), body=msgspec.json.encode(answer), case=message.case, answers=message.id, refusal=refusal,
    )  # fmt: skip
    reply_packet = await seal_message(node, reply)
    await _keep(node, _caller(message), "provider", message, request, reply_packet, reply, answer.subjects)
    return msgspec.msgpack.encode(reply_packet)


async def _attempt(node: Node, message: Message) -> tuple[Answer, str]:
    try:
        return await _serve(node, message), ""
    except Unavailable:
        raise
    except Refused as error:
        return Answer(body={"error": type(error).__name__, "params": error.params}), error.key
    except (LookupError, ValueError, TypeError, StopIteration, msgspec.ValidationError) as error:
        _log.error("message_unusable", service=message.service, message=str(message.id), exc_info=error)
        return Answer(body={"error": "Invalid", "params": {}}), "exchange.unusable"


async def _serve(node: Node, message: Message) -> Answer:
    membership = membership_of(node.country)
    membership.check_provider(message.service, message.receiver)
    right = membership.right(message.service, message.sender, message.purpose, message.assurance)
    who = _caller(message).about(purpose=message.purpose, case=message.case, legal_basis=right.basis)
    question = rules.question_of(message, msgspec.json.decode(message.body, type=dict[str, object]))
    if message.kind == "tell":
        return await _take(node, who, message, question)
    answer = await _answer(node, who, message, question)
    if right.consent:
        await _check_consents(node, message, answer.subjects)
    return answer


async def _check_consents(node: Node, message: Message, subjects: list[str]) -> None:
    """Everyone whom the answer tells about has agreed, or it does not leave. An answer about nobody does not leave either: it would tell who is not there."""
    use, consents = (message.service, message.sender, message.purpose), node.part(Consents)
    if not subjects or not all([await consents.valid(node, message.receiver, use, person) for person in subjects]):
        raise NotAllowed("exchange.no_consent")


async def _answer(node: Node, who: Caller, message: Message, question: Question) -> Answer:
    async with node.read(who) as tx:
        if await store.seen(tx, message.id, "provider"):
            raise NotAllowed("exchange.replayed")
    return await node.part(Providers)[message.service](node, who, question)


async def _take(node: Node, who: Caller, message: Message, question: Question) -> Answer:
    """At least once on the wire, exactly once here: the verb and the mark of the message share a transaction."""
    async with node.write(who) as tx:
        if await store.take_in(tx, message):
            await node.part(Handlers)[message.service](tx, who, question)
    return Answer(body={"taken": True})


async def _keep(
    node: Node, who: Caller, side: str, message: Message, request: Packet, packet: Packet, reply: Message, subjects: list[str] | None = None
) -> None:
    """Evidence, the citizen's log and the event, in one transaction of their own."""
    hashes = (hashlib.sha256(request.message).digest(), hashlib.sha256(packet.message).digest())
    basis = membership_of(node.country).service(message.service)
    async with node.write(who) as tx:
        fresh = await store.insert_evidence(tx, side, message, request, packet, hashes)
        if not fresh and message.kind == "ask":
            raise NotAllowed("exchange.replayed")
        if not fresh:
            return
        await record_exchange(tx, who, message.service, message.sender, message.purpose, basis, subjects or [])
        await events.append(
            tx, who, str(message.id),
            Asked(
                message=str(message.id), service=message.service, client=message.sender, provider=message.receiver, purpose=message.purpose,
                request_hash=hashes[0].hex(), answer_hash=hashes[1].hex(), refusal=reply.refusal or "",
            ),
            case=message.case,
        )  # fmt: skip


def _message(kind: Literal["ask", "tell"], who: Caller, question: Question) -> Message:
    return Message(
        id=ids.new_id(), kind=kind, sender=question.client, receiver=question.provider, service=question.service, purpose=question.purpose,
        sent_at=clock.now(), body=msgspec.json.encode(question.body), case=question.case or who.case, person=who.person, post=who.post,
        assurance=who.assurance, on_behalf_of=who.on_behalf_of, mandate=who.mandate,
    )  # fmt: skip


async def seal_message(node: Node, message: Message) -> Packet:
    data = msgspec.msgpack.encode(message)
    algorithm, signature = await node.part(MemberKeys).sign(message.sender, data)
    return Packet(data, algorithm, signature)


async def open_message(node: Node, packet: Packet) -> Message:
    """Raises BadSignature unless the sender that the message names has signed these very bytes."""
    try:
        message = msgspec.msgpack.decode(packet.message, type=Message)
    except msgspec.DecodeError as error:
        raise BadSignature("a packet holds no message") from error
    await node.part(MemberKeys).verify(message.sender, packet.algorithm, packet.message, packet.signature)
    return message


def _caller(message: Message) -> Caller:
    return Caller(
        kind="member", agency=message.sender, person=message.person, post=message.post, assurance=message.assurance, purpose=message.purpose,
        case=message.case, on_behalf_of=message.on_behalf_of, mandate=message.mandate,
    )  # fmt: skip


def _refusal(reply: Message) -> Refused:
    body = msgspec.json.decode(reply.body, type=Answer).body
    kind = _REFUSALS.get(str(body.get("error")), Refused)
    return kind(reply.refusal, **body.get("params", {}))
