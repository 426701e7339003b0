"""Answers about certificates: asked and judged by OpenSSL; every flipped bit found."""

import datetime as dt
import random
from pathlib import Path

import pytest
from cryptography import x509

from dinh.kernel.errors import BadSignature
from dinh.trust import Answers, Responder, Revoked, State, Untrusted, answer, handle_of_ocsp, pem, verify_response
from tests.trust.house import House, now, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")
STATES: dict[int, State] = {}


async def state(serial: int) -> State:
    return STATES.get(serial, "unknown")


async def responder(house: House, freshness: dt.timedelta = dt.timedelta(hours=1)) -> Responder:
    certificate = await house.authority.issue_ocsp(handle_of_ocsp(), "Office of Examples", "Example OCSP")
    STATES[house.member.serial_number] = "good"
    return Responder(house.client, handle_of_ocsp(), certificate, house.root, state, freshness)


def write(house: House, folder: Path, certificate: x509.Certificate) -> None:
    (folder / "ca.pem").write_text(pem(house.root))
    (folder / "sign.pem").write_text(pem(certificate))


@pytest.mark.parametrize(
    ("known", "words"),
    [("good", "good"), ("unknown", "unknown"), (Revoked(0, dt.datetime(2026, 1, 2, tzinfo=dt.UTC), x509.ReasonFlags.key_compromise), "revoked")],
)
@pytest.mark.parametrize("options", [[], ["-no_nonce"], ["-sha256"]])
async def test_openssl_asks_and_accepts_the_answer(house: House, tmp_path: Path, known: State, words: str, options: list[str]) -> None:
    own = await responder(house)
    member = await house.authority.issue_seal("agency.a03", "Ministry Three", "A03")
    STATES[member.serial_number] = known
    write(house, tmp_path, member)
    asked = tool("openssl", "ocsp", *options, "-issuer", "ca.pem", "-cert", "sign.pem", "-reqout", "q.der", folder=tmp_path)
    assert asked.returncode == 0, asked.stderr
    (tmp_path / "ocsp.der").write_bytes(await answer(own, (tmp_path / "q.der").read_bytes(), now()))
    judged = tool("openssl", "ocsp", "-reqin", "q.der", "-no_nonce", *[one for one in options if one == "-sha256"], "-respin", "ocsp.der", "-issuer", "ca.pem", "-cert", "sign.pem", "-CAfile", "ca.pem", folder=tmp_path)  # fmt: skip
    assert judged.returncode == 0, judged.stderr
    assert "Response verify OK" in judged.stderr, judged.stderr
    assert f"sign.pem: {words}" in judged.stdout
    assert ("Reason: keyCompromise" in judged.stdout) == (words == "revoked")
    assert "WARNING" not in judged.stderr, judged.stderr


async def test_errors_for_what_cannot_be_answered(house: House, tmp_path: Path) -> None:
    own = await responder(house)
    write(house, tmp_path, house.member)
    (tmp_path / "other.pem").write_text(pem(own.certificate))
    tool("openssl", "ocsp", "-issuer", "other.pem", "-cert", "sign.pem", "-reqout", "q.der", folder=tmp_path)
    foreign = (tmp_path / "q.der").read_bytes()
    for request, code in ((b"", 1), (b"GET / HTTP/1.1", 1), (bytes(100_000), 1), (foreign, 6)):
        assert (await answer(own, request, now())) == bytes([0x30, 3, 0x0A, 1, code])


async def test_answers_are_kept_for_half_of_their_time_and_forgotten_at_a_revocation(house: House) -> None:
    answers, at, serial = Answers(await responder(house)), now(), house.member.serial_number
    first = await answers.of(serial, at)
    assert await answers.of(serial, at + dt.timedelta(minutes=29)) == first
    second = await answers.of(serial, at + dt.timedelta(minutes=31))
    assert second != first
    await verify_response(second, house.member, house.root, at + dt.timedelta(minutes=90))
    STATES[serial] = Revoked(serial, at)
    assert await answers.of(serial, at + dt.timedelta(minutes=32)) == second
    answers.forget(serial)
    with pytest.raises(BadSignature, match="revoked"):
        await verify_response(await answers.of(serial, at + dt.timedelta(minutes=32)), house.member, house.root, at + dt.timedelta(minutes=40))
    STATES[serial] = "good"


async def test_an_answer_holds_for_its_certificate_its_time_and_its_issuer_only(house: House) -> None:
    own, at = await responder(house), now()
    made = await Answers(own).of(house.member.serial_number, at)
    standing = await verify_response(made, house.member, house.root, at)
    assert standing.until == standing.made + dt.timedelta(hours=1)
    other = await house.authority.issue_seal("agency.a02", "Ministry of Others", "A02")
    for certificate, moment in ((other, at), (house.member, at + dt.timedelta(hours=2)), (house.member, at - dt.timedelta(hours=1))):
        with pytest.raises(BadSignature):
            await verify_response(made, certificate, house.root, moment)
    with pytest.raises(Untrusted):
        await verify_response(made, house.member, own.certificate, at)


async def test_only_a_responder_answers(house: House) -> None:
    """A member's key makes an answer about itself; its certificate does not let it."""
    own = Responder(house.client, "agency.a01", house.member, house.root, (await responder(house)).state)
    made = await Answers(own).of(house.member.serial_number, now())
    with pytest.raises(BadSignature):
        await verify_response(made, house.member, house.root, now())


async def test_flipped_bits_are_found(house: House) -> None:
    made, at, chance = await Answers(await responder(house)).of(house.member.serial_number, now()), now(), random.Random(2)
    for bit in chance.sample(range(len(made) * 8), 600):
        broken = bytearray(made)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            await verify_response(bytes(broken), house.member, house.root, at)
            pytest.fail(f"bit {bit} of the response")
