"""Evidence as a file: xmlsec1 and openssl accept it; our own judge finds whatever is changed."""

import base64
import datetime as dt
import io
import json
import random
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dinh.trust import Report, pem, verify_container
from dinh.trust.containers import rules
from dinh.trust.containers.archive import pack_entries
from tests.trust.evidence import Bench, Message, find_flips, find_inner_flips, open_bench, random_message
from tests.trust.house import House, external, now, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")
FLIPS = 400


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bench(house: House) -> Bench:
    return await open_bench(house)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def batched(bench: Bench) -> bytes:
    return await bench.batch([random_message(random.Random(5), body=True), (b"b", None), (b"c", b"")], 0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def single(bench: Bench) -> bytes:
    return await bench.single(random_message(random.Random(6), body=True))


async def judged(bench: Bench, data: bytes) -> Report:
    return await verify_container(data, [bench.house.root], now())


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# Independent judges


def accept(root: x509.Certificate, member: x509.Certificate, folder: Path, data: bytes) -> None:
    """xmlsec1, openssl ts and openssl ocsp on the unpacked container."""
    (folder / "c.asice").write_bytes(data)
    tool("unzip", "-qo", "c.asice", folder=folder)
    (folder / "ca.pem").write_text(pem(root))
    (folder / "sign.pem").write_text(pem(member))
    maps = [part for name in (rules.MESSAGE, rules.BODY, rules.RESULT) for part in (f"--url-map:/{name}", name)]
    command = ("xmlsec1", "--verify", "--enabled-reference-uris", "empty,same-doc,local,remote", "--id-attr:Id")
    properties = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"
    done = tool(*command, properties, "--trusted-pem", "ca.pem", *maps, rules.SIGNATURES, folder=folder)
    assert done.returncode == 0, done.stderr
    entries = unpacked(data)
    xml = entries[rules.SIGNATURES]
    (folder / "ocsp.der").write_bytes(_encapsulated(xml, "EncapsulatedOCSPValue"))
    done = tool("openssl", "ocsp", "-respin", "ocsp.der", "-issuer", "ca.pem", "-cert", "sign.pem", "-CAfile", "ca.pem", folder=folder)
    assert "Response verify OK" in done.stderr, done.stderr
    assert "sign.pem: good" in done.stdout
    if rules.STAMP in entries:
        over, token = entries[rules.STAMP_RESULT], entries[rules.STAMP]
    else:
        over, token = _encapsulated(xml, "SignatureValue"), _encapsulated(xml, "EncapsulatedTimeStamp")
    (folder / "over").write_bytes(over)
    (folder / "token").write_bytes(token)
    done = tool("openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "over", "-CAfile", "ca.pem", folder=folder)
    assert done.returncode == 0, done.stderr


def _encapsulated(xml: bytes, name: str) -> bytes:
    found = re.findall(rf"<(?:\w+:)?{name}[^>]*>([^<]*)<", xml.decode())
    assert len(found) == 1
    return base64.b64decode(found[0])


@pytest.mark.parametrize("size", [1, 2, 3, 16, 255, 256])
@pytest.mark.parametrize("body", [True, False])
async def test_batches_are_accepted_by_independent_tools_and_by_us(bench: Bench, tmp_path: Path, size: int, body: bool) -> None:
    chance = random.Random(size)
    batch = [random_message(chance, body=chance.random() < 0.5) for _ in range(size)]
    index = chance.randrange(size)
    batch[index] = random_message(chance, body=body)
    data = await bench.batch(batch, index, stamped_with=size % 4)
    accept(bench.house.root, bench.member, tmp_path, data)
    report = await judged(bench, data)
    assert (report.verdict, report.form, len(report.checks)) == ("verified", "dinh", 7), report.why
    assert report.signer is not None
    assert "A01.1" in report.signer


@pytest.mark.parametrize("body", [True, False])
@pytest.mark.parametrize("seed", range(3))
async def test_messages_signed_by_themselves_are_accepted(bench: Bench, tmp_path: Path, body: bool, seed: int) -> None:
    data = await bench.single(random_message(random.Random(seed), body=body))
    accept(bench.house.root, bench.member, tmp_path, data)
    report = await judged(bench, data)
    assert report.verdict == "verified", report.why


async def test_the_archive_is_as_the_standard_wants_it(batched: bytes) -> None:
    assert batched[:4] == b"PK\3\4"
    assert batched[30:38] == b"mimetype"
    assert batched[38:69] == rules.MIMETYPE
    with zipfile.ZipFile(io.BytesIO(batched)) as archive:
        assert archive.comment == b"mimetype=application/vnd.etsi.asic-e+zip"
        assert archive.testzip() is None
        assert set(archive.namelist()) == rules.NAMES
    assert pack_entries(unpacked(batched)) == batched


# Changes


async def test_every_flipped_bit_of_a_batch_is_found(bench: Bench, batched: bytes) -> None:
    await find_flips(bench.house.root, batched, FLIPS, 11)


async def test_every_flipped_bit_of_a_single_message_is_found(bench: Bench, single: bytes) -> None:
    await find_flips(bench.house.root, single, FLIPS, 12)


async def test_every_flipped_bit_inside_an_entry_is_found_in_a_whole_archive(bench: Bench, batched: bytes, single: bytes) -> None:
    for data in (batched, single):
        await find_inner_flips(bench.house.root, data, 40, 13)


async def test_a_missing_body_is_partial_and_any_other_missing_entry_is_refused(bench: Bench, batched: bytes, single: bytes) -> None:
    for data in (batched, single):
        entries = unpacked(data)
        for name in entries:
            left = {key: value for key, value in entries.items() if key != name}
            report = await judged(bench, pack_entries(left))
            assert report.verdict == "refused", name
            left[rules.MANIFEST] = rules.manifest(list(left))
            if name != rules.MANIFEST:
                report = await judged(bench, pack_entries(left))
                assert report.verdict == ("partial" if name == rules.BODY else "refused"), (name, report.why)


async def test_a_body_that_was_not_signed_is_refused(bench: Bench) -> None:
    for data in (await bench.batch([(b"GET a", None), (b"GET b", None)], 0), await bench.single((b"GET a", None))):
        entries = unpacked(data)
        for body in (b"", b"GET b"):
            added = entries | {rules.BODY: body}
            added[rules.MANIFEST] = rules.manifest(list(added))
            assert (await judged(bench, pack_entries(added))).verdict == "refused"


async def test_parts_of_two_good_containers_do_not_make_a_third(bench: Bench) -> None:
    batch: list[Message] = [(b"POST a", b"x"), (b"POST b", b"y")]
    one, two = unpacked(await bench.batch(batch, 0)), unpacked(await bench.batch(batch, 1))
    for name in one:
        if one[name] != two[name]:
            assert (await judged(bench, pack_entries(one | {name: two[name]}))).verdict == "refused", name


ARCHIVE_CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "before": lambda data: b"\0" + data,
    "behind": lambda data: data + b"\0",
    "twice_the_file": lambda data: data + data,
    "cut": lambda data: data[:-1],
    "no_comment": lambda data: data[: -len(rules.COMMENT)],
    "empty": lambda data: b"",
    "other_comment": lambda data: data.replace(b"mimetype=application", b"mimetype=Application"),
    "extra": lambda data: pack_entries(unpacked(data) | {"extra.txt": b"x"}),
    "path_up": lambda data: pack_entries(unpacked(data) | {"../message.xml": b"x"}),
    "second_signature": lambda data: pack_entries(unpacked(data) | {"META-INF/signatures2.xml": unpacked(data)[rules.SIGNATURES]}),
    "reversed": lambda data: pack_entries(dict(reversed(unpacked(data).items()))),
    "deflated": lambda data: _written(data, zipfile.ZIP_DEFLATED),
    "duplicate": lambda data: _twice(data),
    "bomb": lambda data: _bomb(data),
}


@pytest.mark.parametrize("name", ARCHIVE_CHANGES)
async def test_tricks_with_the_archive_are_refused(bench: Bench, batched: bytes, name: str) -> None:
    report = await judged(bench, ARCHIVE_CHANGES[name](batched))
    assert report.verdict == "refused"


def _written(data: bytes, method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in unpacked(data).items():
            archive.writestr(name, content)
        archive.comment = rules.COMMENT
    return out.getvalue()


def _twice(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr(rules.MESSAGE, b"another")
    return out.getvalue()


def _bomb(data: bytes) -> bytes:
    """An entry that says 10 bytes and unpacks to 200 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (unpacked(data) | {rules.MESSAGE: bytes(200_000_000)}).items():
            archive.writestr(name, content)
        archive.comment = rules.COMMENT
    return out.getvalue().replace(struct.pack("<L", 200_000_000), struct.pack("<L", 10))


SIGNATURE_CHANGES = [
    (b"<ds:Signature Id", b"<!DOCTYPE x [<!ENTITY a 'b'>]><ds:Signature Id"),
    (b"<?xml version", b"<!DOCTYPE asic:XAdESSignatures SYSTEM 'file:///etc/passwd'><?xml version"),
    (b"<ds:KeyInfo>", b"<!-- a comment --><ds:KeyInfo>"),
    (b"<ds:KeyInfo>", b"<?target data?><ds:KeyInfo>"),
    (b"</ds:Signature>", b'</ds:Signature><ds:Signature Id="other"></ds:Signature>'),
    (b"<ds:KeyInfo>", b'<ds:KeyInfo Id="signed-properties">'),
    (b"<ds:KeyInfo>", b'<ds:KeyInfo xml:id="k">'),
    (b"<ds:Object>", b'<ds:Object Id="signature-value">'),
    (b"<ds:Object>", b"<ds:Object></ds:Object><ds:Object>"),
    (b'Target="#signature"', b'Target="#other"'),
    (b"xmldsig-more#ecdsa-sha512", b"xmldsig-more#ecdsa-sha256"),
    (b"xmldsig-more#ecdsa-sha512", b"xmldsig-more#hmac-sha512"),
    (b"REC-xml-c14n-20010315", b"REC-xml-c14n-20010315#WithComments"),
    (b"<ds:DigestMethod", b'<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/></ds:Transforms><ds:DigestMethod'),
    (b"urn:oid:1.3.6.1.4.1.3516.16.2", b"urn:oid:1.3.6.1.4.1.3516.16.3"),
    (b"<xades:RevocationValues>", b"<xades:CounterSignature></xades:CounterSignature><xades:RevocationValues>"),
    (b"<xades:OCSPValues>", b"<xades:OCSPValues> "),
    (b"xades:", b"xadez:"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), SIGNATURE_CHANGES, ids=range(len(SIGNATURE_CHANGES)))
async def test_tricks_with_the_signature_are_refused(bench: Bench, single: bytes, old: bytes, new: bytes) -> None:
    entries = unpacked(single)
    changed = entries[rules.SIGNATURES].replace(old, new)
    assert changed != entries[rules.SIGNATURES]
    report = await judged(bench, pack_entries(entries | {rules.SIGNATURES: changed}))
    assert report.verdict == "refused"
    assert report.checks[-1].name == "signature", report.why


async def test_wrapped_properties_are_refused(bench: Bench, single: bytes) -> None:
    """The signed properties are moved aside, where their reference still finds them, and others take their place."""
    entries = unpacked(single)
    xml = entries[rules.SIGNATURES].decode()
    start, end = xml.index("<xades:SignedProperties"), xml.index("</xades:SignedProperties>") + len("</xades:SignedProperties>")
    signed = xml[start:end]
    forged = signed.replace('Id="signed-properties"', 'Id="forged"').replace("202", "201", 1)
    for wrapped in (
        xml.replace(signed, forged).replace("</ds:Signature>", f"<ds:Object>{signed}</ds:Object></ds:Signature>"),
        xml.replace(signed, forged).replace("<ds:Signature Id", f"{signed}<ds:Signature Id"),
        xml.replace(signed, signed + forged),
    ):
        report = await judged(bench, pack_entries(entries | {rules.SIGNATURES: wrapped.encode()}))
        assert report.verdict == "refused"


# Time and trust


async def test_who_trusts_another_authority_is_told_so(bench: Bench, batched: bytes) -> None:
    for roots in ([], [bench.member]):
        report = await verify_container(batched, roots, now())
        assert (report.verdict, report.whole, report.checks[-1].name) == ("refused", True, "trust")


async def test_a_container_of_the_future_is_refused_and_an_old_one_is_not(bench: Bench, batched: bytes) -> None:
    assert (await verify_container(batched, [bench.house.root], now() - dt.timedelta(days=1))).verdict == "refused"
    assert (await verify_container(batched, [bench.house.root], now() + dt.timedelta(days=5000))).verdict == "verified"
    report = await verify_container(batched, [bench.house.root], now(), lag=dt.timedelta(minutes=-10))
    assert report.verdict == "refused"


async def test_a_certificate_that_may_not_sign_evidence_is_refused(bench: Bench) -> None:
    house = bench.house
    key = bench.member.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    server = await house.authority.issue_tls(key, "Commune of Examples", "A01.1", ["localhost"])
    other = Bench(house, server, bench.tsa, bench.answers)
    report = await judged(bench, await other.single((b"GET a", None)))
    assert (report.verdict, report.whole, report.checks[-1].name) == ("refused", True, "trust")


# X-Road's own


@pytest.mark.parametrize(("name", "partial"), [("valid-non-batch-rest", False), ("valid-signed-message", False), ("valid-signed-hashchain", True)])
async def test_valid_containers_of_x_road_hold_but_for_their_unknown_authority(name: str, partial: bool) -> None:
    report = await verify_container(external("xroad", f"{name}.asice").read_bytes(), [], now())
    assert report.whole, report.why
    assert (report.verdict, report.form, [check.name for check in report.checks if check.fault]) == ("refused", "x-road", ["trust"])
    assert report.stamped_by == "CN=Test TSA,O=Test"
    assert report.bodiless == partial


@pytest.mark.parametrize("name", ["invalid-digest", "invalid-signed-hashchain"])
async def test_invalid_containers_of_x_road_do_not_hold(name: str) -> None:
    report = await verify_container(external("xroad", f"{name}.asice").read_bytes(), [], now())
    assert (report.verdict, report.whole) == ("refused", False)


async def test_flipped_bits_in_what_x_road_signed_are_found() -> None:
    chance = random.Random(14)
    entries = unpacked(external("xroad", "valid-non-batch-rest.asice").read_bytes())
    for name in (rules.MESSAGE, rules.BODY, rules.SIGNATURES, rules.STAMP_RESULT, rules.STAMP):
        for bit in chance.sample(range(len(entries[name]) * 8), 30):
            broken = bytearray(entries[name])
            broken[bit // 8] ^= 1 << bit % 8
            report = await verify_container(pack_entries(entries | {name: bytes(broken)}), [], now())
            assert not report.whole, f"{name}, bit {bit}"


# The command


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "dinh", "verify", "evidence", *map(str, words)], check=False, capture_output=True, text=True)


async def test_the_command_says_verified_refused_or_partial(bench: Bench, batched: bytes, tmp_path: Path) -> None:
    root, good = tmp_path / "root.pem", tmp_path / "good.asice"
    root.write_text(pem(bench.house.root))
    good.write_bytes(batched)
    left = {name: data for name, data in unpacked(batched).items() if name != rules.BODY}
    (tmp_path / "partial.asice").write_bytes(pack_entries(left | {rules.MANIFEST: rules.manifest(list(left))}))
    (tmp_path / "bad.asice").write_bytes(batched[:-40] + b"x" * 40)
    for name, code, word in (("good", 0, "verified"), ("bad", 1, "refused"), ("partial", 2, "partial")):
        done = command(tmp_path / f"{name}.asice", "--root", root)
        assert (done.returncode, word in done.stderr) == (code, True), done.stderr
    told = json.loads(command(good, "--root", root, "--json").stdout)
    assert (told["verdict"], len(told["checks"])) == ("verified", 7)
    assert command(tmp_path / "absent.asice", "--root", root).returncode == 1
