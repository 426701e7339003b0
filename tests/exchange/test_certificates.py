"""Certificates end, and nothing else does: alarms, renewal while everything runs, and evidence of the old ones. In a country of their own, for years pass."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dinh.app.authority import demo_authority
from dinh.app.certificates import alarm
from dinh.app.certificates.requests import ask, folder_of, import_all, request_due
from dinh.app.signatures import trusted_roots
from dinh.app.wires import tls_folder
from dinh.app.worker import renewing
from dinh.exchange import Pulse, containers_of, membership_of, register_renewed, stamp_evidence
from dinh.exchange.links.sockets import Contexts
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.errors import Refused
from dinh.trust import BatchSignature, Keyring, create_root, handle_of_member, handle_of_tsa, kept_until, pem, verify_container, write_tls_files
from tests.flows.registry import last_events, question, reachable
from tests.world import World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 86_400
NOW, LATE, AFTER = 0, 710 * DAY, 732 * DAY


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def country() -> AsyncIterator[World]:
    async with create() as made:
        yield made
    clock.shift(0)


async def at(world: World, seconds: int) -> None:
    clock.shift(seconds)
    await world.go_on()
    for node in world.nodes.values():
        node.plug(Pulse, Pulse(node))


async def signer_of(world: World) -> bytes:
    """With which certificate the client of the newest exchange signed: its SHA-512."""
    async with world.portal.pool.acquire() as connection:
        signature = await connection.fetchval("SELECT signature FROM exchange.batch WHERE member = 'G22' ORDER BY id DESC LIMIT 1")
    return msgspec.msgpack.decode(signature, type=BatchSignature).certificate


async def newest_id(world: World) -> str:
    async with world.portal.pool.acquire() as connection:
        return str(await connection.fetchval("SELECT message_id FROM exchange.call WHERE side = 'client' ORDER BY id DESC LIMIT 1"))


async def verdict(world: World, message: str) -> tuple[str, str]:
    """Of `dinh verify evidence`, at the time of the tests' clock."""
    found = await containers_of(world.portal, message, "G22", None)
    report = await verify_container(found[0].data, trusted_roots(world.settings), clock.now())
    return report.verdict, report.why


async def test_new_handshakes_show_the_renewed_certificate_and_open_connections_go_on(country: World, tmp_path: Path) -> None:
    """Before years pass in this country: TLS knows the real time only."""
    world, folder = country, tmp_path / "tls"
    folder.mkdir()
    for name in ("tls.key", "tls.pem", "roots.pem"):
        (folder / name).write_bytes((tls_folder(world.portal) / name).read_bytes())
    contexts = Contexts(folder)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int]:
        host = world.portal.plan.host
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=contexts.client, server_hostname=host)
        opened.append(writer)
        shown = x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        return reader, writer, shown.serial_number

    opened: list[asyncio.StreamWriter] = []

    async def alive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"still here\n")
        return await reader.readline() == b"still here\n"

    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=contexts.server)
    port = server.sockets[0].getsockname()[1]
    reader, writer, first = await connect()
    assert not contexts.refresh(), "nothing is new"
    # Half of a renewal: the certificate is there, its key is not yet.
    other = tmp_path / "other"
    await _renewed(world, other)
    (folder / "tls.pem").write_bytes((other / "tls.pem").read_bytes())
    with pytest.raises(ssl.SSLError):
        contexts.refresh()
    assert (await connect())[2] == first
    (folder / "tls.key").write_bytes((other / "tls.key").read_bytes())
    assert contexts.refresh()
    assert await alive(reader, writer), "a connection that stands goes on"
    late, other_end, serial = await connect()
    assert serial != first
    assert await alive(late, other_end)
    for one in opened:
        one.close()
    server.close()


async def _renewed(world: World, folder: Path) -> None:
    authority = await demo_authority(world.settings, world.portal)
    await write_tls_files(authority, folder, "Portal", "portal", [world.portal.plan.host])


async def test_years_go_by(country: World) -> None:
    world = country
    async with reachable(world):
        await question(world)
        old_message, old_signer = await newest_id(world), await signer_of(world)
        for node in world.nodes.values():
            await stamp_evidence(node)
        assert (await verdict(world, old_message))[0] == "verified"

        await at(world, LATE)
        await _alarms_ring_once(world)
        for node in world.nodes.values():
            await renewing(world.settings, world.nodes)(node)
        await world.go_on()
        certificates = membership_of(world.portal).certificates_of("G22")
        assert len(certificates) == 2, "both are valid"
        await question(world)
        assert await signer_of(world) == old_signer, "nobody is shown a certificate that an older configuration does not know"

        await at(world, LATE + 4 * DAY)
        await question(world)
        new_signer = await signer_of(world)
        assert new_signer != old_signer
        assert new_signer in {one.fingerprint(hashes.SHA512()) for one in certificates}

        await at(world, AFTER)
        assert min(one.not_valid_after_utc for one in certificates) < clock.now()
        await question(world)
        assert (await world.visitor(world.portal).http.get("/api/exchange/v1/health")).json()["status"] == "up"
        for node in world.nodes.values():
            await stamp_evidence(node)
        for message in (await newest_id(world), old_message):
            found, why = await verdict(world, message)
            assert found == "verified", why
        operator = await world.sign_in(world.account("operator"), world.portal, "en")
        assert "ends in" not in (await operator.get("/operator")).text
        assert await alarm(world.portal) == 0


async def _alarms_ring_once(world: World) -> None:
    assert await alarm(world.portal) > 0
    assert await alarm(world.portal) == 0
    (said, *_) = await last_events(world.portal, "app:certificate:ending")
    assert said["days"] == 30
    operator = await world.sign_in(world.account("operator"), world.portal, "en")
    page = (await operator.get("/operator")).text
    assert "A certificate ends in 19 days" in page or "A certificate ends in 20 days" in page
    assert "These end within a month" in page
    health = (await operator.get("/api/app/v1/health")).json()
    assert [need["level"] for need in health["needs"] if need["part"] == "certificates"] == ["warning"]
    text = (await world.visitor(world.portal).get("/metrics")).text
    line = next(
        one for one in text.splitlines() if one.startswith('dinh_certificate_expires_timestamp_seconds{kind="member",name="G22",node="portal"}')
    )
    assert 19 * DAY < float(line.rpartition(" ")[2]) - clock.now().timestamp() < 21 * DAY
    clock.shift(LATE + 8 * DAY)
    assert await alarm(world.portal) > 0
    operator = await world.sign_in(world.account("operator"), world.portal, "en")
    health = (await operator.get("/api/app/v1/health")).json()
    assert [need["level"] for need in health["needs"] if need["part"] == "certificates"] == ["bad"]
    clock.shift(LATE + 18 * DAY)
    assert await alarm(world.portal) > 0
    world.portal.plug(Pulse, Pulse(world.portal))
    answer = await world.visitor(world.portal).http.get("/api/exchange/v1/health")
    assert answer.json()["warnings"] == ["certificates"]
    await at(world, LATE)


async def test_without_renewal_an_ended_certificate_signs_nothing(country: World) -> None:
    """The registered ones of a member that nobody renewed: refused at both ends."""
    world = country
    await at(world, LATE + 3 * 730 * DAY)
    try:
        with pytest.raises(Refused) as raised:
            await question(world)
        assert raised.value.key == "exchange.no_certificate"
    finally:
        await at(world, AFTER)


async def test_a_real_authority_gets_requests_and_its_answers_are_taken_in(country: World, tmp_path: Path) -> None:
    world = country
    authority = await demo_authority(world.settings, world.portal)
    assert await request_due(world.settings, world.nodes) == [], "nothing ends soon"
    handle = handle_of_member("G22")
    path = await ask(world.settings, world.nodes, handle)
    shown = subprocess.run(["openssl", "req", "-in", path, "-noout", "-verify", "-subject"], capture_output=True, text=True, check=True)
    assert "verify OK" in shown.stdout + shown.stderr
    assert "serialNumber = G22" in shown.stdout
    asked = x509.load_pem_x509_csr(path.read_bytes())
    issued = await authority.issue_member(handle, "Office", "GOV", "G22")
    assert issued.public_key() == asked.public_key(), "the key of the request is the one in the signer"
    (taken,) = await import_all(world.settings, world.nodes, pem(issued).encode())
    assert (taken.handle, taken.registered) == (handle, True)
    assert not path.exists()
    await world.go_on()
    assert issued in membership_of(world.portal).certificates_of("G22")
    another = await authority.issue_member("member.elsewhere", "Justice", "GOV", "G15")
    async with world.portal.write(system("test")) as tx:
        assert await register_renewed(tx, system("test"), another) == ("member", "G15")
    await world.go_on()
    assert another in membership_of(world.portal).certificates_of("G15")
    tls = await ask(world.settings, world.nodes, "tls.portal")
    csr = x509.load_pem_x509_csr(tls.read_bytes())
    names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one.value) for one in names] == [world.portal.plan.host]
    before = (tls_folder(world.portal) / "tls.pem").read_bytes()
    answer = await authority.issue_tls(csr.public_key(), "Portal", "portal", [world.portal.plan.host])  # type: ignore[arg-type]
    assert (tls_folder(world.portal) / "tls.pem").read_bytes() == before, "what is served stays until the answer is there"
    (taken,) = await import_all(world.settings, world.nodes, pem(answer).encode())
    assert taken.handle == "tls.portal"
    Contexts(tls_folder(world.portal))
    for wrong in (b"", pem(await _stranger(world)).encode()):
        with pytest.raises((RuntimeError, ValueError)):
            await import_all(world.settings, world.nodes, wrong)
    for unknown in ("member.nobody", "person.x", "tls.elsewhere", "../x"):
        with pytest.raises(RuntimeError):
            await ask(world.settings, world.nodes, unknown)
    assert not list(folder_of(world.settings).glob("*.csr"))


async def _stranger(world: World) -> x509.Certificate:
    return await create_root(world.portal.part(Keyring).signer, "a-strangers-root", "xx", "Stranger", "Stranger's root")


async def test_a_timestamping_authority_is_looked_up_again_before_its_certificate_ends(country: World) -> None:
    world = country
    async with world.portal.read(system("test")) as tx:
        kept = next(one.until for one in await kept_until(tx) if one.handle == handle_of_tsa("portal"))
    assert (await world.portal.part(Keyring).certificate(handle_of_tsa("portal"))).not_valid_after_utc == kept
    assert kept > clock.now() + timedelta(days=600)
