"""An installation that joined renews its certificates by itself while they hold: asked by a signed letter, answered by the registry's authority or operator."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.app import setup
from dinh.app.admitting import admit_application, renewals, take_certificate
from dinh.app.authority import DemoCertifier, demo_authority
from dinh.app.certificates.requests import folder_of
from dinh.app.joining import apply, join
from dinh.app.nodes import LocalWire, open_nodes
from dinh.app.operator import health
from dinh.app.supervisor import Supervisor
from dinh.app.wires import tls_folder
from dinh.app.worker import renewing
from dinh.exchange import Certifier, Server, Source, Wire, ask_renewal, follow_registry, ledger_of, membership_of
from dinh.exchange.heads import attest
from dinh.exchange.renewals import RENEWAL, Renewal, receive
from dinh.kernel import clock
from dinh.kernel.caller import PUBLIC
from dinh.kernel.errors import BadSignature, NotAllowed, Refused
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.trust import Keyring, handle_of_member, handle_of_node, kept_certificates, pem, seal_name
from dinh.trust.authority.requests import request_by, request_for
from tests.exchange.backend import WHO
from tests.exchange.test_joining import WANTED, Newcomer
from tests.flows.registry import last_events
from tests.world import MEMORY, World, create

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 86_400
LATE = 710 * DAY
MEMBER, HEADS, TLS = "member.join", "node.join", "tls.join"


class Joined(msgspec.Struct):
    world: World
    settings: Settings
    nodes: dict[str, Node]

    @property
    def node(self) -> Node:
        return self.nodes["join"]

    async def at(self, seconds: int) -> None:
        """What registry and nodes do all day, at this time."""
        clock.shift(seconds)
        await renewing(self.world.settings, self.world.nodes)(self.world.portal)
        await self.follow()

    async def follow(self) -> None:
        await self.world.go_on()
        await follow_registry(self.node)

    async def round(self) -> None:
        await renewing(self.settings, self.nodes)(self.node)

    async def server(self) -> Server:
        async with self.world.portal.read(WHO) as tx:
            return (await ledger_of(tx)).servers["join"]

    async def signing(self) -> list[x509.Certificate]:
        async with self.world.portal.read(WHO) as tx:
            found = [one.pem for one in (await ledger_of(tx)).certificates.values() if one.member == "JOIN"]
        return sorted((x509.load_pem_x509_certificate(one.encode()) for one in found), key=lambda one: one.not_valid_after_utc)

    def shown(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((tls_folder(self.node) / "tls.pem").read_bytes())


@asynccontextmanager
async def _opened(world: World, home: Path) -> AsyncIterator[Joined]:
    newcomer = Newcomer(home)
    made = await asyncio.to_thread(apply, newcomer.settings, WANTED)
    let = await admit_application(world.settings, Path(made.file), made.fingerprint, None, home / "join.admission")
    await asyncio.to_thread(join, newcomer.settings, Path(let.file), let.fingerprint)
    settings = newcomer.settings
    supervisor = Supervisor(settings, lambda _: None)
    try:
        await asyncio.to_thread(supervisor.start_storage)
        await supervisor.wait_signer()
        await setup.migrate(settings, supervisor.say)
        await setup.prepare(settings, supervisor.say)
        async with open_nodes(settings, web=False) as nodes, httpx.AsyncClient(transport=httpx.ASGITransport(app=world.site)) as http:  # type: ignore[arg-type]
            for node in nodes.values():
                node.plug(Source, Source(world.portal.origin, http))
                node.plug(Wire, Wire(LocalWire(world.nodes)))
            joined = Joined(world, settings, nodes)
            await joined.follow()
            yield joined
    finally:
        await asyncio.to_thread(supervisor.stop)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def joined() -> AsyncIterator[Joined]:
    home = Path(tempfile.mkdtemp(prefix="dinh-joined-", dir=MEMORY))
    home.chmod(0o755)
    try:
        async with create() as world, _opened(world, home) as made:
            yield made
    finally:
        clock.shift(0)
        shutil.rmtree(home, ignore_errors=True)


async def letter(signer: Node, handle: str, request: str, **changes: Any) -> bytes:
    said = msgspec.structs.replace(Renewal(signer.code, handle, request, clock.now()), **changes)
    return await attest(signer, RENEWAL.encode(), said)


async def request(node: Node, handle: str) -> str:
    """By the key that the signer has."""
    return await request_for(node.part(Keyring).signer, handle, "seal", seal_name("vn", "Newcomer", "join"))


async def test_nothing_is_renewed_before_its_time(joined: Joined) -> None:
    await joined.round()
    assert not list(folder_of(joined.settings).glob("*.csr"))
    with pytest.raises(Refused):
        await ask_renewal(joined.node, MEMBER, await request(joined.node, MEMBER))
    assert len(await joined.signing()) == 1


async def test_letters_that_are_not_the_nodes_own_word_are_refused(joined: Joined) -> None:
    """In the month of renewal, when everything else would be given."""
    await joined.at(LATE)
    node, portal, other = joined.node, joined.world.portal, joined.world.registers
    fine = await request(node, MEMBER)
    stranger = ec.generate_private_key(ec.SECP256R1())
    foreign = request_by(stranger, seal_name("vn", "Newcomer", "join"), [])
    changed = bytearray(await letter(node, MEMBER, fine))
    changed[len(changed) // 2] ^= 1
    wrong: list[tuple[bytes, type[Exception]]] = [
        (b"", BadSignature),
        (bytes(changed), BadSignature),
        (await letter(other, MEMBER, fine, node="join"), BadSignature),
        (await letter(node, MEMBER, foreign), BadSignature),
        (await letter(node, HEADS, foreign), BadSignature),
        (await letter(node, HEADS, fine), BadSignature),
        (await letter(node, MEMBER, "no request"), BadSignature),
        (await letter(node, handle_of_member("G01"), fine), NotAllowed),
        (await letter(node, handle_of_node("portal"), fine), NotAllowed),
        (await letter(node, "tls.portal", foreign), NotAllowed),
        (await letter(node, "demo-root", fine), NotAllowed),
        (await letter(other, handle_of_member("G01"), await request(other, handle_of_member("G01"))), NotAllowed),
        (await letter(node, MEMBER, fine, at=clock.now() - timedelta(minutes=6)), NotAllowed),
        (await letter(node, MEMBER, fine, at=clock.now() + timedelta(minutes=6)), NotAllowed),
    ]
    for said, error in wrong:
        with pytest.raises(error):
            await receive(portal, said)
    assert len(await joined.signing()) == 1
    assert await renewals(joined.world.settings, None) == []


async def test_all_three_are_renewed_without_a_person_and_each_once(joined: Joined) -> None:
    await joined.at(LATE)
    before, listener = await joined.server(), joined.shown()
    (old,) = await joined.signing()
    await joined.round()
    signing = await joined.signing()
    assert [one.public_key() == old.public_key() for one in signing] == [True, True], "the same key, for another term"
    assert signing[-1].not_valid_after_utc > clock.now() + timedelta(days=700)
    server = await joined.server()
    assert (server.tls_before, server.tls == before.tls) == (before.tls, False)
    assert joined.shown() == listener, "nobody meets a certificate that the configuration does not name yet"
    await joined.follow()
    await joined.round()
    assert joined.shown().fingerprint(hashes.SHA256()).hex() == server.tls
    assert joined.shown().public_key() != listener.public_key(), "a listener's key is a new one"
    assert not list(folder_of(joined.settings).glob("*.csr"))
    async with joined.node.read(WHO) as tx:
        heads = x509.load_pem_x509_certificate((await kept_certificates(tx, [HEADS]))[HEADS].encode())
    assert heads.not_valid_after_utc > clock.now() + timedelta(days=700)
    assert signing[-1] in membership_of(joined.node).certificates_of("JOIN")
    answered = await last_events(joined.world.portal, "exchange:renewal:answered")
    assert len(answered) == 3
    await joined.round()
    with pytest.raises(Refused):
        await ask_renewal(joined.node, TLS, request_by(ec.generate_private_key(ec.SECP256R1()), joined.shown().subject, []))
    again = await ask_renewal(joined.node, MEMBER, await request(joined.node, MEMBER))
    assert again == pem(signing[-1]), "an answer that was lost is given again, not issued again"
    assert len(await joined.signing()) == 2
    assert (await health(joined.world.portal, PUBLIC)).facts.renewals == 0


async def test_without_an_authority_at_hand_an_operator_answers(joined: Joined, tmp_path: Path) -> None:
    world, portal = joined.world, joined.world.portal
    settings = msgspec.structs.replace(world.settings, clock_offset_seconds=2 * LATE)

    class Nobody(Certifier):
        """As in production."""

        async def renew(self, node: Node, present: x509.Certificate, public: ec.EllipticCurvePublicKey) -> None:
            return None

    portal.plug(Certifier, Nobody())
    try:
        await joined.at(2 * LATE)
        await joined.round()
        waiting = await renewals(settings, tmp_path)
        assert {(one.node, one.handle) for one in waiting} == {("join", MEMBER), ("join", HEADS), ("join", TLS)}
        assert len(list(tmp_path.glob("join.*.csr"))) == 3
        assert "app.need_renewals" in {need.key for need in (await health(portal, PUBLIC)).needs}
        asked = {one.handle: x509.load_pem_x509_csr(one.request.encode()).public_key() for one in waiting}
        authority = await demo_authority(settings, portal)
        file = tmp_path / "answer.pem"

        async def brought(certificate: x509.Certificate) -> tuple[str, str]:
            file.write_text(pem(certificate))
            found = await take_certificate(settings, file)
            return found.kind, found.code

        for handle, wrong in (
            (MEMBER, await authority.certify_member(asked[MEMBER], "Newcomer", "GOV", "G01")),  # type: ignore[arg-type]
            (HEADS, await authority.certify_seal(asked[HEADS], "Newcomer", "portal")),  # type: ignore[arg-type]
            (TLS, await authority.issue_tls(asked[TLS], "Newcomer", "join", ["elsewhere.example"])),  # type: ignore[arg-type]
        ):
            with pytest.raises(BadSignature, match="for somebody else"):
                await brought(wrong)
            assert handle in {one.handle for one in await renewals(settings, None)}
        assert await brought(await authority.certify_member(asked[MEMBER], "Newcomer", "GOV", "JOIN")) == ("member", "JOIN")  # type: ignore[arg-type]
        assert await brought(await authority.certify_seal(asked[HEADS], "Newcomer", "join")) == ("node", "join")  # type: ignore[arg-type]
        async with portal.write(WHO) as tx:
            # A request is no secret: whoever saw it can send it as its own.
            stolen = "SELECT 'other', 'tls.other', request, asked_at - interval '1 minute' FROM exchange.renewal WHERE handle = $1"
            await tx.run(f"INSERT INTO exchange.renewal (node, handle, request, asked_at) {stolen}", TLS)
        assert await brought(await authority.issue_tls(asked[TLS], "Newcomer", "join", ["127.0.0.1"])) == ("server", "join")  # type: ignore[arg-type]
        async with portal.write(WHO) as tx:
            await tx.run("UPDATE exchange.renewal SET certificate = '' WHERE node = 'other'")
        assert await renewals(settings, None) == []
        await joined.follow()
        await joined.round()
        assert not list(folder_of(joined.settings).glob("*.csr"))
        assert joined.shown().public_key() == asked[TLS]
    finally:
        portal.plug(Certifier, DemoCertifier())


async def test_after_its_end_nothing_is_renewed_by_letter(joined: Joined) -> None:
    await joined.at(4 * LATE)
    with pytest.raises((Refused, BadSignature)):
        await ask_renewal(joined.node, MEMBER, await request(joined.node, MEMBER))
    await joined.round()
    assert len(await joined.signing()) <= 3
