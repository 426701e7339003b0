"""What is over goes, everywhere; what is held stays; and no older backup brings anything back."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from dinh.app import retention
from dinh.app.backup import back_up, bring_back
from dinh.app.nodes import open_nodes
from dinh.app.operations import change_hold, run_retention
from dinh.app.operator import entrust
from dinh.app.retention.pages import printed
from dinh.app.supervisor import Supervisor
from dinh.cases.applications import view
from dinh.cases.desk import content_of, find
from dinh.kernel import clock, country, events
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import BadContent, Invalid, NotFound
from dinh.kernel.node import Node
from dinh.kernel.retention import classes_of
from dinh.kernel.settings import ROOT, Settings
from tests.flows import births
from tests.flows.outcomes import file, rows
from tests.world import MEMORY, World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
LATER = 400 * 86_400
CLASSES = """
classes:
  - {code: civil-status, kind: case, title: {vi: Hộ tịch, en: Civil status}, procedures: ["1.001193"], years: "1", basis: "33/2024/QH15", ref: unverified}
  - {code: rest, kind: case, title: {vi: Khác, en: Others}, years: "5", counted: next_year, basis: "33/2024/QH15", ref: unverified}
  - {code: mandates, kind: mandate, title: {vi: Đại diện, en: Mandates}, days: "30", basis: "91/2025/QH15", ref: unverified}
"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def old_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world of its own, because it grows old; its country keeps less long."""
    content = tmp_path_factory.mktemp("countries")
    shutil.copytree(ROOT / "countries" / "vn", content / "vn")
    (content / "vn" / "retention.yaml").write_text(CLASSES, encoding="utf-8")
    async with create(content=content) as made:
        yield made


async def test_what_is_over_goes_and_stays_gone(old_world: World, tmp_path: Path) -> None:
    world, backups = old_world, tmp_path / "backups"
    mother = await world.sign_in(world.account("mother"))
    gone, disputed, ordered = [await births.register_birth(world, mother, f"Trần Khuê {name}") for name in ("Qua", "Tranh", "Giữ")]
    pages = {"about": {"subject": "handling", "about": disputed, "happened": "Sai tên", "wish": "Sửa"}, "you": {"unit": world.demo.units[0]}}
    await file(world, mother, "KN-01", pages, about=disputed)
    with pytest.raises(Invalid):
        await change_hold(world.settings, ordered, "theo lời ông A")
    assert [hold.case for hold in await change_hold(world.settings, ordered, "12/2026/QĐ-TA")] == [ordered]
    with pytest.raises(RuntimeError):
        await change_hold(world.settings, "H24.168-260101-9999", "12/2026/QĐ-TA")
    assert [(hold.case, hold.reference) for hold in await change_hold(world.settings, None, None)] == [(ordered, "12/2026/QĐ-TA")]
    application, files = await _application_of(world, gone), await _files(world.desk)
    await back_up(world.settings, backups)

    assert _due(await run_retention(world.settings, None, apply=True)) == (0, 0, 0)
    _the_command_answers(world.settings, ordered)
    later = msgspec.structs.replace(world.settings, clock_offset_seconds=LATER)
    try:
        clock.shift(LATER)
        await world.go_on()
        assert _due(await run_retention(later, None, apply=False)) == (3, 0, 2)
        assert await _is_readable(world.desk, gone), "a run that looks changes nothing"
        reports = await run_retention(later, backups, apply=True)
        assert _due(reports) == (3, 1, 2)
        desk = next(report for report in reports if report.node == "haiphong")
        assert {(held.reference, held.reason) for one in desk.classes for held in one.holds} == {
            (disputed, "cases.held_complaint"), (ordered, "cases.held_legal"),
        }  # fmt: skip
        assert desk.proof
        assert (desk.proof.holds, desk.proof.destroyed, desk.proof.backup_keys_left) == (True, 1, 0)
        assert desk.proof.files_removed == 2, "the filed paper and the signed certificate"
        assert await _files(world.desk) == files - 2
        await _nobody_can_read(world, gone, application, [disputed, ordered])

        assert _due(await run_retention(later, backups, apply=True)) == (2, 0, 2), "asked again, nothing more goes; the portal's keys are saved anew"
        await _no_backup_brings_it_back(later, backups, gone, application, disputed)
        assert await change_hold(later, ordered, None) == []
        assert _due(await run_retention(later, backups, apply=True)) == (2, 1, 1)
        await _the_operator_reads_it(world, tmp_path)
    finally:
        clock.shift(0)


def _the_command_answers(settings: Settings, held: str) -> None:
    """As an operator types it, beside the running installation, 400 days later."""
    environment = {**os.environ, "DINH_HOME": str(settings.home), "DINH_CONTENT": str(settings.content), "DINH_CLOCK_OFFSET_SECONDS": str(LATER)}

    def typed(*words: str) -> str:
        return subprocess.run([sys.executable, "-m", "dinh", *words], env=environment, check=True, capture_output=True, text=True).stdout

    reports = msgspec.json.decode(typed("retention", "run", "--json"), type=list[retention.RunReport])
    assert (_due(reports), {report.applied for report in reports}) == ((3, 0, 2), {False})
    assert held in typed("retention", "hold", "--json")


def _due(reports: list[retention.RunReport]) -> tuple[int, int, int]:
    return sum(one.due for one in reports), sum(one.disposed for one in reports), sum(one.held for one in reports)


async def _application_of(world: World, code: str) -> str:
    connection = await world.supervisor.databases.owner(world.supervisor.databases.name("portal"))
    try:
        return str(await connection.fetchval("SELECT id FROM cases.application WHERE code = $1", code))
    finally:
        await connection.close()


async def _files(node: Node) -> int:
    return len([path for path in (node.home / "files").glob("*/*") if path.is_file()])


async def _is_readable(node: Node, code: str) -> bool:
    async with node.read(system("test")) as tx:
        case = await find(tx, code)
        try:
            return bool((await content_of(tx, case)).answers)
        except NotFound as error:
            return error.key != "kernel.erased"


async def _nobody_can_read(world: World, gone: str, application: str, kept: list[str]) -> None:
    """Neither the officer nor the applicant, after the portal was told; the result itself stays with its person."""
    await world.settle()
    assert not await _is_readable(world.desk, gone)
    assert [await _is_readable(world.desk, code) for code in kept] == [True, True]
    registrar = await world.sign_in(world.account(world.demo.handler))
    page = await registrar.get(f"/desk/{gone}")
    assert (page.status_code, "đã được hủy" in page.text or "đã bị hủy" in page.text or "đã được xóa" in page.text) == (404, True)
    assert gone not in (await registrar.get("/desk/search?q=Trần Khuê Qua")).text
    assert kept[1] in (await registrar.get("/desk/search?q=Trần Khuê Giữ")).text
    mother = await world.sign_in(world.account("mother"))
    status = await mother.get(f"/cases/{gone}")
    assert (status.status_code, "Khuê Qua" in status.text) == (200, False)
    documents = (await mother.get("/documents")).text
    assert documents.count(gone) > 0
    types = await rows(world.portal, "SELECT type FROM kernel.event WHERE subject = $1 AND type = 'cases:application:disposed'", application)
    assert len(types) == 1
    left = await rows(world.desk, "SELECT 1 FROM kernel.event WHERE type = 'cases:case:disposed' AND case_code = $1", gone)
    assert len(left) == 1
    for node in world.nodes.values():
        assert await events.verify(node) > 0


async def _no_backup_brings_it_back(later: Settings, backups: Path, gone: str, application: str, kept: str) -> None:
    """The database of the backup is older than the disposal, its keys are not."""
    home = Path(tempfile.mkdtemp(prefix="dinh-restore-", dir=MEMORY))
    home.chmod(0o755)
    settings = msgspec.structs.replace(later, home=home)
    await bring_back(settings, backups)
    supervisor = Supervisor(settings, lambda _: None)
    try:
        supervisor.start_storage()
        await supervisor.wait_signer()
        async with open_nodes(settings) as nodes:
            assert not await _is_readable(nodes["haiphong"], gone)
            assert await _is_readable(nodes["haiphong"], kept)
            async with nodes["portal"].read(system("test")) as tx:
                person = await tx.value("SELECT person FROM cases.application WHERE id = $1", application)
                with pytest.raises(NotFound, match="erased"):
                    await view(tx, Caller(kind="person", person=person), application)
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(supervisor.databases.server.data.parent, ignore_errors=True)  # type: ignore[union-attr]


async def _the_operator_reads_it(world: World, folder: Path) -> None:
    account = world.account(world.demo.handler)
    async with world.desk.write(system("test")) as tx:
        await entrust(tx, system("test"), await world.person(account))
    visitor = await world.sign_in(account)
    page = await visitor.get("/operator/retention")
    for words in ("Đã hủy nội dung 1 bản ghi", "mọi niêm phong còn nguyên", "1 năm", "33/2024/QH15", "đang có khiếu nại"):
        assert words in page.text, words
    path = folder / "report.pdf"
    path.write_bytes((await visitor.get("/operator/retention/pdf")).content)
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True).stdout.decode()
    assert "HẾT THỜI HẠN" in text.upper()
    assert "Tagged:          yes" in subprocess.run(["pdfinfo", str(path)], check=True, capture_output=True).stdout.decode()
    assert (await (await world.sign_in(world.account(world.demo.decider))).get("/operator/retention")).status_code == 403
    report = retention.latest(world.desk)
    assert report
    assert printed(world.desk, report) == path.read_bytes(), "the same report gives the same bytes"


async def test_a_retention_file_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    for change, words in (
        (("code: rest", "code: mandates"), "a code that no other class has"),
        (('days: "30"', 'days: "0"'), "a time of at least a day"),
        (("kind: case, title: {vi: Khác", "kind: mandate, title: {vi: Khác"), "each procedure of a kind in one class"),
        (('years: "1"', 'years: "soon"'), "Expected `int`"),
    ):  # fmt: skip
        folder = tmp_path / words[:8].replace(" ", "")
        shutil.copytree(ROOT / "countries" / "vn", folder / "vn", ignore=shutil.ignore_patterns("units", "papers"))
        (folder / "vn" / "retention.yaml").write_text(CLASSES.replace(*change), encoding="utf-8")
        with pytest.raises(BadContent, match=words):
            classes_of(country.load(folder, "vn"))
