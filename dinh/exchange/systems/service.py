"""Admit systems, and take their requests to other members."""

import hmac
import time
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from dinh.exchange import paths
from dinh.exchange.delivery import Letter
from dinh.exchange.gateway import Envelope, Kind, below, exchange, other, plain, stamp
from dinh.exchange.members import Membership, Right, Service, membership_of, read_client, read_text
from dinh.exchange.messages import Request, Response, Unreadable, kept
from dinh.exchange.systems import rules, store
from dinh.exchange.systems.contracts import Client, Connection, System, SystemAdmitted, SystemDismissed
from dinh.kernel import clock, events, ids
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Invalid, NotAllowed, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

LOOK_SECONDS = 10.0
# For one that is not known: it may have been admitted just now.
LOOK_AGAIN_SECONDS = 1.0
# r1, instance, class, code, subsystem, service.
PARTS = 6
# api, exchange, v1, ask, member, subsystem, service.
OWN_PARTS = 7
OURS = rules.OURS | {"information-mediator-client", "x-road-client"}
Headers = Sequence[tuple[str, str]]


async def admit(tx: WriteTx, who: Caller, subsystem: str, connection: Connection) -> str | None:
    """The key that the system shall show: it is told once and kept as a hash. Raises Invalid and NotFound unless this node hosts the subsystem."""
    identifier = read_text(subsystem)
    if identifier.kind != "SUBSYSTEM" or membership_of(tx.node).node_of(identifier.parts[2]).code != tx.node.code:
        raise NotFound("exchange.no_member", client=subsystem)
    key = ids.token() if connection == "key" else None
    made = System(id=ids.new_id(), subsystem=subsystem, connection=connection, digest=key and ids.digest(key), admitted_at=tx.now)  # type: ignore[arg-type]
    await store.insert(tx, made)
    await events.append(tx, who, str(made.id), SystemAdmitted(subsystem=subsystem, connection=connection))
    return key


async def dismiss(tx: WriteTx, who: Caller, subsystem: str) -> int:
    """How many keys and connections ended."""
    count = await store.dismiss(tx, subsystem)
    if count:
        await events.append(tx, who, subsystem, SystemDismissed(subsystem=subsystem))
    return count


async def systems_of(tx: ReadTx) -> list[System]:
    return await store.admitted(tx)


class Counter:
    """Where systems come to, one per node and process. Whom it lets in it looks up again every LOOK_SECONDS: that long a dismissed system may go on."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._known: dict[str, list[System]] = {}
        self._looked = -LOOK_SECONDS

    async def relay(self, request: Request, body: bytes | None, *, network: bool) -> tuple[Response, bytes | None]:
        """`request` as the system sent it. `network`: it came to the listener for systems. Raises Refused."""
        client = client_of(membership_of(self.node), request)
        await self._check(client, request.named.get("dinh-key", ""), network=network)
        return await _relay(self.node, client, request, body)

    async def letter(self, request: Request, body: bytes | None, name: str | None, *, network: bool) -> Letter:
        """What the system wants to be told, as it waits in the outbox under the `name` that it has. Raises Refused."""
        membership = membership_of(self.node)
        client = client_of(membership, request)
        await self._check(client, request.named.get("dinh-key", ""), network=network)
        found, said = _allowed(membership, client, request, "tell"), request.named
        headers = [("X-Road-Client", client.named), *kept(request.headers, OURS | {"x-road-id", "idempotency-key"})]
        return Letter(
            message_id=name or f"{membership.instance}-{ids.new_id()}", service=found.service.code, sender=client.member, sender_subsystem=client.subsystem,
            receiver=found.provider, receiver_subsystem=found.subsystem, purpose=found.right.purpose, assurance=found.assurance,
            case=rules.issue_of(said), target=request.target, headers=headers, body=body,
        )  # fmt: skip

    async def check(self, request: Request, *, network: bool) -> Client:
        """Who asks about the exchange itself. Raises Refused."""
        client = client_of(membership_of(self.node), request)
        await self._check(client, request.named.get("dinh-key", ""), network=network)
        return client

    async def _check(self, client: Client, key: str, *, network: bool) -> None:
        if membership_of(self.node).node_of(client.member).code != self.node.code:
            raise NotAllowed("exchange.no_system")
        digest = ids.digest(key) if key else b""
        for after in (LOOK_SECONDS, LOOK_AGAIN_SECONDS):
            for known in await self._systems(client.identifier.text, after):
                if network if known.digest is None else hmac.compare_digest(known.digest, digest):
                    return
        raise NotAllowed("exchange.no_system")

    async def _systems(self, subsystem: str, after: float) -> list[System]:
        if time.monotonic() - self._looked > after:
            async with self.node.read(system("exchange")) as tx:
                rows = await store.admitted(tx)
            self._known = {}
            for row in rows:
                self._known.setdefault(row.subsystem, []).append(row)
            self._looked = time.monotonic()
        return self._known.get(subsystem, [])


async def try_out(node: Node, request: Request, body: bytes | None) -> tuple[Response, bytes | None]:
    """For whoever operates the node, which is proof enough: as a system of its own agency would ask. Raises Refused."""
    client = client_of(membership_of(node), request)
    if client.member != node.plan.operator:
        raise NotAllowed("exchange.no_system")
    return await _relay(node, client, request, body)


async def _relay(node: Node, client: Client, request: Request, body: bytes | None) -> tuple[Response, bytes | None]:
    signed, envelope = _prepared(membership_of(node), client, request)
    try:
        return await exchange(node, signed, envelope, body)
    except Unreadable as error:
        raise Invalid("exchange.bad_header") from error


def client_of(membership: Membership, request: Request) -> Client:
    """X-Road-Client, or GovStack's name of it. Raises Invalid."""
    said = request.named
    named = said.get("x-road-client") or said.get("information-mediator-client")
    if not named:
        raise Invalid("exchange.bad_identifier")
    identifier = read_client(named)
    member, subsystem = identifier.parts[2], identifier.parts[3:]
    if identifier.parts[0] != membership.instance or member not in membership.members:
        raise NotFound("exchange.no_member", client=member)
    other = subsystem[0] if subsystem and subsystem[0] != membership.names.subsystem else None
    return Client(named, member, other, identifier)


def own_target(membership: Membership, target: str) -> str:
    """A request line of our own interface as messages name it: with instance and class, and what follows in the very bytes. Raises Invalid, NotFound."""
    start, query = target.partition("?")[0], "".join(target.partition("?")[1:])
    path = paths.read(start.encode())
    if len(path.segments) < OWN_PARTS:
        raise Invalid("exchange.bad_path")
    member = membership.member(path.segments[4])
    where = quote(f"{membership.instance}/{member.member_class}", safe="/'()+,-.=")
    return f"/r1/{where}/{start.split('/', 5)[5]}{query}"


class Allowed(msgspec.Struct, frozen=True):
    """Where a request goes, below it the `path`, and what allows it. `subsystem` is None for the platform's own."""

    provider: str
    subsystem: str | None
    service: Service
    path: paths.Path
    assurance: int
    right: Right


def _allowed(membership: Membership, client: Client, request: Request, kind: Kind) -> Allowed:
    """Raises Invalid, NotFound, NotAllowed. What waits in the outbox is looked at again when it leaves."""
    path, said = paths.read(request.target.partition("?")[0].encode()), request.named
    if len(path.segments) < PARTS or path.segments[1] != membership.instance:
        raise Invalid("exchange.bad_path")
    member_class, provider, subsystem, code = path.segments[2:PARTS]
    membership.check_active(provider)
    if membership.member(provider).member_class != member_class:
        raise NotFound("exchange.no_member", client=provider)
    service = membership.service_at(provider, subsystem, code)
    if service.kind != kind or (kind == "tell" and request.verb != "POST"):
        raise NotFound("exchange.no_service", service=code)
    purpose = said.get("dinh-purpose") or membership.purpose(service, client.member, client.subsystem)
    assurance = said.get("dinh-assurance", "0")
    if not assurance.isdecimal():
        raise Invalid("exchange.bad_header")
    rest = below(path)
    right = membership.permit(
        service, client.member, purpose, int(assurance), subsystem=client.subsystem, method=request.verb, path=rest, later=kind == "tell"
    )
    return Allowed(provider, other((subsystem,), membership.names), service, rest, int(assurance), right)


def _prepared(membership: Membership, client: Client, request: Request) -> tuple[Request, Envelope]:
    """The message that is signed: what the system said, then what only a node says."""
    found, said = _allowed(membership, client, request, "ask"), request.named
    envelope = Envelope(
        id=ids.new_id(), message_id=said.get("x-road-id") or f"{membership.instance}-{ids.new_id()}", kind="ask", client=client.member,
        client_subsystem=client.subsystem, provider=found.provider, provider_subsystem=found.subsystem, service=found.service.code,
        method=request.verb, path=found.path, purpose=found.right.purpose, legal_basis=found.right.basis, sent_at=clock.now(), case=rules.issue_of(said),
        assurance=found.assurance,
    )  # fmt: skip
    headers = [("X-Road-Client", client.named), *kept(request.headers, OURS)]
    if "accept" not in said:
        headers.append(("Accept", "application/json"))
    if not said.get("x-road-id"):
        headers.append(("x-road-id", envelope.message_id))
    headers += [
        ("Dinh-Purpose", found.right.purpose), ("Dinh-Legal-Basis", plain(found.right.basis)), ("Dinh-Sent-At", stamp(envelope.sent_at)),
        ("x-road-request-id", str(envelope.id)),
    ]  # fmt: skip
    return Request(request.verb, request.target, tuple(headers)), envelope
