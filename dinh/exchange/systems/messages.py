"""Our own interface for what is told: put a message in the outbox, publish under a topic, see what became of a message."""

import re
from typing import Any
from urllib.parse import quote

import msgspec

from dinh.exchange import paths
from dinh.exchange.delivery import Letter, Message, message_of, post
from dinh.exchange.gateway import check_body
from dinh.exchange.handover import Arrived, arrived
from dinh.exchange.members import Membership, identifier_of
from dinh.exchange.messages import Request, Response, Unreadable, encode_request
from dinh.exchange.systems import rules
from dinh.exchange.systems.contracts import Client, Receipted
from dinh.exchange.topics import Publication, publish
from dinh.kernel import ids
from dinh.kernel.caller import system
from dinh.kernel.errors import Invalid, NotFound
from dinh.kernel.node import Node

ROOT = "/api/exchange/v1"
TELL, PUBLISH, STATES = f"{ROOT}/tell/", f"{ROOT}/publish/", f"{ROOT}/messages/"
# A name that a client gives a message: it stands in headers and in addresses.
NAME = re.compile(r"[A-Za-z0-9._~:-]{1,120}")
# api, exchange, v1, publish or messages, and what it is about.
ABOUT = 5
JSON = "application/json;charset=utf-8"
WHO = system("exchange")


def name_of(request: Request) -> str | None:
    """X-Road-Id, or Idempotency-Key, by which a message sent again is the same one. Raises Invalid."""
    said = request.named.get("x-road-id") or request.named.get("idempotency-key", "").removeprefix('"').removesuffix('"')
    if said and not NAME.fullmatch(said):
        raise Invalid("exchange.bad_header")
    return said or None


async def take(node: Node, letter: Letter) -> tuple[Response, bytes]:
    """202, and where to look. Raises Conflict for an id that another message has, Invalid for what no message can be."""
    check_body(letter.body)
    try:
        encode_request(Request("POST", letter.target, tuple(letter.headers)))
    except Unreadable as error:
        raise Invalid("exchange.bad_header") from error
    async with node.write(WHO) as tx:
        await post(tx, WHO, letter)
        message = await message_of(tx, letter.sender, letter.sender_subsystem, letter.message_id)
    where = _address(letter.message_id)
    state = message.state if message else "waiting"
    return _json({"message": letter.message_id, "state": state, "href": where}, 202, ("location", where))


async def publication(node: Node, membership: Membership, client: Client, request: Request, body: bytes | None) -> tuple[Response, bytes]:
    """202, and each subscriber's message."""
    topic, name = _about(request, "POST"), name_of(request) or f"{membership.instance}-{ids.new_id()}"
    try:
        said = msgspec.json.decode(body or b"", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Invalid("exchange.unusable") from error
    made = Publication(
        topic=topic, publisher=client.member, subsystem=client.subsystem, body=said, case=rules.issue_of(request.named), message_id=name
    )
    async with node.write(WHO) as tx:
        letters = await publish(tx, WHO, made)
    told = [
        {"subscriber": _named(membership, one.receiver, one.receiver_subsystem), "message": one.message_id, "href": _address(one.message_id)}
        for one in letters
    ]
    return _json({"publication": name, "topic": topic, "messages": told}, 202)


async def state(node: Node, membership: Membership, client: Client, request: Request) -> tuple[Response, bytes]:
    """What became of a message of the client's, or of one that was told to it. Raises NotFound: nobody else learns that it exists."""
    name = _about(request, "GET")
    async with node.read(WHO) as tx:
        told = await message_of(tx, client.member, client.subsystem, name)
        taken = None if told else await arrived(tx, client.member, client.subsystem, name)
    if told is None and taken is None:
        raise NotFound("exchange.no_message")
    return _json(_told(membership, told) if told else _taken(membership, taken))  # type: ignore[arg-type]  # one of the two is there


def _about(request: Request, verb: str) -> str:
    segments = paths.read(request.target.partition("?")[0].encode()).segments
    if len(segments) != ABOUT or request.verb != verb:
        raise Invalid("exchange.bad_path")
    return segments[-1]


def _told(membership: Membership, one: Message) -> Receipted:
    return Receipted(
        message=one.message_id, client=_named(membership, one.sender, one.sender_subsystem), service=one.service, topic=one.topic,
        provider=_named(membership, one.receiver, one.receiver_subsystem), purpose=one.purpose, state=one.state, told_at=one.told_at,
        delivered_at=one.delivered_at, processed_at=one.processed_at, refused_at=one.refused_at, dead_at=one.dead_at, reason=one.refusal,
        attempts=one.attempts, next_try_at=one.next_try_at, evidence=list(dict.fromkeys([one.message_id, *([one.receipt] if one.receipt else [])])),
    )  # fmt: skip


def _taken(membership: Membership, one: Arrived) -> Receipted:
    """As the receiver knows it: it has arrived here."""
    state_ = "processed" if one.processed_at else "refused" if one.refused_at else "delivered"
    return Receipted(
        message=one.message_id, client=_named(membership, one.sender, one.sender_subsystem), service=one.service,
        provider=_named(membership, one.receiver, one.receiver_subsystem), purpose=one.purpose, state=state_, told_at=one.sent_at,
        delivered_at=one.arrived_at, processed_at=one.processed_at, refused_at=one.refused_at, reason=one.refusal or None, attempts=one.attempts,
        next_try_at=one.next_try_at if state_ == "delivered" else None, evidence=[one.message_id],
    )  # fmt: skip


def _named(membership: Membership, member: str, subsystem: str | None) -> str:
    """In text form."""
    return identifier_of(membership.instance, membership.member(member).member_class, member, subsystem or membership.names.subsystem).text


def _address(message_id: str) -> str:
    return STATES + quote(message_id, safe="")


def _json(document: object, status: int = 200, *headers: tuple[str, str]) -> tuple[Response, bytes]:
    return Response(status, "", (("content-type", JSON), ("cache-control", "no-store"), *headers)), msgspec.json.encode(document)
