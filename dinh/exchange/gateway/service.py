"""Ask another member: signed, kept as evidence, and never inside a transaction."""

import msgspec

from dinh.exchange.evidence import Call, Recorder, Side, Times
from dinh.exchange.gateway import rules
from dinh.exchange.gateway.contracts import Answer, Envelope, Kind, Question, Refusal
from dinh.exchange.links import Answered, Links
from dinh.exchange.members import membership_of
from dinh.exchange.messages import Request, Response, Unreadable, decode, encode_request
from dinh.kernel import clock, ids
from dinh.kernel.caller import Caller
from dinh.kernel.errors import NotAllowed, Refused
from dinh.kernel.node import Node

TIMEOUT = 30.0
_REFUSALS: dict[str, type[Refused]] = {kind.__name__: kind for kind in Refused.__subclasses__()}


async def ask(node: Node, who: Caller, question: Question) -> Answer:
    """Ask and wait. Takes no transaction, and none may be open: it commits its own evidence before it returns.

    Raises NotAllowed without a right, what the provider refused with, and Unavailable when it cannot be reached.
    """
    membership = membership_of(node)
    membership.check_provider(question.service, question.provider)
    right = membership.right(question.service, question.client, question.purpose, who.assurance)
    envelope = envelope_of("ask", f"{membership.names.instance}-{ids.new_id()}", who, question)
    response, body = await send(node, msgspec.structs.replace(envelope, legal_basis=right.basis), msgspec.json.encode(question.body))
    check_refusal(response, body)
    subjects = rules.value_of(response, "dinh-subjects")
    return Answer(
        body=msgspec.json.decode(body or b"{}", type=dict), subjects=subjects.split(",") if subjects else [], at=rules.moment_of(response),
        source=question.provider,
    )  # fmt: skip


def envelope_of(kind: Kind, message_id: str, who: Caller, question: Question) -> Envelope:
    return Envelope(
        id=ids.new_id(), message_id=message_id, kind=kind, client=question.client, provider=question.provider, service=question.service,
        purpose=question.purpose, sent_at=clock.now(), case=question.case or who.case, person=who.person, post=who.post, assurance=who.assurance,
        on_behalf_of=who.on_behalf_of, mandate=who.mandate, order=question.order,
    )  # fmt: skip


async def send(node: Node, envelope: Envelope, body: bytes) -> tuple[Response, bytes | None]:
    """One exchange of the platform's own. When it returns, both messages are kept here as evidence, and the provider had kept them before it answered."""
    return await exchange(node, rules.write(envelope, membership_of(node).names), envelope, body)


async def exchange(node: Node, request: Request, envelope: Envelope, body: bytes | None) -> tuple[Response, bytes | None]:
    """The same for a request as it is: `envelope` is what it says."""
    recorder = node.part(Recorder)
    with recorder.expecting():
        return await _exchange(node, recorder, request, envelope, body)


async def _exchange(node: Node, recorder: Recorder, request: Request, envelope: Envelope, body: bytes | None) -> tuple[Response, bytes | None]:
    membership, arrived = membership_of(node), clock.now()
    message = encode_request(request)
    rules.check_body(body)
    answered = await node.part(Links).to(membership.node_of(envelope.provider).code).call(envelope.client, message, body, TIMEOUT)
    response_in = clock.now()
    response = _response(answered, envelope)
    rules.check_answer(message, body, request, response)
    times = Times(request_in=arrived, request_out=answered[0].batch.at, response_in=response_in, response_out=clock.now())
    await recorder.keep([call_of("client", envelope, response, answered, times)])
    return response, answered[1].body


def _response(answered: Answered, envelope: Envelope) -> Response:
    try:
        found = decode(answered[1].message)
    except Unreadable as error:
        raise NotAllowed("exchange.wrong_reply") from error
    if not isinstance(found, Response) or answered[1].batch.member != envelope.provider:
        raise NotAllowed("exchange.wrong_reply")
    return found


def call_of(side: Side, envelope: Envelope, response: Response, answered: Answered, times: Times) -> Call:
    return Call(
        id=envelope.id, side=side, kind=envelope.kind, message_id=envelope.message_id, service=envelope.service, client=envelope.client,
        provider=envelope.provider, purpose=envelope.purpose, case=envelope.case, status=response.status,
        refusal=response.named.get("dinh-refusal", ""), times=times, request=answered[0], answer=answered[1],
        client_subsystem=envelope.client_subsystem, provider_subsystem=envelope.provider_subsystem, method=envelope.method,
    )  # fmt: skip


def check_refusal(response: Response, body: bytes | None) -> None:
    """Raises what the provider refused with, TooMany with its `retry_after`; NotAllowed for a refusal that nobody can read."""
    if refusal := refusal_of(response, body):
        raise refusal


def refusal_of(response: Response, body: bytes | None) -> Refused | None:
    """What the provider refused with. Raises NotAllowed for what nobody can read."""
    if not (key := response.named.get("dinh-refusal")):
        return None
    try:
        found = msgspec.json.decode(body or b"{}", type=Refusal)
        return _REFUSALS.get(found.error, Refused)(key, **found.params)
    except (msgspec.DecodeError, TypeError) as error:
        raise NotAllowed("exchange.wrong_reply") from error
