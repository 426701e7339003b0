"""The timestamping authority and the responder at the registry's node: asked over HTTP, judged by OpenSSL."""

import base64
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec
import pytest

from dinh.exchange import CertificateEntry, end_entry, register, revoke
from dinh.exchange.notary import http as notary
from dinh.kernel.allowance import Allowance
from dinh.kernel.caller import system
from dinh.kernel.settings import load
from dinh.trust import Keyring, pem
from tests.trust.house import tool
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHO = system("test")
QUERY, REQUEST = {"content-type": "application/timestamp-query"}, {"content-type": "application/ocsp-request"}


async def _ask(world: World, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
    return await world.visitor(world.portal, "en").http.request(method, path, content=body, headers=headers or {})


@pytest.mark.parametrize("digest", ["-sha256", "-sha512"])
@pytest.mark.parametrize("options", [[], ["-no_nonce"]])
async def test_openssl_asks_for_a_timestamp_and_accepts_it(world: World, tmp_path: Path, digest: str, options: list[str]) -> None:
    (tmp_path / "data").write_bytes(b"what was there")
    (tmp_path / "ca.pem").write_bytes((world.settings.home / "trust" / "root.pem").read_bytes())
    tool("openssl", "ts", "-query", "-data", "data", digest, "-cert", *options, "-out", "q.tsq", folder=tmp_path)
    answer = await _ask(world, "POST", "/tsa", (tmp_path / "q.tsq").read_bytes(), QUERY)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/timestamp-reply")
    (tmp_path / "a.tsr").write_bytes(answer.content)
    judged = tool("openssl", "ts", "-verify", "-queryfile", "q.tsq", "-in", "a.tsr", "-CAfile", "ca.pem", folder=tmp_path)
    assert judged.returncode == 0, judged.stderr
    (tmp_path / "data").write_bytes(b"what was not there")
    judged = tool("openssl", "ts", "-verify", "-data", "data", "-in", "a.tsr", "-CAfile", "ca.pem", folder=tmp_path)
    assert judged.returncode != 0


@pytest.mark.parametrize("by", ["POST", "GET"])
async def test_openssl_asks_about_a_members_certificate_before_and_after_it_is_revoked(world: World, tmp_path: Path, by: str) -> None:
    certificate = await world.portal.part(Keyring).certificate("member.g24")
    key = CertificateEntry("G24", pem(certificate)).key
    assert await _standing(world, tmp_path, pem(certificate), by) == "good"
    async with world.portal.write(WHO) as tx:
        await revoke(tx, WHO, "certificate", key, "key_lost")
    assert await _standing(world, tmp_path, pem(certificate), by) == "revoked"
    async with world.portal.write(WHO) as tx:
        await end_entry(tx, WHO, "revocation", f"certificate/{key}")
    assert await _standing(world, tmp_path, pem(certificate), by) == "good"
    assert await _standing(world, tmp_path, pem(await world.portal.part(Keyring).certificate("agency.g24")), by) == "unknown"


async def test_a_certificate_that_was_taken_off_the_list_is_known_for_ever(world: World, tmp_path: Path) -> None:
    text = pem(await world.portal.part(Keyring).certificate("agency.g24"))
    async with world.portal.write(WHO) as tx:
        await register(tx, WHO, CertificateEntry("G24", text))
        await end_entry(tx, WHO, "certificate", CertificateEntry("G24", text).key)
    assert await _standing(world, tmp_path, text, "POST") == "good"


async def _standing(world: World, folder: Path, certificate: str, by: str) -> str:
    (folder / "ca.pem").write_bytes((world.settings.home / "trust" / "root.pem").read_bytes())
    (folder / "sign.pem").write_text(certificate)
    tool("openssl", "ocsp", "-issuer", "ca.pem", "-cert", "sign.pem", "-reqout", "q.der", folder=folder)
    asked = (folder / "q.der").read_bytes()
    path = f"/ocsp/{quote(base64.b64encode(asked).decode(), safe='')}"
    answer = await (_ask(world, "POST", "/ocsp", asked, REQUEST) if by == "POST" else _ask(world, "GET", path))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ocsp-response")
    (folder / "a.der").write_bytes(answer.content)
    judged = tool(
        "openssl",
        "ocsp",
        "-reqin",
        "q.der",
        "-no_nonce",
        "-respin",
        "a.der",
        "-issuer",
        "ca.pem",
        "-cert",
        "sign.pem",
        "-CAfile",
        "ca.pem",
        folder=folder,
    )
    assert "Response verify OK" in judged.stderr, judged.stderr
    return judged.stdout.partition("sign.pem: ")[2].split()[0]


async def test_what_is_no_request_is_refused(world: World) -> None:
    for path, kind in (("/tsa", QUERY), ("/ocsp", REQUEST)):
        assert (await _ask(world, "POST", path, b"x", {"content-type": "text/plain"})).status_code == 422
        assert (await _ask(world, "POST", path, bytes(5000), kind)).status_code == 413
        answer = await _ask(world, "POST", path, b"no DER", kind)
        assert (answer.status_code, len(answer.content) < 200) == (200, True)
        elsewhere = await world.visitor(world.registers).http.post(path, content=b"x", headers=kind)
        assert elsewhere.status_code == 404
    assert (await _ask(world, "GET", "/ocsp/%%%")).status_code in {400, 422}
    assert (await _ask(world, "GET", "/ocsp/" + "a" * 5000)).status_code == 413


async def test_an_address_that_asks_too_often_is_told_when_to_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notary, "ALLOWANCE", Allowance(burst=3, rate=0.5))
    asked = [(await _ask(world, "POST", "/tsa", b"", QUERY)).status_code for _ in range(3)]
    assert 429 not in asked
    answer = await _ask(world, "POST", "/ocsp", b"", REQUEST)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert (await _ask(world, "GET", "/ocsp/AAAA")).status_code == 429


async def test_behind_a_proxy_of_ours_each_address_has_its_own_allowance(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody makes himself another by writing the header."""

    async def asked(forwarded: str) -> int:
        return (await _ask(world, "POST", "/tsa", b"", QUERY | {"x-forwarded-for": forwarded})).status_code

    monkeypatch.setattr(notary, "ALLOWANCE", Allowance(burst=1, rate=0.001))
    assert [await asked("192.0.2.1") == 429, await asked("192.0.2.2") == 429] == [False, True], "no proxy is believed unless the operator names it"
    monkeypatch.setattr(notary, "ALLOWANCE", Allowance(burst=1, rate=0.001))
    monkeypatch.setattr(world.portal, "settings", msgspec.structs.replace(world.settings, proxies="127.0.0.1, 10.0.0.1"))
    refused = [
        await asked(said) == 429 for said in ("192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.9, 192.0.2.2", "x, 192.0.2.2", "192.0.2.2, 10.0.0.1")
    ]
    assert refused == [False, False, True, True, True, True]


@pytest.mark.parametrize("said", ["proxy.example", "127.0.0.1/8", "127.0.0.1 10.0.0.1"])
async def test_what_is_no_address_of_a_proxy_is_said_at_the_start(said: str) -> None:
    with pytest.raises(RuntimeError, match="DINH_PROXIES"):
        load({"DINH_PROXIES": said})


async def test_tokens_come_back_at_their_rate_and_addresses_do_not_share() -> None:
    allowance = Allowance(burst=2, rate=10)
    assert [allowance.take("a", 0.0) for _ in range(3)] == [0, 0, 1]
    assert allowance.take("a", 0.05) == 1
    assert allowance.take("b", 0.05) == 0
    assert allowance.take("a", 0.15) == 0
    for number in range(20_000):
        allowance.take(str(number), 1.0)
    assert [allowance.take("a", 100.0) for _ in range(3)] == [0, 0, 1]
