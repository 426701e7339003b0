"""Timestamps: requests made by OpenSSL, tokens judged by OpenSSL, and every flipped bit found."""

import datetime as dt
import random
import zipfile
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from asn1crypto import core, tsp

from dinh.kernel.errors import BadSignature
from dinh.trust import StampingAuthority, handle_of_tsa, pem, request, stamp, token_of, verify_token
from dinh.trust.paths import Untrusted
from dinh.trust.timestamps import imprint_of
from tests.trust.house import House, external, now, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")
POLICY = "1.3.6.1.4.1.99999.1"
DATA = b"<root>of a batch</root>"


async def authority(house: House) -> StampingAuthority:
    certificate = await house.authority.issue_tsa(handle_of_tsa("portal"), "Office of Examples", "Example TSA")
    return StampingAuthority(house.client, handle_of_tsa("portal"), certificate, POLICY)


async def token(house: House, data: bytes = DATA) -> bytes:
    digest = sha512(data).digest()
    return token_of(await stamp(await authority(house), request(digest, 7), now()), 7, digest)


@pytest.mark.parametrize("options", [["-sha512", "-cert"], ["-sha256", "-cert"], ["-sha512", "-cert", "-no_nonce"], ["-sha512", "-tspolicy", POLICY], ["-sha512"]])  # fmt: skip
async def test_openssl_asks_and_accepts_the_answer(house: House, tmp_path: Path, options: list[str]) -> None:
    own = await authority(house)
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "ca.pem").write_text(pem(house.root))
    (tmp_path / "tsa.pem").write_text(pem(own.certificate))
    asked = tool("openssl", "ts", "-query", "-data", "data", *options, "-out", "query.tsq", folder=tmp_path)
    assert asked.returncode == 0, asked.stderr
    (tmp_path / "answer.tsr").write_bytes(await stamp(own, (tmp_path / "query.tsq").read_bytes(), now()))
    verify = ("openssl", "ts", "-verify", "-in", "answer.tsr", "-CAfile", "ca.pem", "-untrusted", "tsa.pem")
    for against in (["-queryfile", "query.tsq"], ["-data", "data"]):
        judged = tool(*verify, *against, folder=tmp_path)
        assert judged.returncode == 0, judged.stdout + judged.stderr
    (tmp_path / "data").write_bytes(DATA + b" ")
    assert tool(*verify, "-data", "data", folder=tmp_path).returncode != 0
    shown = tool("openssl", "ts", "-reply", "-in", "answer.tsr", "-text", folder=tmp_path).stdout
    assert "Status: Granted." in shown
    assert f"Policy OID: {POLICY}" in shown
    assert "Accuracy: 0x01 seconds" in shown
    assert ("Nonce: unspecified" in shown) == ("-no_nonce" in options)


async def test_a_token_by_itself_is_accepted_by_openssl(house: House, tmp_path: Path) -> None:
    (tmp_path / "token.tst").write_bytes(await token(house))
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "ca.pem").write_text(pem(house.root))
    judged = tool("openssl", "ts", "-verify", "-token_in", "-in", "token.tst", "-data", "data", "-CAfile", "ca.pem", folder=tmp_path)
    assert judged.returncode == 0, judged.stderr


async def test_serial_numbers_never_repeat(house: House) -> None:
    own, digest = await authority(house), sha512(DATA).digest()
    found = [await verify_token(token_of(await stamp(own, request(digest, n), now()), n, digest), digest, [house.root], now()) for n in range(1, 30)]
    assert len({item.serial for item in found}) == len(found)
    assert {item.policy for item in found} == {POLICY}


def changed(**fields: object) -> bytes:
    asked = tsp.TimeStampReq.load(request(sha512(DATA).digest(), 5))
    for name, value in fields.items():
        asked[name] = value
    return bytes(asked.dump(force=True))


def imprint(name: str, digest: bytes) -> dict[str, object]:
    return {"hash_algorithm": {"algorithm": name}, "hashed_message": digest}


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (b"", "bad_data_format"),
        (b"\x30\x80\x00\x00", "bad_data_format"),
        (b"GET / HTTP/1.1\r\n", "bad_data_format"),
        (request(sha512(DATA).digest(), 5) + b"\0", "bad_data_format"),
        (request(sha512(DATA).digest(), 1 << 40000), "bad_data_format"),
        (changed(version="v2"), "bad_request"),
        (changed(message_imprint=imprint("sha1", bytes(20))), "bad_alg"),
        (changed(message_imprint=imprint("md5", bytes(16))), "bad_alg"),
        (changed(message_imprint=imprint("sha512", bytes(32))), "bad_data_format"),
        (changed(req_policy="1.2.3.4"), "unaccepted_policy"),
        (changed(extensions=[{"extn_id": "1.2.3.4", "critical": True, "extn_value": b"x"}]), "unaccepted_extensions"),
    ],
)
async def test_what_must_be_refused_is_refused_with_its_status(house: House, tmp_path: Path, asked: bytes, why: str) -> None:
    answer = await stamp(await authority(house), asked, now())
    status = tsp.PKIStatusInfo.load(core.Sequence.load(answer)[0].dump())
    assert (status["status"].native, status["fail_info"].native) == ("rejection", {why})
    (tmp_path / "answer.tsr").write_bytes(answer)
    assert "Status: Rejected." in tool("openssl", "ts", "-reply", "-in", "answer.tsr", "-text", folder=tmp_path).stdout
    with pytest.raises(BadSignature):
        token_of(answer, 5, sha512(DATA).digest())


async def test_an_answer_to_another_question_is_not_taken(house: House) -> None:
    digest = sha512(DATA).digest()
    answer = await stamp(await authority(house), request(digest, 7), now())
    for nonce, data in ((8, digest), (7, sha512(b"other").digest())):
        with pytest.raises(BadSignature, match="another question"):
            token_of(answer, nonce, data)


async def test_a_token_holds_for_its_data_its_time_and_its_roots_only(house: House) -> None:
    made, digest = await token(house), sha512(DATA).digest()
    found = await verify_token(made, digest, [house.root], now())
    assert abs(found.at - now()) < dt.timedelta(seconds=5)
    for wrong in (sha512(b"other").digest(), sha256(DATA).digest(), b""):
        with pytest.raises(BadSignature):
            await verify_token(made, wrong, [house.root], now())
    with pytest.raises(BadSignature, match="future"):
        await verify_token(made, digest, [house.root], now() - dt.timedelta(hours=1))
    for roots in ([], [house.member]):
        with pytest.raises(Untrusted):
            await verify_token(made, digest, roots, now())


async def test_a_certificate_for_other_things_does_not_stamp(house: House) -> None:
    """A member's key makes a token like an authority's; its certificate is not one for stamping."""
    own = StampingAuthority(house.client, "agency.a01", house.member, POLICY)
    digest = sha512(DATA).digest()
    made = token_of(await stamp(own, request(digest, 7), now()), 7, digest)
    with pytest.raises(BadSignature):
        await verify_token(made, digest, [house.root], now())


async def flips_found(house: House, flips: int, seed: int) -> None:
    made, digest, chance = await token(house), sha512(DATA).digest(), random.Random(seed)
    for bit in range(len(made) * 8) if flips == 0 else chance.sample(range(len(made) * 8), flips):
        broken = bytearray(made)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            await verify_token(bytes(broken), digest, [house.root], now())
            pytest.fail(f"bit {bit} of the token")


async def test_flipped_bits_are_found(house: House) -> None:
    await flips_found(house, 400, 1)


async def test_a_token_of_x_road_holds_but_for_trust(house: House) -> None:
    with zipfile.ZipFile(external("xroad", "valid-non-batch-rest.asice")) as archive:
        made, data = archive.read("META-INF/timestamp.tst"), archive.read("ts-hashchainresult.xml")
    with pytest.raises(Untrusted):
        await verify_token(made, sha512(data).digest(), [house.root], now())
    found = await imprint_of(made, lambda _: sha512(data).digest(), [], now())
    assert found.authority == "CN=Test TSA,O=Test"
    with pytest.raises(BadSignature, match="not over this"):
        await imprint_of(made, lambda _: sha512(data + b" ").digest(), [], now())
