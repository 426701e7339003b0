"""`dinh doctor` finds what is wrong, says what to do, and changes nothing."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dinh.app import upgrade
from dinh.app.doctor import Finding, examine, worst
from dinh.app.places import claim
from dinh.kernel.events.heads import heads_file
from dinh.kernel.settings import Settings
from tests.flows.test_operator import _clean, _hold
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _look(settings: Settings, *, running: bool = True) -> dict[str, Finding]:
    """The worst finding of each area. The world's processes stand for a `dinh run` that holds the installation."""
    found: list[Finding] = []
    if running:
        with claim(settings):
            await asyncio.to_thread(examine, settings, found.append)
    else:
        await asyncio.to_thread(examine, settings, found.append)
    return {finding.area: finding for finding in sorted(found, key=lambda finding: worst([finding]))}


async def test_a_sound_installation_is_said_to_be_sound(world: World) -> None:
    await world.settle()
    await _clean(world)
    found = await _look(world.settings)
    well = {area for area, finding in found.items() if finding.level == "ok"}
    assert {"python", "postgresql", "home", "disk", "time", "printing", "content", "database", "migrations", "signer"} <= well
    assert {name for node in world.nodes for name in (node, f"{node} heads")} <= well
    assert found["port"].words == "dinh runs and port 80 does not answer", "the tests serve no port"
    assert all(finding.todo for finding in found.values() if finding.level != "ok")


async def test_a_secret_that_others_can_read_is_bad_and_stops_an_upgrade(world: World, tmp_path: Path) -> None:
    secret = world.settings.home / "trust" / "signer.secret"
    secret.chmod(0o644)
    try:
        found = await _look(world.settings)
        assert (found["home"].level, "signer.secret" in found["home"].words) == ("bad", True)
        with pytest.raises(RuntimeError, match="nothing was touched"):
            await upgrade.expand(world.settings, lambda _: None, tmp_path / "backups")
        assert not (tmp_path / "backups").exists()
    finally:
        secret.chmod(0o600)


async def test_heads_that_were_published_otherwise_are_found_without_reading_events(world: World) -> None:
    await world.settle()
    path = heads_file(world.registers)
    whole = path.read_bytes()
    head: dict[str, Any] = msgspec.json.decode(whole.splitlines()[-1])
    try:
        path.write_bytes(whole + msgspec.json.encode(head | {"size": head["size"] + 5}) + b"\n")
        assert "cut off" in (await _look(world.settings))["registers heads"].words
        path.write_bytes(whole + msgspec.json.encode(head | {"root": "AAAA"}) + b"\n")
        assert "published with another root" in (await _look(world.settings))["registers heads"].words
        path.write_bytes(b"")
        if len(whole.splitlines()) > 1:
            assert "never published" in (await _look(world.settings))["registers heads"].words
    finally:
        path.write_bytes(whole)


async def test_a_held_job_is_named_with_what_to_do(world: World) -> None:
    job = await _hold(world, world.portal, ValueError("x"), key="held-doctor")
    try:
        finding = (await _look(world.settings))["portal jobs"]
        assert (finding.level, finding.words) == ("bad", "1 job failed too often and is held")
        assert finding.todo.startswith("Release it")
    finally:
        operator = await world.sign_in(world.account("operator"), world.portal)
        await operator.post(f"/operator/jobs/{job}/release")
        await world.settle()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("life_events.yaml", ("code: having-a-child", "code: Having A Child"), "life events"),
        ("procedures/1.001193/2025-07-01.yaml", ("papers/birth-certificate.typ", "papers/birth-song.typ"), "papers/birth-song.typ is not there"),
        ("procedures/1.001193/2025-07-01.yaml", ('days: "0"', "days: soon"), "deadline.days"),
        ("calendars/vn-office.yaml", ('year: "2026"', 'year: "1926"'), "has no 2026"),
        ("nodes/portal.yaml", ("code: portal", "kode: portal"), "nodes"),
        ("country.yaml", ("languages:", "tongues:"), "tongues"),
    ],
)
async def test_a_country_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, change: tuple[str, str], said: str) -> None:
    shutil.copytree(Settings().content, tmp_path / "countries")
    path = tmp_path / "countries" / "vn" / name
    path.write_text(path.read_text().replace(*change, 1))
    finding = (await _look(Settings(home=tmp_path / "home", content=tmp_path / "countries"), running=False))["content"]
    assert finding.level == "bad"
    assert said in finding.words


async def test_where_nothing_is_set_up_it_says_how_to_begin(tmp_path: Path) -> None:
    environment = {**os.environ, "DINH_HOME": str(tmp_path / "home"), "DINH_PORT": "8199"}
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "dinh", "doctor", "--json"], env=environment, capture_output=True, check=False
    )
    found = msgspec.json.decode(done.stdout, type=list[Finding])
    assert done.returncode == worst(found) == 1
    assert next(finding.todo for finding in found if finding.area == "installation") == "Run: make run"
    assert not (tmp_path / "home" / "nodes").exists()
