"""Build nodes: a pool each, and every part that rooms ask for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date

import httpx

from dinh import cases, notices
from dinh.app import messages, portal_cards, rooms
from dinh.app.authority import DemoCertifier
from dinh.app.databases import Databases
from dinh.app.operator import Operators, Volumes, observe
from dinh.app.retention import Offered
from dinh.app.rooms import CITIZENS, ISSUER, OFFICIALS, OPERATION, REGISTRY, ROOMS, Room
from dinh.app.signatures import AgencyKeys, NodeHeads, signer_client, trusted_roots
from dinh.exchange import (
    Accounts,
    Authorities,
    Certifier,
    Channel,
    ComplaintPath,
    Consents,
    Edge,
    Gateway,
    GivenUp,
    Handlers,
    Held,
    Lanes,
    Letters,
    Links,
    MemberKeys,
    Meter,
    NumberKeepers,
    OwnCases,
    PortalConsents,
    Providers,
    Pulse,
    Receiver,
    Recorder,
    RegistryKey,
    Respondent,
    Source,
    Views,
    Wire,
    head_letters,
    observe_exchange,
    observe_heads,
    observe_minute,
    renewal_letters,
    statistics_letters,
)
from dinh.identity import Grantable, Issuer, Limiter, Loopback, Party, Provider, SessionReader, holders, mandate_views
from dinh.indicators import ProcedureTitles
from dinh.kernel import clock, country
from dinh.kernel.caller import Caller
from dinh.kernel.content import Text
from dinh.kernel.country import Country
from dinh.kernel.database.setup import SYSTEM
from dinh.kernel.errors import NotFound, Unavailable
from dinh.kernel.events import HeadSigner
from dinh.kernel.jobs import Jobs
from dinh.kernel.keys import NodeKey
from dinh.kernel.metrics import Observers
from dinh.kernel.node import Node
from dinh.kernel.retention import LegalHolds
from dinh.kernel.sessions import Duties, Sessions
from dinh.kernel.settings import Settings
from dinh.kernel.texts import Texts
from dinh.kernel.transactions import ReadTx
from dinh.kernel.web.assets import Assets
from dinh.kernel.web.menu import Item, Menu
from dinh.kernel.web.server import Mounts
from dinh.kernel.web.templates import Templates
from dinh.notices import Namings, Senders
from dinh.portal import Cards, Waiting
from dinh.trust import Keyring, SignerClient, handle_of_node, handle_of_tsa, token_key
from dinh.vault import Roots, views_of

FOOTER = [Item("/verify", "app.verify"), Item("/figures", "app.figures")]
# Of the platform itself, for the rounds of its exchanges: opened where there are any.
MOST_LONE = 2


def rooms_of(node: Node) -> list[Room]:
    """The bundles that this node hosts."""
    plan, known = node.plan, node.country
    found = [OPERATION, *(ROOMS[name] for name in plan.rooms if name in ROOMS)]
    if plan.code == known.portal.code:
        found.append(CITIZENS)
    if plan.code == known.identity.code:
        found.append(ISSUER)
    if plan.code == known.registry.code:
        found.append(REGISTRY)
    if plan.units and "cases" in plan.rooms:
        found.append(OFFICIALS)
    return found


class LocalWire:
    """Connects nodes of the same process: the frames that otherwise travel by TLS."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self._nodes = nodes

    async def open(self, node: str, receiver: Receiver) -> Channel:
        target = self._nodes.get(node)
        if target is None:
            raise Unavailable("exchange.unreachable")
        return _Towards(Respondent(target, Gateway(target), _Towards(receiver)))


class _Towards:
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._taking: set[asyncio.Task[None]] = set()

    async def send(self, frame: bytes) -> None:
        task = asyncio.create_task(self._receiver.take(frame))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def close(self) -> None:
        self._receiver.lost()


@asynccontextmanager
async def open_nodes(settings: Settings, only: str | None = None, *, web: bool = True) -> AsyncIterator[dict[str, Node]]:
    """All nodes of the country, or one. `web` loads what pages need."""
    clock.shift(settings.clock_offset_seconds)
    known = country.of(settings)
    databases = Databases(settings)
    signer = signer_client(settings)
    nodes: dict[str, Node] = {}
    if only is not None and only not in known.hosted:
        message = f"there is no node {only!r}; this installation has {', '.join(known.hosted)}"
        raise RuntimeError(message)
    try:
        for plan in known.hosted.values():
            if only in {None, plan.code}:
                pool, lone = await databases.pool(plan.code), await databases.pool(plan.code, min_size=0, max_size=MOST_LONE, role=SYSTEM)
                nodes[plan.code] = Node(plan, known, settings, pool, lone)
                nodes[plan.code].plug(Lanes, Lanes())
        for node in nodes.values():
            await _plug(node, nodes, signer)
            data = databases.server.data if databases.server else None
            node.plug(Volumes, Volumes(data, rooms.migrations_of(node.plan.rooms)))
            await node.part(Held).refresh(node)
        if web:
            _plug_web(nodes)
        yield nodes
    finally:
        for node in nodes.values():
            await node.part(Lanes).close()
            await node.pool.close()
            await node.lone.close()
        await signer.close()


async def _plug(node: Node, nodes: dict[str, Node], signer: SignerClient) -> None:
    node.plug(NodeKey, NodeKey(node))
    keyring = Keyring(node, signer)
    node.plug(Keyring, keyring)
    node.plug(HeadSigner, NodeHeads(keyring, handle_of_node(node.code)))
    node.plug(MemberKeys, AgencyKeys(node, keyring))
    node.plug(Roots, Roots(trusted_roots(node.settings)))
    node.plug(Wire, Wire(LocalWire(nodes)))
    node.plug(Links, Links(node))
    node.plug(Letters, Letters(head_letters | statistics_letters | (renewal_letters if node.code == node.country.registry.code else {})))
    node.plug(Certifier, DemoCertifier())
    node.plug(Meter, Meter(node))
    node.plug(Pulse, Pulse(node))
    node.plug(Recorder, Recorder(node))
    http = httpx.AsyncClient(transport=Loopback(), trust_env=False, timeout=10)
    await _plug_registry(node, signer, http)
    node.plug(Sessions, SessionReader())
    node.plug(Consents, PortalConsents())
    node.plug(Accounts, Accounts(holders))
    node.plug(Duties, Operators())
    node.plug(Observers, Observers([observe, observe_exchange, observe_heads, observe_minute]))
    bundles = rooms_of(node)
    node.plug(Providers, Providers({code: run for bundle in bundles for code, run in bundle.providers.items()}))
    node.plug(Handlers, Handlers({code: run for bundle in bundles for code, run in bundle.handlers.items()}))
    node.plug(GivenUp, GivenUp())
    node.plug(Jobs, Jobs({name: run for bundle in bundles for name, run in bundle.jobs.items()}))
    node.plug(LegalHolds, LegalHolds(_held_cases if "cases" in node.plan.rooms else None))
    node.plug(Offered, Offered({kind: held for bundle in bundles for kind, held in bundle.holdings.items()}))
    texts = Texts(node.country)
    for room in rooms.FLOORS:
        texts.add(room, rooms.texts_folder(room))
    node.plug(Texts, texts)
    if "notices" in node.plan.rooms:
        node.plug(Senders, messages.senders(node.settings))
        node.plug(Namings, messages.namings(node.country))
        notices.check(node.country, node.part(Namings))
    await _plug_identity(node, signer, http)


async def _held_cases(tx: ReadTx) -> list[str]:
    return [hold.case for hold in await cases.holds_of(tx)]


async def _plug_registry(node: Node, signer: SignerClient, http: httpx.AsyncClient) -> None:
    known, settings = node.country.registry, node.settings
    node.plug(Held, Held())
    stamping = []
    with contextlib.suppress(NotFound):
        stamping.append(await node.part(Keyring).certificate(handle_of_tsa(known.code)))
    node.plug(Authorities, Authorities(trusted_roots(settings), stamping))
    url = settings.registry or node.origin_of(known)
    node.plug(Source, Source(url, http))
    if node.code == known.code:
        node.plug(RegistryKey, RegistryKey(await token_key(signer, f"registry.{node.code}")))


async def _plug_identity(node: Node, signer: SignerClient, http: httpx.AsyncClient) -> None:
    own = node.origin_of(node.country.identity)
    issuer = node.settings.issuer or own
    key = await token_key(signer, f"client.{node.code}")
    node.plug(Party, Party(node.code, node.origin, f"dinh-{node.code}", issuer, key))
    node.plug(Issuer, Issuer(issuer, http))
    node.plug(Limiter, Limiter(node.pool))
    if node.plan.code == node.country.identity.code:
        node.plug(Provider, Provider(own, await token_key(signer, "tokens")))


def _plug_web(nodes: dict[str, Node]) -> None:
    assets = Assets()
    templates = Templates(rooms.template_folders(), assets)
    templates.compile()
    for node in nodes.values():
        node.plug(Assets, assets)
        node.plug(Templates, templates)
        node.plug(Menu, _menu(node))
        node.plug(Mounts, Mounts([Edge(node, network=False, spelling=node.settings.xroad_errors)] if "exchange" in node.plan.rooms else []))
        node.plug(Cards, portal_cards.cards_of(node.country))
        node.plug(Waiting, Waiting(portal_cards.waiting_for))
        node.plug(Views, Views({**views_of(node.country), **mandate_views(node.country)}))
        node.plug(ComplaintPath, _complaints(node.country))
        node.plug(Grantable, Grantable(_grantable(node.country)))
        node.plug(OwnCases, OwnCases(_own_cases))
        node.plug(NumberKeepers, NumberKeepers())
        node.plug(ProcedureTitles, ProcedureTitles(_titles(node.country)))


def _titles(known: Country) -> Callable[[str], Text]:
    """A procedure that is no longer declared keeps its code."""
    versions = cases.catalogue_of(known).versions
    return lambda code: versions[code][-1].title if code in versions else dict.fromkeys(known.languages, code)


def _menu(node: Node) -> Menu:
    if "portal" in node.plan.rooms:
        items = [Item("/applications", "app.cases"), Item("/documents", "app.documents"), Item("/my-data", "app.my_data")]
        if "notices" in node.plan.rooms:
            items.append(Item("/notices", "app.notices", notices.unread))
        return Menu(
            "portal",
            items,
            items,
            [*FOOTER, Item("/mandates", "app.mandates"), Item("/consents", "app.consents"), Item("/data-register", "app.data_register")],
        )
    if node.plan.units:
        desk, command = Item("/desk", "app.desk", duties=("handle", "decide")), Item("/command", "app.command", duties=("oversee",))
        return Menu("desk", [Item("/desk", "app.desk")], [desk, command], [Item("/figures", "app.figures")])
    items = [Item("/registers", "app.registers")] if "registers" in node.plan.rooms else []
    return Menu("registers", items, items, [])


def _complaints(known: Country) -> ComplaintPath:
    """None where the country names no procedure for it, or has none of that code."""
    catalogue = cases.catalogue_of(known)
    code = catalogue.rules.complaint
    return ComplaintPath(code if code in catalogue.versions else None)


async def _own_cases(tx: ReadTx, who: Caller) -> dict[str, str]:
    """An entry names a case by its code, or by its application as long as it has none."""
    own = await cases.applications_of(tx, who)
    return {str(one.id): f"/applications/{one.id}" for one in own} | {one.code: f"/cases/{one.code}" for one in own if one.code}


def _grantable(known: Country) -> Callable[[date], dict[str, Text]]:
    catalogue = cases.catalogue_of(known)
    return lambda day: {procedure.code: procedure.title for procedure in catalogue.all_on(day)}
