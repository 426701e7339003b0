"""Names and dates that break systems: every mark of the language in forty letters, typed in either form; a deadline across Tet."""

import subprocess
import unicodedata
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio

from dinh.kernel import clock
from tests.flows import births
from tests.flows.warehouse import rows
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
NAME = "Đặng Nguyễn Thị Khuế Tưởng Ngọc Vỹ Bẳng Ố"
# Breve, circumflex, horn; grave, hook above, tilde, acute, dot below. The stroke of đ is no combining mark.
MARKS = {"\N{COMBINING BREVE}", "\N{COMBINING CIRCUMFLEX ACCENT}", "\N{COMBINING HORN}", "\N{COMBINING HOOK ABOVE}", "\N{COMBINING TILDE}",
         "\N{COMBINING ACUTE ACCENT}", "\N{COMBINING DOT BELOW}"}  # fmt: skip


def _text_of(pdf: bytes, folder: Path) -> str:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True)
    return " ".join(unicodedata.normalize("NFC", done.stdout).split())


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_long_name_with_every_mark_goes_all_the_way(world: World, tmp_path: Path, form: Literal["NFC", "NFD"]) -> None:
    name = f"{NAME}{'ộ' if form == 'NFD' else 'ằ'}"
    assert len(name) >= 40
    assert set(unicodedata.normalize("NFD", name)) >= MARKS
    mother, registrar = await world.sign_in(world.account("mother")), await world.sign_in(world.account("registrar"))
    code = await births.register_birth(world, mother, unicodedata.normalize(form, name))
    assert name in (await registrar.get(f"/desk/{code}")).text, "as one writes it, however it was typed"
    for words in (name, name.upper(), "dang nguyen thi khue", unicodedata.normalize("NFD", "tưởng ngọc")):
        assert code in (await registrar.get("/desk/search", params={"q": words})).text, words
    assert code not in (await registrar.get("/desk/search", params={"q": "dang nguyen thi khuer"})).text
    found = await rows(world, "SELECT id::text FROM vault.document WHERE case_code = $1", code)
    assert name.upper() in _text_of((await mother.get(f"/documents/{found[0]['id']}/file")).content, tmp_path), "on the certificate"
    async with world.registers.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM registers.person WHERE full_name = $1", name) == 1


@pytest_asyncio.fixture(loop_scope="session")
async def shifted() -> AsyncIterator[None]:
    yield
    clock.shift(0)


# The last hours before Tet 2027 (4 to 10 February), and the day the result is due: a birth the same working day, after 15:00 the next one.
@pytest.mark.parametrize(
    ("filed", "due"),
    [("2027-02-03 14:59", "2027-02-03"), ("2027-02-03 15:01", "2027-02-11"), ("2027-02-06 10:00", "2027-02-11"), ("2027-02-10 23:59", "2027-02-11")],
)
async def test_a_result_is_due_on_a_day_that_people_work(world: World, shifted: None, filed: str, due: str) -> None:
    moment = datetime.strptime(filed, "%Y-%m-%d %H:%M").replace(tzinfo=world.desk.country.zone)
    clock.shift(int((moment - datetime.now(moment.tzinfo)).total_seconds()))
    await world.go_on()
    mother = await world.sign_in(world.account("mother"))
    code = await births.file_case(world, mother, "Trần Tết Đợi")
    async with world.desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        assert await connection.fetchval("SELECT due_on FROM cases.case WHERE code = $1", code) == date.fromisoformat(due)
    assert due[8:10] in (await mother.get(f"/cases/{code}")).text
