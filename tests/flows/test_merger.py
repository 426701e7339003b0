"""Communes are merged while a case runs: its pages still show, the successor finishes it, nobody else may."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from dinh.cases import transfer
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.settings import ROOT
from dinh.offices import appoint, open_posts
from tests.flows import births
from tests.world import World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
OLD, NEW = "11383", "99001"
# Tomorrow: the signer has its own clock, and refuses a ticket that runs too long.
LATER = 86400
DAY = (clock.now() + timedelta(seconds=LATER)).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date().isoformat()


def _content(folder: Path) -> Path:
    """Viet Nam, with a decision that merges the demonstration's first commune into a new one tomorrow."""
    shutil.copytree(ROOT / "countries" / "vn", folder / "vn")
    units = folder / "vn" / "units" / "communes.csv"
    rows = units.read_text(encoding="utf-8").splitlines()
    old = next(row for row in rows if row.startswith(f"{OLD},"))
    cells = old.split(",")
    cells[5] = DAY
    rows[rows.index(old)] = ",".join(cells)
    rows.append(f"{NEW},{cells[1]},Phường Hợp Nhất,ward,{DAY},,{OLD},invented for a test")
    units.write_text("\n".join(rows) + "\n", encoding="utf-8")
    agencies = folder / "vn" / "agencies" / "haiphong_communes.csv"
    line = f"H24.999,H24,{NEW},commune,Ủy ban nhân dân phường Hợp Nhất,People's Committee of Hợp Nhất Ward,invented for a test,\n"
    agencies.write_text(agencies.read_text(encoding="utf-8").rstrip("\n") + "\n" + line, encoding="utf-8")
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def merging(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with create(persons=600, content=_content(tmp_path_factory.mktemp("countries"))) as made:
        yield made
    clock.shift(0)


async def test_a_case_outlives_its_commune(merging: World) -> None:
    world = merging
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Hợp Nhất")
    registrar = await world.sign_in(world.account("registrar"))
    await registrar.post(f"/desk/{code}/accept")
    await world.settle()
    ended = await births.register_birth(world, mother, "Trần Trước Đó")
    try:
        clock.shift(LATER)
        await world.go_on()
        assert await transfer(world.desk) >= 2
        assert await transfer(world.desk) == 0
        await world.settle()
        await _folded(world, code)
        await _appoint(world)
        await _finish(world, code, ended)
    finally:
        clock.shift(0)


async def _folded(world: World, code: str) -> None:
    """The leader's figures follow the case."""
    async with world.desk.read(system("test")) as tx:
        rows = await tx.all("SELECT unit, stage, post, ended_at IS NULL AS now FROM cases.stage WHERE case_code = $1 ORDER BY number", code)
        counted = await tx.value("SELECT sum(cases) FROM cases.place WHERE unit = $1", NEW)
    assert [tuple(row) for row in rows[-2:]] == [(OLD, "handling", f"{OLD}.registrar", False), (NEW, "handling", f"{NEW}.registrar", True)]
    assert counted >= 1


async def _appoint(world: World) -> None:
    """Its posts are opened, as set-up does at each start; the same people take them."""
    async with world.desk.write(system("test")) as tx:
        await open_posts(tx, world.desk.plan.units or "")
        for role in ("registrar", "chairperson"):
            await appoint(tx, system("test"), f"{NEW}.{role}", await world.person(world.account(role)))


async def _finish(world: World, code: str, ended: str) -> None:
    mother = await world.sign_in(world.account("mother"))
    page = await mother.get(f"/cases/{code}")
    assert page.status_code == 200
    assert "Phường Hợp Nhất" in page.text
    assert (await mother.get(f"/cases/{ended}")).status_code == 200
    assert (await mother.get(f"/cases/{ended}/receipt")).status_code == 200
    registrar = await world.sign_in(world.account("registrar"))
    for turn, typed in (("check", {}), ("propose", {"outcome": "approve", "note": "x"})):
        response = await registrar.post(f"/desk/{code}/{turn}", typed)
        assert response.status_code == 200, response.text
    assert (await registrar.get(f"/desk/{ended}")).status_code == 200, "the archive went along"
    account = world.account("chairperson")
    chair = await world.sign_in(account)
    decided = await chair.post(f"/desk/{code}/decide", {"outcome": "approve", "factor": await world.code(account)})
    assert decided.status_code == 200, decided.text
    await world.settle()
    assert "Kết quả đã có trong kho giấy tờ của bạn" in (await mother.get(f"/cases/{code}")).text
    stranger = await world.sign_in(world.account("registrar", 1))
    assert (await stranger.get(f"/desk/{code}")).status_code == 404
