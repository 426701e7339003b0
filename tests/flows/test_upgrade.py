"""From the data of each earlier release: nothing is lost, everything old is readable, and what was begun is finished."""

import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives import hashes

from dinh.app import release, rooms, upgrade
from dinh.app.backup import bring_back, check
from dinh.app.nodes import open_nodes
from dinh.app.pending import Step, look
from dinh.app.signatures import AgencyKeys
from dinh.app.supervisor import Supervisor
from dinh.exchange import membership_of
from dinh.kernel import clock, events
from dinh.kernel.caller import system
from dinh.kernel.database import migrations
from dinh.kernel.database.migrations import Migration
from dinh.kernel.database.setup import ensure_database
from dinh.kernel.settings import Settings
from dinh.trust import Keyring
from tests.flows import births
from tests.world import MEMORY, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
ARCHIVES = sorted((Path(__file__).resolve().parents[1] / "upgrade").glob("*.tar.xz"))
DOCUMENT = re.compile(r'href="(/documents/[0-9a-f-]{36})"')


@asynccontextmanager
async def _upgraded(archive: Path, folder: Path) -> AsyncIterator[tuple[World, dict[str, Any], list[Step]]]:
    """Restored with today's code, upgraded as an operator does it, then set up as `dinh run` does."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    about = json.loads((folder / "backups" / "release.json").read_text())
    home = Path(tempfile.mkdtemp(prefix="dinh-upgrade-", dir=MEMORY))
    home.chmod(0o755)
    settings = Settings(home=home, persons=about["persons"], port=80)
    supervisor = Supervisor(settings, lambda _: None)
    try:
        await bring_back(settings, folder / "backups")
        supervisor.start_storage()
        await supervisor.wait_signer()
        before = await look(settings)
        await upgrade.expand(settings, lambda _: None, folder / "saved")
        await check(settings, folder / "saved")
        await supervisor.set_up(lambda _made, _total: None)
        async with open_nodes(settings) as nodes:
            yield World(settings, supervisor, nodes), about["cases"], before
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)
        server = supervisor.databases.server
        if server and not server.data.is_relative_to(home):
            shutil.rmtree(server.data.parent, ignore_errors=True)


async def test_there_is_a_release_to_upgrade_from() -> None:
    assert ARCHIVES


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name.split(".")[0])
async def test_what_an_earlier_release_made_is_read_verified_and_finished(archive: Path, tmp_path: Path) -> None:
    async with _upgraded(archive, tmp_path) as (world, cases, before):
        assert any(step.expand for step in before), "the archive is not older than the code"
        assert [step.expand for step in await look(world.settings)] == [[]] * len(before)
        await _every_seal_holds(world)
        await _every_event_is_readable(world)
        await _members_sign_with_certificates_of_their_own(world)
        mother = await world.sign_in(world.account("mother"))
        await _old_pages_open(world, mother, cases)
        await _open_cases_are_finished(world, mother, cases)
        await _every_seal_holds(world)
        operator = await world.sign_in(world.account("operator"), world.desk)
        assert (await operator.get("/operator")).status_code == 200


async def _every_seal_holds(world: World) -> None:
    for node in world.nodes.values():
        while await events.seal(node):
            pass
        assert await events.verify(node) > 0


async def _every_event_is_readable(world: World) -> None:
    """By today's contracts: an event is for ever, its type changes by addition only."""
    kinds = set()
    for node in world.nodes.values():
        async with node.read(system("test")) as tx:
            position = 0
            while found := await events.store.sealed(tx, position, 1_000):
                kinds |= {event.read().type for event in found}
                position = found[-1].position or 0
    assert {"cases:case:decided", "cases:paper:signed", "identity:account:opened", "offices:post:appointed"} <= kinds
    assert len(kinds) > 15


async def _members_sign_with_certificates_of_their_own(world: World) -> None:
    keys = AgencyKeys(world.desk, world.desk.part(Keyring))
    signature = await keys.sign("G01", bytes(64), clock.now())
    await AgencyKeys(world.portal, world.portal.part(Keyring)).verify("G01", bytes(64), signature)
    own = await world.desk.part(Keyring).certificate("member.g01")
    assert signature.certificate == own.fingerprint(hashes.SHA512())
    assert len(membership_of(world.desk).configuration.timestampers) == 1


async def _old_pages_open(world: World, mother: births.Visitor, cases: dict[str, str]) -> None:
    for state in ("returned", "submitted", "proposed", "accepted", "rejected"):
        page = await mother.get(f"/cases/{cases[state]}")
        assert (page.status_code, cases[state] in page.text) == (200, True), state
    registrar = await world.sign_in(world.account(world.demo.handler))
    inbox = (await registrar.get("/desk")).text
    assert {state: cases[state] in inbox for state in ("submitted", "proposed", "accepted")} == {
        "submitted": True,
        "proposed": True,
        "accepted": True,
    }
    assert "Trần Khuê Nộp" in (await registrar.get(f"/desk/{cases['submitted']}")).text
    (document,) = DOCUMENT.findall((await mother.get("/documents")).text)
    pdf = (await mother.get(f"{document}/file")).content
    public = world.visitor(world.portal)
    await public.get("/verify")
    public.anchor = public.http.cookies["dinh_visitor"]
    assert "Giấy tờ này hợp lệ" in (await public.post("/verify", files={"file": ("a.pdf", pdf, "application/pdf")})).text
    assert (await mother.get("/my-data")).status_code == 200


async def _open_cases_are_finished(world: World, mother: births.Visitor, cases: dict[str, str]) -> None:
    await births.decide(world, cases["proposed"])
    await births.handle(world, cases["submitted"])
    await births.decide(world, cases["submitted"])
    sent = await mother.post(f"{cases['draft']}/review")
    assert sent.status_code == 200
    await world.settle()
    assert len(set(DOCUMENT.findall((await mother.get("/documents")).text))) == 3
    for state in ("proposed", "submitted"):
        assert "Kết quả đã có trong kho giấy tờ của bạn" in (await mother.get(f"/cases/{cases[state]}")).text
    assert "/cases/" in str((await mother.get(cases["draft"], follow_redirects=True)).url)


# Expand, then contract

FIRST = Migration("cases", 1, "0001_things", "CREATE SCHEMA cases; CREATE TABLE cases.thing (old text);")
EXPAND = Migration("cases", 2, "0002_better", "-- kind: expand\nALTER TABLE cases.thing ADD COLUMN better text;")
CONTRACT = Migration("cases", 3, "0003_no_old", "-- kind: contract of 0.2.0\nALTER TABLE cases.thing DROP COLUMN old;")


async def _scratch(world: World, name: str) -> asyncpg.Connection:
    main = await world.supervisor.databases.owner("postgres")
    await ensure_database(main, name)
    await main.close()
    return await world.supervisor.databases.owner(name)


async def test_what_contracts_waits_until_it_is_asked_for(world: World) -> None:
    connection = await _scratch(world, "dinh_scratch")
    try:
        assert [migration.kind for migration in (FIRST, EXPAND, CONTRACT)] == ["expand", "expand", "contract"]
        assert CONTRACT.completes == "0.2.0"
        assert await migrations.apply(connection, [FIRST, EXPAND, CONTRACT]) == 2
        await connection.execute("INSERT INTO cases.thing (old) VALUES ('the release before writes on')")
        assert [one.title for one in migrations.pending([FIRST, EXPAND, CONTRACT], await migrations.applied(connection))] == ["cases/0003_no_old"]
        assert await migrations.apply(connection, [FIRST, EXPAND, CONTRACT], contract=True) == 1
        with pytest.raises(asyncpg.UndefinedColumnError):
            await connection.execute("INSERT INTO cases.thing (old) VALUES ('too late')")
        assert await migrations.apply(connection, [FIRST, EXPAND, CONTRACT], contract=True) == 0
        changed = msgspec.structs.replace(FIRST, sql=FIRST.sql + " ")
        with pytest.raises(ValueError, match="cases/0001_things was applied with other text"):
            await migrations.apply(connection, [changed])
    finally:
        await connection.close()


@pytest.mark.parametrize(("name", "said"), [("", "does not say its name"), ("dinh 0.0.9 0123456789ab", "0.0.9")])
async def test_nothing_is_taken_away_while_a_process_of_an_earlier_release_is_connected(world: World, name: str, said: str) -> None:
    dsn = world.supervisor.databases.owner_dsn(world.supervisor.databases.name("portal"))
    old = await asyncpg.connect(dsn, server_settings={"application_name": name})
    try:
        with pytest.raises(RuntimeError, match=said):
            await upgrade.contract(world.settings, lambda _: None)
    finally:
        await old.close()
    tool = await asyncpg.connect(dsn, server_settings={"application_name": "psql"})
    try:
        assert {step.node for step in await upgrade.contract(world.settings, lambda _: None)} == set(world.nodes)
    finally:
        await tool.close()


async def test_every_process_says_its_release_to_the_database(world: World) -> None:
    async with world.portal.pool.acquire() as connection:
        assert await connection.fetchval("SELECT current_setting('application_name')") == release.current().mark
    assert all(migration.sql for migration in rooms.migrations_of(world.portal.plan.rooms))
