"""Backup and restore, erasure, production mode, content files: what an operator relies on."""

import shutil
import tempfile
from pathlib import Path

import msgspec
import pytest

from dinh.app import demo
from dinh.app.backup import back_up, bring_back, check
from dinh.app.nodes import open_nodes
from dinh.app.operations import check_content
from dinh.app.places import claim
from dinh.app.setup import refuse_unsafe
from dinh.app.supervisor import Supervisor
from dinh.kernel import events, keys
from dinh.kernel.caller import system
from dinh.kernel.errors import BadContent, NotFound
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings, load
from dinh.vault import Roots, documents_of
from tests.flows import births
from tests.world import MEMORY, World

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).resolve().parents[2]


async def test_a_backup_brings_everything_back_and_a_destroyed_key_is_gone_from_it(world: World, tmp_path: Path) -> None:
    mother = await world.sign_in(world.account("mother"))
    kept = await births.register_birth(world, mother, "Trần Khuê Lưu")
    erased = await births.register_birth(world, mother, "Trần Khuê Xóa")
    first = await back_up(world.settings, tmp_path / "backups")
    async with world.desk.write(system("test")) as tx:
        case = await tx.value("SELECT id FROM cases.case WHERE code = $1", erased)
        await keys.destroy(tx, f"case:{case}", "test of erasure")
    await back_up(world.settings, tmp_path / "backups")
    shutil.rmtree(max((tmp_path / "backups").glob("2*")))
    assert first.exists()

    home = Path(tempfile.mkdtemp(prefix="dinh-restore-", dir=MEMORY))
    home.chmod(0o755)
    settings = msgspec.structs.replace(world.settings, home=home)
    await bring_back(settings, tmp_path / "backups")
    supervisor = Supervisor(settings, lambda _: None)
    try:
        supervisor.start_storage()
        await supervisor.wait_signer()
        async with open_nodes(settings) as nodes:
            await _check_restored(world, nodes, kept, erased)
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(supervisor.databases.server.data.parent, ignore_errors=True)  # type: ignore[union-attr]


async def _check_restored(world: World, nodes: dict[str, Node], kept: str, erased: str) -> None:
    from dinh.cases.desk import content_of, find
    from dinh.vault.verification.service import check_link

    assert nodes["portal"].part(Roots)
    person = await world.person(world.account("mother"))
    async with nodes["portal"].read(system("test")) as tx:
        documents = await documents_of(tx, msgspec.structs.replace(system("test"), person=person))
    assert kept in {document.case_code for document in documents}
    async with nodes["haiphong"].read(system("test")) as tx:
        assert (await content_of(tx, await find(tx, kept))).answers["child_name"] == "Trần Khuê Lưu"
        with pytest.raises(NotFound):
            await content_of(tx, await find(tx, erased))
    for node in nodes.values():
        sealed = await events.verify(node)
        async with node.write(system("test")) as tx:
            await keys.for_scope(tx, "month:2026-01")
        await events.seal(node)
        assert await events.verify(node) >= sealed
    with pytest.raises(NotFound):
        await check_link(nodes["portal"], "x" * 43)


async def test_production_refuses_what_belongs_to_the_demonstration(world: World) -> None:
    settings = msgspec.structs.replace(world.settings, mode="production", clock_offset_seconds=60)
    with pytest.raises(RuntimeError) as refusal:
        refuse_unsafe(settings)
    for words in ("DINH_DATABASE_URL", "https", "CLOCK_OFFSET", "demonstration"):
        assert words in str(refusal.value)
    with pytest.raises(RuntimeError):
        await demo.populate(settings, 10, lambda _made, _total: None)


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (('days: "0"', "days: soon"), 17, "deadline.days: Expected `int`"),
        (("outcome:\n", "outcom:\n"), None, "unknown field `outcom`"),
        (("heading_field: child_name", "heading_field: child"), None, "heading_field: a field of the form, not 'child'"),
        (("number: mother_number", "number: mother_nr"), None, "outcome.persons[1].number: a field of the form, not 'mother_nr'"),
        (("values: [mother]}}", "values: [aunt]}}"), None, "outcome.persons[0].when.values: one of father, mother, not 'aunt'"),
        (("service: civilstatus.birth_of", "service: vault.deposit"), None, "a service that may be asked to settle, not 'vault.deposit'"),
        (("service: population.register_birth", "service: population.person"), None, "a right to settle at assurance 0"),
        (("full_name: $answers.child_name}", "name: $answers.child_name}"), None, "not 'name'"),
        (("birth_place: $answers.child_birth_place\n", "\n"), None, "child.birth_place, which population.register_birth needs"),
        (("mother: $persons.mother.ref,", "mother: $persons.aunt.ref,"), None, "one of father, mother, not 'aunt' in $persons.aunt.ref"),
        (("roles: [mother, father], text", "roles: [mother, aunt], text"), None, "a role of outcome.persons, not 'aunt'"),
        (("value: $asked.earlier.registered", "value: $asked.earlier.known"), None, "one of case, registered, not 'known'"),
        (("còn sống theo", "{whom} theo"), None, "no gap but {name}, not {whom}"),
        (("child: $steps.population.ref", "child: $steps.civilstatus.number"), None, "one of population, not 'civilstatus'"),
        (("born: $answers.child_birth_date|short_date", "born: $answers.child_birth_date|shorter"), None, "outcome.paper.child.born: a filter of"),
        (("$if: $persons.mother", "$if: mother"), None, "a reference such as"),
        (("name: $persons.mother.full_name", "name: $persons.mother"), None, "after $persons.mother"),
        (("name: $persons.mother.full_name", "name: $persons mother"), None, "a reference such as"),
        (("kind: choice", "kind: choise"), None, "form.pages[0].fields[0].kind: Invalid enum value 'choise'"),
        (('code: "1.001193"', 'code: "1.001193'), 3, "well-formed YAML"),
    ],
)
async def test_a_malformed_file_names_file_line_field_and_what_was_expected(
    tmp_path: Path, change: tuple[str, str], line: int | None, words: str
) -> None:
    good = (ROOT / "countries/vn/procedures/1.001193/2025-07-01.yaml").read_text()
    path = tmp_path / "procedure.yaml"
    path.write_text(good.replace(*change, 1))
    with pytest.raises(BadContent) as error:
        check_content(Settings(), path)
    assert str(path) in str(error.value)
    assert words in str(error.value)
    assert error.value.line == (line or error.value.line)
    assert error.value.line
    if line is None and not change[1].isspace():
        assert change[1].strip().splitlines()[0] in path.read_text().splitlines()[error.value.line - 1]


async def test_the_countrys_own_content_is_in_order() -> None:
    assert check_content(Settings(), None) >= 1


async def test_a_home_has_one_running_dinh_and_one_country(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with claim(settings), pytest.raises(RuntimeError, match="another dinh runs"):
        claim(settings)
    with pytest.raises(RuntimeError, match="belongs to the country 'vn'"):
        claim(msgspec.structs.replace(settings, country="example"))
    claim(settings).close()


@pytest.mark.parametrize(("name", "value"), [("DINH_PORT", "abc"), ("DINH_PORT", "99999"), ("DINH_MODE", "prod")])
async def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(RuntimeError, match=name):
        load({name: value})


async def test_a_setting_up_that_was_cut_short_goes_on_with_the_same_accounts(world: World) -> None:
    """Posts are filled and accounts open; only the last rename did not happen."""
    before = demo.accounts(world.settings)
    file = demo.accounts_file(world.settings)
    file.rename(file.with_suffix(".partial"))
    await demo.staff(world.settings)
    assert demo.accounts(world.settings) == before


async def test_a_backup_is_checked_without_restoring_it(world: World, tmp_path: Path) -> None:
    folder = await back_up(world.settings, tmp_path / "b")
    assert await check(world.settings, tmp_path / "b") == (folder, len([path for path in folder.rglob("*") if path.is_file()]) - 2)
    dump = folder / "portal.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(RuntimeError, match=r"portal\.dump is not what was written"):
        await check(world.settings, tmp_path / "b")
    dump.unlink()
    with pytest.raises(RuntimeError, match=r"portal\.dump is missing"):
        await check(world.settings, tmp_path / "b")
    dump.write_bytes(whole)
    (tmp_path / "b" / "keys" / "trust" / "signer.secret").unlink()
    with pytest.raises(RuntimeError, match="nothing that was encrypted opens again"):
        await check(world.settings, tmp_path / "b")
    with pytest.raises(RuntimeError, match="no complete backup"):
        await check(world.settings, tmp_path / "nothing")
