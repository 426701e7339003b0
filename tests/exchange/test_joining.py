"""A member's own installation comes in by two files that people carry, and by nothing else."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.app import reaching
from dinh.app.admitting import Let, admit_application, take_certificate
from dinh.app.authority import demo_authority
from dinh.app.joining import Made, Wanted, apply, check_joined, join
from dinh.app.reaching import advice_on
from dinh.exchange import Server, end_entry, ledger_of
from dinh.kernel import clock, country
from dinh.kernel.errors import BadSignature
from dinh.kernel.settings import Settings, load
from dinh.trust import pem
from tests.exchange.backend import WHO
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 86_400
WANTED = Wanted(
    code="JOIN", url="https://127.0.0.1:9443", name={"vi": "Người mới", "en": "Newcomer"}, node="join", host="join.localhost", subsystems=["app"]
)


class Newcomer:
    """An installation beside the world's."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def settings(self) -> Settings:
        return load({"DINH_HOME": str(self.home)})

    async def apply(self, **changes: object) -> Made:
        return await asyncio.to_thread(apply, self.settings, msgspec.structs.replace(WANTED, **changes))

    async def join(self, file: Path, fingerprint: str) -> None:
        await asyncio.to_thread(join, self.settings, file, fingerprint)


def newcomer(folder: Path) -> Newcomer:
    folder.chmod(0o755)
    return Newcomer(folder)


async def admit(world: World, made: Made, file: Path | None = None, fingerprint: str | None = None) -> Let:
    application = file or Path(made.file)
    output = application.with_suffix(".admission")
    return await admit_application(world.settings, application, fingerprint or made.fingerprint, None, output)


@pytest_asyncio.fixture(loop_scope="session")
async def free(world: World) -> AsyncIterator[None]:
    """Nobody has joined, before and after."""
    yield
    async with world.portal.write(WHO) as tx:
        ledger = await ledger_of(tx)
        for kind, keys in (("server", ["join"]), ("certificate", [one.key for one in ledger.certificates.values() if one.member == "JOIN"])):
            for key in keys if "join" in ledger.servers else []:
                await end_entry(tx, WHO, kind, key)
        for kind, key in (("subsystem", "JOIN/app"), ("member", "JOIN")):
            if "JOIN" in ledger.members:
                await end_entry(tx, WHO, kind, key)
    await world.go_on()


def changed(token: str, change: dict[str, object]) -> str:
    """The same document with another content: what somebody on the way can do without the key."""
    header, payload, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | change
    return ".".join([header, base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("="), signature])


@pytest.mark.usefixtures("free")
async def test_an_application_is_admitted_and_the_admission_joins(world: World, tmp_path: Path) -> None:
    home = newcomer(tmp_path)
    made = await home.apply()
    with pytest.raises(RuntimeError, match="not joined yet"):
        check_joined(home.settings)
    let = await admit(world, made)
    await home.join(Path(let.file), let.fingerprint)
    check_joined(home.settings)
    plan = next(iter(country.of(home.settings).hosted.values()))
    assert (plan.code, plan.operator, plan.agencies) == ("join", "JOIN", ["JOIN"])
    assert home.settings.registry == world.portal.origin
    assert home.settings.links_port == 9443
    async with world.portal.read(WHO) as tx:
        ledger = await ledger_of(tx)
    server: Server = ledger.servers["join"]
    assert (server.operator, server.url, ledger.members["JOIN"].subsystems) == ("JOIN", WANTED.url, ["app"])
    assert server.tls, "the certificate of its listener is known"
    secret = (home.home / "trust" / "signer.secret").read_text()
    for carried in (Path(made.file), Path(let.file)):
        assert "PRIVATE" not in carried.read_text()
        assert secret not in carried.read_text()


@pytest.mark.usefixtures("free")
async def test_an_address_that_leads_nowhere_is_said_when_a_member_is_let_in(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "SECONDS", 60.0)
    let = await admit(world, await newcomer(tmp_path).apply(url="https://nobody.invalid:9443"))
    assert let.member == "JOIN", "it is let in all the same"
    assert "nobody.invalid is no name that this machine can find: check how it is written" in let.advice


async def test_what_is_to_be_checked_of_an_address_depends_on_what_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for host in ("127.0.0.1", "node.localhost"):
        said = await advice_on(f"https://{host}:{port}")
        assert said.startswith(f"https://{host}:{port} leads every node to itself"), "somebody listens, on this machine"
    server.close()
    await server.wait_closed()
    assert f"nothing listens on port {port} yet" in await advice_on(f"https://127.0.0.1:{port}")
    backlog = socket.create_server(("127.0.0.1", 0), backlog=0)
    full = [socket.socket() for _ in range(4)]
    for one in full:
        one.settimeout(0)
        one.connect_ex(backlog.getsockname())
    monkeypatch.setattr(reaching, "SECONDS", 0.3)
    said = await advice_on(f"https://127.0.0.1:{backlog.getsockname()[1]}")
    assert "does not answer: check the address and that the firewalls" in said
    for one in [backlog, *full]:
        one.close()


@pytest.mark.usefixtures("free")
async def test_an_application_is_good_once(world: World, tmp_path: Path) -> None:
    made = await newcomer(tmp_path).apply()
    await admit(world, made)
    with pytest.raises(RuntimeError, match=r"join is registered already"):
        await admit(world, made)


async def test_only_the_key_that_was_read_out_is_admitted(world: World, tmp_path: Path) -> None:
    made = await newcomer(tmp_path).apply()
    with pytest.raises(BadSignature, match="fingerprint"):
        await admit(world, made, fingerprint="0000 " * 8)


@pytest.mark.parametrize("change", [{"code": "G01"}, {"url": "https://127.0.0.1:9999"}, {"node": "other"}, {"subsystems": ["app", "more"]}])
async def test_an_application_that_was_changed_is_refused(world: World, tmp_path: Path, change: dict[str, object]) -> None:
    made = await newcomer(tmp_path).apply()
    file = tmp_path / "changed.jws"
    file.write_text(changed(Path(made.file).read_text(), change))
    with pytest.raises(BadSignature):
        await admit(world, made, file)


async def test_nobody_applies_for_an_agency_that_has_a_node(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="is served by the node registers"):
        await newcomer(tmp_path).apply(code="G01")


@pytest.mark.usefixtures("free")
async def test_a_node_that_is_somebody_elses_is_refused(world: World, tmp_path: Path) -> None:
    await admit(world, await newcomer(_folder(tmp_path, "first")).apply())
    second = await newcomer(_folder(tmp_path, "second")).apply(url="https://127.0.0.1:9444")
    with pytest.raises(RuntimeError, match="registered already"):
        await admit(world, second)
    third = await newcomer(_folder(tmp_path, "third")).apply(node="elsewhere")
    with pytest.raises(RuntimeError, match="connected already"):
        await admit(world, third)


async def test_an_old_application_is_refused(world: World, tmp_path: Path) -> None:
    made = await newcomer(tmp_path).apply()
    offset = world.settings.clock_offset_seconds
    try:
        with pytest.raises(RuntimeError, match="older than 30 days"):
            await admit_application(
                msgspec.structs.replace(world.settings, clock_offset_seconds=31 * DAY), Path(made.file), made.fingerprint, None, tmp_path / "none"
            )
    finally:
        clock.shift(offset)


async def test_what_is_no_application_is_refused(world: World, tmp_path: Path) -> None:
    file = tmp_path / "wrong.jws"
    for content in ("", "a.b.c", "..", "x" * 300_000, "\x00\x01", json.dumps({"code": "JOIN"})):
        file.write_text(content)
        with pytest.raises((BadSignature, RuntimeError)):
            await admit_application(world.settings, file, "0", None, tmp_path / "none")


@pytest.mark.usefixtures("free")
async def test_only_the_admission_of_this_registry_for_this_application_joins(world: World, tmp_path: Path) -> None:
    first, second = newcomer(_folder(tmp_path, "first")), newcomer(_folder(tmp_path, "second"))
    let = await admit(world, await first.apply())
    await second.apply()
    with pytest.raises(BadSignature, match="fingerprint"):
        await first.join(Path(let.file), "0000 " * 8)
    with pytest.raises(RuntimeError, match="another application"):
        await second.join(Path(let.file), let.fingerprint)
    wrong = tmp_path / "changed.admission"
    wrong.write_text(changed(Path(let.file).read_text(), {"registry": "http://elsewhere.example"}))
    with pytest.raises(BadSignature):
        await first.join(wrong, let.fingerprint)
    await first.join(Path(let.file), let.fingerprint)
    with pytest.raises(RuntimeError, match="joined already"):
        await first.join(Path(let.file), let.fingerprint)


@pytest.mark.usefixtures("free")
async def test_a_renewed_certificate_is_registered_by_its_authoritys_word(world: World, tmp_path: Path) -> None:
    await admit(world, await newcomer(_folder(tmp_path, "first")).apply())
    authority = await demo_authority(world.settings, world.portal)
    file = tmp_path / "renewed.pem"

    async def renewed(certificate: x509.Certificate) -> tuple[str, str]:
        file.write_text(pem(certificate))
        found = await take_certificate(world.settings, file)
        return found.kind, found.code

    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    listener = await authority.issue_tls(public, "Newcomer", "join", ["127.0.0.1"])
    assert await renewed(listener) == ("server", "join")
    assert await renewed(await authority.certify_member(public, "Newcomer", "GOV", "JOIN")) == ("member", "JOIN")
    async with world.portal.read(WHO) as tx:
        ledger = await ledger_of(tx)
    assert ledger.servers["join"].tls == listener.fingerprint(hashes.SHA256()).hex()
    assert ledger.servers["join"].tls_before not in {None, ledger.servers["join"].tls}, "the first one is believed until it ends"
    assert len([one for one in ledger.certificates.values() if one.member == "JOIN"]) == 2
    for wrong in (
        await authority.issue_tls(public, "Newcomer", "nobody", ["127.0.0.1"]),
        await authority.issue_tls(public, "Newcomer", "join", ["elsewhere.example"]),
        await authority.certify_member(public, "Newcomer", "GOV", "NOBODY"),
    ):
        with pytest.raises(RuntimeError, match="no member"):
            await renewed(wrong)
    with pytest.raises(BadSignature, match="no authority"):
        await renewed(_selfmade(listener.subject))


def _selfmade(name: x509.Name) -> x509.Certificate:
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    return built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9)).sign(key, hashes.SHA256())


def _folder(parent: Path, name: str) -> Path:
    parent.chmod(0o755)
    (parent / name).mkdir()
    return parent / name
