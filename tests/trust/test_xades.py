"""Signatures of batches: rebuilt from a few bytes, judged by xmlsec1 and by canonical XML of another library."""

import datetime as dt
import json
import subprocess
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from lxml import etree

from dinh.kernel.errors import BadSignature
from dinh.trust import BatchSignature, pem, sign_batch, sign_message, signature_xml, verify_batch, verify_message
from dinh.trust.hashtree import hash_chain_result, leaf, root
from dinh.trust.signer import wire
from dinh.trust.xades import batch_references, message_references, rules, verify_value
from tests.trust.house import HANDLE, House, external, now, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOT = root([leaf(b"GET /r1/...", None), leaf(b"200", b"{}")])
PROPERTIES = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"


def xmlsec(house: House, folder: Path, signatures: bytes, **files: bytes) -> subprocess.CompletedProcess[str]:
    """The command of another project that verifies such containers."""
    (folder / "signatures.xml").write_bytes(signatures)
    (folder / "ca.pem").write_text(pem(house.root))
    maps = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        maps += [f"--url-map:/{name.replace('_', '.')}", name]
    return tool(
        "xmlsec1", "--verify", "--enabled-reference-uris", "empty,same-doc,local,remote", "--id-attr:Id", PROPERTIES, "--trusted-pem", "ca.pem", *maps,
        "signatures.xml", folder=folder,
    )  # fmt: skip


async def batch(house: House) -> BatchSignature:
    return await sign_batch(house.client, HANDLE, house.member, ROOT, now())


async def test_a_batch_signature_travels_as_a_few_bytes_and_verifies(house: House) -> None:
    signature = await batch(house)
    arrived = msgspec.msgpack.decode(msgspec.msgpack.encode(signature), type=BatchSignature)
    assert len(msgspec.msgpack.encode(signature)) < 160
    verify_batch(house.member, ROOT, arrived)
    assert abs(arrived.at - now()) < dt.timedelta(seconds=5)


async def test_xmlsec_accepts_a_batch_and_refuses_another_root(house: House, tmp_path: Path) -> None:
    xml = signature_xml(await batch(house), ROOT, house.member, ocsp=b"o", timestamp=b"t")
    good = xmlsec(house, tmp_path, xml, **{"sig-hashchainresult_xml": hash_chain_result(ROOT)})
    assert good.returncode == 0, good.stderr
    assert "SignedInfo References (ok/all): 2/2" in good.stderr
    assert xmlsec(house, tmp_path, xml, **{"sig-hashchainresult_xml": hash_chain_result(leaf(b"x", None))}).returncode != 0


@pytest.mark.parametrize("body", [None, b"", b"body"])
async def test_xmlsec_accepts_a_message_signed_by_itself(house: House, tmp_path: Path, body: bytes | None) -> None:
    digests = sha512(b"message").digest(), None if body is None else sha512(body).digest()
    signature = await sign_message(house.client, HANDLE, house.member, *digests, now())
    verify_message(house.member, *digests, signature)
    xml = signature_xml(signature, message_references(*digests), house.member, ocsp=b"o", timestamp=None)
    files = {"message_xml": b"message"} | ({} if body is None else {"attachment1": body})
    judged = xmlsec(house, tmp_path, xml, **files)
    assert judged.returncode == 0, judged.stderr
    assert f"(ok/all): {2 + (body is not None)}/{2 + (body is not None)}" in judged.stderr
    with pytest.raises(BadSignature):
        verify_message(house.member, digests[0], sha512(b"other").digest(), signature)


async def test_what_is_signed_is_its_own_canonical_form(house: House) -> None:
    signature = await batch(house)
    references = batch_references(ROOT)
    own = rules.frame(house.member)
    parsed = etree.fromstring(signature_xml(signature, ROOT, house.member, ocsp=b"o", timestamp=None))
    info, properties = parsed.find(".//{*}SignedInfo"), parsed.find(".//{*}SignedProperties")
    assert etree.tostring(info, method="c14n") == rules.to_sign(own, signature.algorithm, signature.at, references)
    canonical = etree.tostring(properties, method="c14n")
    assert canonical.decode() == rules.signed_properties(own, signature.at, references, rules._SPACES)
    assert rb"Example &amp; \&lt;Others\&gt;" in canonical
    assert sha512(hash_chain_result(ROOT)).digest() == references[0].digest


async def test_every_flipped_bit_of_what_travels_is_found(house: House) -> None:
    signature = await batch(house)
    packed = msgspec.msgpack.encode(signature)
    for bit in range(len(packed) * 8):
        changed = bytearray(packed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((BadSignature, msgspec.DecodeError, UnicodeDecodeError)):
            verify_batch(house.member, ROOT, msgspec.msgpack.decode(bytes(changed), type=BatchSignature))


async def test_another_root_certificate_or_time_does_not_hold(house: House) -> None:
    signature = await batch(house)
    other = await house.authority.issue_seal("agency.a02", "Ministry of Others", "A02")
    replace = msgspec.structs.replace
    for certificate, over, changed in (
        (house.member, leaf(b"x", None), signature),
        (other, ROOT, signature),
        (other, ROOT, replace(signature, certificate=rules.frame(other).digest)),
        (house.member, ROOT, replace(signature, milliseconds=signature.milliseconds + 1)),
        (house.member, ROOT, replace(signature, algorithm="ecdsa-sha256")),
        (house.member, ROOT, replace(signature, algorithm="none")),
        (house.member, ROOT, replace(signature, value=bytes(64))),
        (house.member, ROOT, replace(signature, value=signature.value[:63])),
    ):
        with pytest.raises(BadSignature):
            verify_batch(certificate, over, changed)


async def test_a_signature_outside_the_days_of_its_certificate_does_not_hold(house: House) -> None:
    for days in (-1, 4000):
        signature = await sign_batch(house.client, HANDLE, house.member, ROOT, now() + dt.timedelta(days=days))
        with pytest.raises(BadSignature, match="not valid at the time"):
            verify_batch(house.member, ROOT, signature)


async def test_the_signer_signs_digests_of_both_hashes_and_no_others(house: House) -> None:
    key = house.member.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    cases: list[tuple[wire.HashName, bytes, hashes.HashAlgorithm]] = [
        ("sha256", sha256(b"x").digest(), hashes.SHA256()),
        ("sha512", sha512(b"x").digest(), hashes.SHA512()),
    ]
    for name, made, scheme in cases:
        answer = await house.client.sign(HANDLE, made, hash_name=name)
        assert answer.algorithm == f"{name}_ecdsa"
        key.verify(answer.value, b"x", ec.ECDSA(scheme))
    with pytest.raises(ValueError, match="has 64 bytes"):
        await house.client.sign(HANDLE, bytes(32), hash_name="sha512")
    raw = msgspec.msgpack.encode({"op": "sign", "handle": HANDLE, "digest": bytes(32), "hash_name": "sha512"})
    with pytest.raises(msgspec.DecodeError):
        wire.requests.decode(raw)
    refusal = await house.client._ask(msgspec.Raw(raw))  # type: ignore[arg-type]
    assert isinstance(refusal, wire.Refusal)
    assert refusal.code == "bad_request"


async def test_a_request_that_the_release_before_can_serve_looks_as_it_did() -> None:
    sent = msgspec.msgpack.decode(msgspec.msgpack.Encoder().encode(wire.Sign("node.x", bytes(32))))
    assert sent == {"op": "sign", "handle": "node.x", "digest": bytes(32)}


# Wycheproof


def vectors(name: str) -> list[tuple[ec.EllipticCurvePublicKey, dict[str, Any]]]:
    groups = json.loads(external("wycheproof", name).read_text())["testGroups"]
    found = []
    for group in groups:
        key = serialization.load_der_public_key(bytes.fromhex(group["publicKeyDer"] if "publicKeyDer" in group else group["keyDer"]))
        assert isinstance(key, ec.EllipticCurvePublicKey)
        found += [(key, test) for test in group["tests"]]
    return found


def _held(key: ec.EllipticCurvePublicKey, message: bytes, value: bytes) -> bool:
    try:
        verify_value(key, "ecdsa-sha256", message, value)
    except BadSignature:
        return False
    return True


async def test_wycheproof_raw_values() -> None:
    found = vectors("ecdsa_secp256r1_sha256_p1363_test.json")
    assert len(found) > 200
    for key, test in found:
        assert _held(key, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])) == (test["result"] == "valid"), test["comment"]


async def test_wycheproof_der_values() -> None:
    """DER is what the signer gives and certificates hold; put into r and s it meets the same verification."""
    found = vectors("ecdsa_secp256r1_sha256_test.json")
    assert len(found) > 400
    for key, test in found:
        message, value = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
        try:
            r, s = utils.decode_dss_signature(value)
            raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        except (ValueError, OverflowError):
            assert test["result"] != "valid", test["comment"]
            continue
        assert _held(key, message, raw) == (test["result"] == "valid"), test["comment"]
        assert _der_held(key, message, value) == (test["result"] == "valid"), test["comment"]


def _der_held(key: ec.EllipticCurvePublicKey, message: bytes, value: bytes) -> bool:
    try:
        key.verify(value, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
