"""Signed documents of random exchanges: fetched over HTTP by whose they are, accepted by xmlsec1, openssl and ourselves."""

import io
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from cryptography import x509

from dinh.app.signatures import trusted_roots
from dinh.exchange import Edge, EvidenceHandedOut, admit, dismiss, stamp_evidence
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.trust import Keyring, pem, verify_container
from tests.exchange.backend import CLIENT, Backend
from tests.exchange.test_systems import ECHO, HEADERS
from tests.flows.registry import last_events, online, reachable
from tests.trust.test_containers import accept
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHO = system("test")
PROVIDER, OTHER = "SUBSYSTEM:VN/GOV/G01/citizens", "SUBSYSTEM:VN/GOV/G22/other"
RANDOM = 6


@pytest_asyncio.fixture(loop_scope="session")
async def http(world: World, backend: Backend) -> AsyncIterator[httpx.AsyncClient]:
    async with reachable(world):
        transport = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HEADERS) as client:
            yield client


def asic(message: str, subsystem: str = CLIENT, *flags: str) -> str:
    instance, kind, code, name = subsystem.removeprefix("SUBSYSTEM:").split("/")
    wish = f"/asic?queryId={quote(message, safe='')}&xRoadInstance={instance}&memberClass={kind}&memberCode={code}&subsystemCode={name}"
    return "&".join([wish, *flags])


def files(answer: httpx.Response) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def roots(world: World) -> list[x509.Certificate]:
    return trusted_roots(world.settings)


async def _stamped(world: World) -> None:
    for node in world.nodes.values():
        await stamp_evidence(node)


async def test_containers_of_random_exchanges_are_accepted_by_independent_tools_and_by_us(
    world: World, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    chance = random.Random(8)
    sent: dict[str, bytes] = {}
    for number in range(RANDOM):
        message, body = f"k/{number} {chance.random()}", chance.randbytes(chance.choice([0, 1, 900, 70_000]))
        answer = await http.request(chance.choice(["PUT", "POST"]), f"{ECHO}/things/{number}", content=body, headers={"X-Road-Id": message})
        assert answer.status_code == 200
        sent[message] = body
    await _stamped(world)
    for message, body in sent.items():
        answer = await http.get(asic(message))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        named = quote(message, safe="")
        found = files(answer)
        assert [re.sub(r"-\w{10}\.asice$", "", name) for name in found] == [f"{named}-request", f"{named}-response"]
        for (name, data), code in zip(found.items(), ("g22", "g01"), strict=True):
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            report = await verify_container(data, roots(world), clock.now())
            assert (report.verdict, report.form) == ("verified", "dinh"), report.why
            assert report.signer is not None
            assert f"2.5.4.5={code.upper()}" in report.signer, report.signer
            accept(roots(world)[0], await world.portal.part(Keyring).certificate(f"member.{code}"), folder, data)
            if name.startswith(f"{named}-request-"):
                assert (folder / "message.xml").read_bytes().split(b"\r\n")[1].startswith(ECHO.encode())
                assert (folder / "attachment1").exists() == bool(body)
                assert not body or (folder / "attachment1").read_bytes() == body
    assert EvidenceHandedOut.type == "exchange:evidence:handed_out"
    assert (await last_events(world.portal, EvidenceHandedOut.type))[0] == {"subsystem": "G22/app", "containers": 2}


async def test_the_command_line_accepts_what_was_fetched(world: World, http: httpx.AsyncClient, tmp_path: Path) -> None:
    await http.post(f"{ECHO}/things/9", content=b"x", headers={"X-Road-Id": "cli-1"})
    answer = await http.get(asic("cli-1", CLIENT, "requestOnly", "unique", "force"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.etsi.asic-e+zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="cli-1-request.asice"'
    (tmp_path / "c.asice").write_bytes(answer.content)
    (tmp_path / "ca.pem").write_text(pem(roots(world)[0]))
    command = [sys.executable, "-m", "dinh", "verify", "evidence", str(tmp_path / "c.asice"), "--root", str(tmp_path / "ca.pem")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, "verified: everything holds" in done.stdout + done.stderr) == (0, True), done.stdout + done.stderr


async def test_the_provider_has_the_same_messages_and_nobody_else_gets_them(world: World, http: httpx.AsyncClient) -> None:
    await http.post(f"{ECHO}/things/1", content=b"for the two of us", headers={"X-Road-Id": "own-1"})
    await _stamped(world)
    async with world.registers.write(WHO) as tx:
        await admit(tx, WHO, PROVIDER, "network")
    async with world.portal.write(WHO) as tx:
        await admit(tx, WHO, OTHER, "network")
        key = await admit(tx, WHO, "SUBSYSTEM:VN/GOV/G22/dinh", "key")
    try:
        fresh = httpx.ASGITransport(app=Edge(world.portal, network=True))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=fresh, base_url="http://localhost") as known:
            assert (await known.get(asic("own-1"))).status_code == 200
            for stranger in (OTHER, PROVIDER, "SUBSYSTEM:VN/GOV/G22/dinh", "SUBSYSTEM:VN/COM/G22/app", "SUBSYSTEM:VN/GOV/G99/app"):
                answer = await known.get(asic("own-1", stranger))
                assert answer.status_code == (404 if stranger == OTHER else 401), stranger
                assert answer.headers["content-type"] == "text/plain;charset=utf-8"
            own = await known.get(asic("own-1", "SUBSYSTEM:VN/GOV/G22/dinh"), headers={"dinh-key": key or "", "x-road-client": "VN/GOV/G22/app"})
            assert own.status_code == 404
        transport = httpx.ASGITransport(app=Edge(world.registers, network=True))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as provider:
            assert (await provider.get(asic("own-1"))).status_code == 401
            theirs = files(await provider.get(asic("own-1", PROVIDER)))
        ours = files(await http.get(asic("own-1")))
        for one, other in zip(ours.values(), theirs.values(), strict=True):
            assert _inside(one)["message.xml"] == _inside(other)["message.xml"]
    finally:
        for node, subsystem in ((world.registers, PROVIDER), (world.portal, OTHER), (world.portal, "SUBSYSTEM:VN/GOV/G22/dinh")):
            async with node.write(WHO) as tx:
                await dismiss(tx, WHO, subsystem)


def _inside(container: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(container)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_evidence_holds_when_its_content_was_erased(world: World, http: httpx.AsyncClient) -> None:
    await http.post(f"{ECHO}/things/1", content=b"soon gone", headers={"X-Road-Id": "gone-1"})
    await _stamped(world)
    async with world.portal.write(WHO) as tx:
        await tx.run("DELETE FROM exchange.content WHERE call = (SELECT id FROM exchange.call WHERE message_id = 'gone-1' AND side = 'client')")
    answer = await http.get(asic("gone-1"))
    assert (answer.status_code, answer.headers["dinh-content"]) == (200, "erased")
    for data in files(answer).values():
        report = await verify_container(data, roots(world), clock.now())
        assert (report.verdict, report.erased) == ("partial", True), report.why
        assert "only its digest" in report.why
        assert b"soon gone" not in data
        broken = bytearray(data)
        broken[len(broken) // 2] ^= 1
        assert (await verify_container(bytes(broken), roots(world), clock.now())).verdict == "refused"


async def test_one_that_is_not_stamped_yet_says_so_and_can_be_stamped_at_once(world: World, http: httpx.AsyncClient) -> None:
    await http.post(f"{ECHO}/things/1", content=b"x", headers={"X-Road-Id": "new-1"})
    answer = await http.get(asic("new-1"))
    assert (answer.status_code, answer.text) == (500, "Some message signatures have not been timestamped yet!")
    answer = await http.get(asic("new-1", CLIENT, "responseOnly"))
    assert (answer.status_code, answer.text) == (500, "Message signature has not been timestamped yet!")
    assert (await http.get(asic("new-1", CLIENT, "force"))).status_code == 200
    online(world)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/asic", 400), ("/asic?queryId=x", 400), (asic("x", CLIENT, "unique"), 400), (asic("x", CLIENT, "requestOnly", "responseOnly"), 400),
        (asic("x") + "&queryId=y", 400), (asic("x", CLIENT, "other"), 400), (asic("", CLIENT), 400), (asic("nobody-sent-this"), 404),
        (asic("x").replace("VN", "EE"), 401), (asic("x", "SUBSYSTEM:VN/GOV/G22/%2e%2e"), 400), (asic("%ff").replace("%25", "%"), 400),
    ],
)  # fmt: skip
async def test_what_cannot_be_given_is_refused_in_plain_words(http: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.headers["content-type"], bool(answer.text)) == (status, "text/plain;charset=utf-8", True), answer.text


async def test_an_id_that_was_used_twice_gives_both_and_is_not_unique(world: World, http: httpx.AsyncClient) -> None:
    for _ in range(2):
        await http.post(f"{ECHO}/things/1", content=b"x", headers={"X-Road-Id": "twice-1"})
    await _stamped(world)
    assert len(files(await http.get(asic("twice-1", CLIENT, "requestOnly")))) == 2
    assert (await http.get(asic("twice-1", CLIENT, "requestOnly", "unique"))).status_code == 400
