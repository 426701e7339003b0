"""A whole small country for the tests: real PostgreSQL in memory, real signer, the three nodes, no mocks."""

import asyncio
import contextlib
import html
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pyotp
from pgqueuer.domain.errors import FailingListenerError

from bench.stack import free_port
from dinh.app import demo, setup
from dinh.app.demo import DemoAccount, DemoFile
from dinh.app.nodes import open_nodes
from dinh.app.serve import build
from dinh.app.supervisor import Supervisor
from dinh.app.worker import loops_of
from dinh.cases import catalogue_of
from dinh.exchange import deliver, hand_over
from dinh.identity import Arrival, open_session
from dinh.kernel import clock, jobs, log
from dinh.kernel.caller import PUBLIC
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.web.server import Nodes
from dinh.kernel.web.visit import SESSION, csrf_of

MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PERSONS = 1_500
TOKEN = re.compile(r'name="_csrf" value="([0-9a-f]+)"')


class World:
    """`people` are the demonstration's accounts by role; of roles held twice the first commune's come first."""

    def __init__(self, settings: Settings, supervisor: Supervisor, nodes: dict[str, Node]) -> None:
        self.settings, self.supervisor, self.nodes = settings, supervisor, nodes
        self.accounts = demo.accounts(settings)
        self.site = Nodes({node.plan.host: build(node) for node in nodes.values()}, _nothing)
        self._steps: dict[str, int] = {}

    @property
    def portal(self) -> Node:
        return self.nodes["portal"]

    @property
    def desk(self) -> Node:
        return next(node for node in self.nodes.values() if node.plan.units)

    @property
    def registers(self) -> Node:
        return self.nodes["registers"]

    @property
    def demo(self) -> DemoFile:
        """Which communes have accounts, and which posts handle and decide."""
        return self.portal.country.read("demo.yaml", DemoFile)

    @property
    def procedure(self) -> str:
        """The birth registration: the one procedure that every country of the tests has."""
        known = catalogue_of(self.portal.country).all_on(date(2026, 11, 20))
        return next(one.code for one in known if one.heading_field == "child_name")

    def account(self, role: str, at: int = 0) -> DemoAccount:
        return [account for account in self.accounts if account.role == role][at]

    def node_of(self, account: DemoAccount) -> Node:
        return next(node for node in self.nodes.values() if node.origin == account.address)

    def visitor(self, node: Node, language: str = "vi") -> "Visitor":
        return Visitor(self, node, language)

    async def person(self, account: DemoAccount) -> str:
        """The opaque reference behind a personal number."""
        async with self.registers.pool.acquire() as connection:
            return str(await connection.fetchval("SELECT ref FROM registers.person WHERE number = $1", account.username))

    async def sign_in(self, account: DemoAccount, node: Node | None = None, language: str = "vi") -> "Visitor":
        """A session as the OpenID flow would open it (the flow itself has tests of its own)."""
        return await self.arrive(await self.person(account), node or self.node_of(account), language)

    async def arrive(self, person: str, node: Node, language: str = "vi") -> "Visitor":
        """A session of any person, with or without an account."""
        visitor = self.visitor(node, language)
        async with visitor.node.write(PUBLIC) as tx:
            arrival = Arrival(sub=person, acr="urn:dinh:eid:id:2:auth:2", auth_time=int(tx.now.timestamp()), id_token="")
            secret = await open_session(tx, PUBLIC, arrival, "")
        visitor.http.cookies.set(SESSION, secret)
        visitor.anchor = secret
        return visitor

    async def go_on(self) -> None:
        """What registry and nodes do all day: publish the configuration anew and take it in. Call it after the clock was moved by days."""
        await setup.connect(self.nodes, self.supervisor.say)

    async def settle(self) -> None:
        """Deliver, hand over, run jobs, seal and count until nothing moves."""
        for _ in range(40):
            moved = sum([await deliver(node) + await hand_over(node) for node in self.nodes.values()])
            for node in self.nodes.values():
                if node.part(jobs.Jobs) and await self._jobs_wait(node):
                    await self._run_jobs(node)
                    moved += 1
            if not moved:
                break
        for node in self.nodes.values():
            for name, step in loops_of(node).items():
                while name != "deliver" and await step(node):
                    pass

    async def _jobs_wait(self, node: Node) -> bool:
        async with node.pool.acquire() as connection:
            return bool(await connection.fetchval("SELECT 1 FROM jobs.pgqueuer WHERE status = 'queued' AND execute_after <= now() LIMIT 1"))

    async def _run_jobs(self, node: Node) -> None:
        # A listener that a busy machine starves is built anew, as the worker does it.
        for _ in range(5):
            with contextlib.suppress(FailingListenerError):
                async with await self.supervisor.databases.pool(node.code, min_size=2, max_size=4) as pool:
                    await jobs.drain(node, pool)
                return
        raise TimeoutError

    async def code(self, account: DemoAccount) -> str:
        """A one-time code that was not used yet. Time steps are 30 s: the test moves the stored step back instead of waiting."""
        person = await self.person(account)
        async with self.portal.pool.acquire() as connection:
            await connection.execute("SET ROLE dinh_system")
            await connection.execute("UPDATE identity.account SET totp_step = 0 WHERE person = $1", person)
            await connection.execute("RESET ROLE")
        return pyotp.TOTP(account.totp_secret).at(clock.now())

    async def forgive(self) -> None:
        """Forget counted attempts: other tests' sign-ins are not this test's subject."""
        async with self.portal.pool.acquire() as connection:
            await connection.execute("DELETE FROM identity.rate_mark")


class Visitor:
    """A browser without JavaScript, in process: cookies, forms with their token, redirects followed on request."""

    def __init__(self, world: World, node: Node, language: str) -> None:
        self.world, self.node, self.anchor = world, node, ""
        transport = httpx.ASGITransport(app=world.site, raise_app_exceptions=False)  # type: ignore[arg-type]
        self.http = httpx.AsyncClient(transport=transport, base_url=node.origin, headers={"accept-language": language}, timeout=60)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(path, **options)

    async def whole(self, path: str) -> str:
        """All pages of a list, joined: in a world that tests share, what one looks for may stand on a later page."""
        pages = []
        while path:
            pages.append((await self.http.get(path)).text)
            older = re.search(r'href="([^"]+)" rel="next"', pages[-1])
            path = html.unescape(older[1]) if older else ""
        return "".join(pages)

    async def post(self, path: str, data: dict[str, str] | None = None, *, files: Any = None, follow: bool = True) -> httpx.Response:
        """As the page's own form does: with its token."""
        body = {"_csrf": csrf_of(self.node, self.anchor), **(data or {})}
        return await self.http.post(path, data=body, files=files, follow_redirects=follow)

    async def api(self, path: str, body: Any) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"x-csrf-token": csrf_of(self.node, self.anchor)})


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def create(persons: int = PERSONS, **changes: Any) -> AsyncIterator[World]:
    """Set a country up from nothing in memory, and take it down again."""
    log.set_up("warning")
    home = Path(tempfile.mkdtemp(prefix="dinh-test-", dir=MEMORY))
    home.chmod(0o755)
    settings = Settings(home=home, persons=persons, port=80, exchange_port=free_port(), **changes)
    supervisor = Supervisor(settings, lambda _: None)
    if supervisor.databases.server:
        supervisor.databases.server.options = {"fsync": "off", "full_page_writes": "off"}
    try:
        await asyncio.to_thread(supervisor.start_storage)
        await supervisor.wait_signer()
        await setup.migrate(settings, supervisor.say)
        await setup.prepare(settings, supervisor.say)
        await demo.populate(settings, persons, lambda _made, _total: None)
        await demo.staff(settings)
        async with open_nodes(settings) as nodes:
            yield World(settings, supervisor, nodes)
    finally:
        await asyncio.to_thread(supervisor.stop)
        shutil.rmtree(home, ignore_errors=True)
        server = supervisor.databases.server
        if server and not server.data.is_relative_to(home):
            shutil.rmtree(server.data.parent, ignore_errors=True)
