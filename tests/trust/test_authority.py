"""Certificates that the demonstration's authority issues, read and used by OpenSSL."""

import asyncio
import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from dinh.kernel.errors import BadSignature
from dinh.trust import (
    TlsFiles,
    Untrusted,
    check_issued,
    create_root,
    handle_of_member,
    handle_of_ocsp,
    handle_of_tsa,
    keep_tls_certificate,
    make_tls_key,
    member_name,
    pem,
    read_request,
    request_for,
    write_tls_files,
)
from tests.trust.house import House, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")


def accepted(house: House, folder: Path, certificate: x509.Certificate, purpose: str) -> bool:
    (folder / "ca.pem").write_text(pem(house.root))
    (folder / "one.pem").write_text(pem(certificate))
    return tool("openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem", "one.pem", folder=folder).returncode == 0


def shown(folder: Path) -> str:
    return tool("openssl", "x509", "-in", "one.pem", "-noout", "-text", "-nameopt", "RFC2253", folder=folder).stdout


async def test_a_member_in_the_basic_profile(house: House, tmp_path: Path) -> None:
    certificate = await house.authority.issue_member(handle_of_member("H24.101"), "Commune of Examples", "GOV", "H24.101")
    assert accepted(house, tmp_path, certificate, "any")
    text = shown(tmp_path)
    assert "Subject: serialNumber=H24.101,businessCategory=GOV,CN=Commune of Examples,O=Commune of Examples,C=XX" in text
    usage = text.split("X509v3 Key Usage: critical\n")[1].splitlines()[0].strip()
    assert usage == "Non Repudiation"
    assert certificate.public_key() == serialization.load_pem_public_key((await house.client.public("member.h24.101")).encode())


async def test_a_timestamping_authority_only_stamps(house: House, tmp_path: Path) -> None:
    certificate = await house.authority.issue_tsa(handle_of_tsa("portal"), "Office of Examples", "Example TSA")
    assert accepted(house, tmp_path, certificate, "timestampsign")
    assert not accepted(house, tmp_path, certificate, "sslserver")
    assert "X509v3 Extended Key Usage: critical\n                Time Stamping\n" in shown(tmp_path)


async def test_a_responder_answers_about_others_only(house: House, tmp_path: Path) -> None:
    certificate = await house.authority.issue_ocsp(handle_of_ocsp(), "Office of Examples", "Example OCSP")
    assert accepted(house, tmp_path, certificate, "ocsphelper")
    assert not accepted(house, tmp_path, certificate, "timestampsign")
    text = shown(tmp_path)
    assert "OCSP Signing" in text
    assert "OCSP No Check" in text


def contexts(one: TlsFiles, two: TlsFiles) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.verify_mode = ssl.CERT_REQUIRED
    for context, files in ((server, one), (client, two)):
        context.load_cert_chain(files.certificate, files.key)
        context.load_verify_locations(files.roots)
    return server, client


async def test_two_nodes_meet_by_mutual_tls(house: House, tmp_path: Path) -> None:
    one = await write_tls_files(house.authority, tmp_path / "one", "Office One", "N1", ["localhost", "127.0.0.1"])
    two = await write_tls_files(house.authority, tmp_path / "two", "Office Two", "N2", ["two.example"])
    assert stat.S_IMODE(one.key.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (one.key, one.certificate, one.roots)} == {0o600}
    server_side, client_side = contexts(one, two)

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(dict(part[0] for part in writer.get_extra_info("peercert")["subject"])["serialNumber"].encode())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    for host, meets in (("localhost", True), ("127.0.0.1", True), ("two.example", False)):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_side, server_hostname=host)
            assert await reader.read() == b"N2"
            assert meets
            writer.close()
        except ssl.SSLCertVerificationError:
            assert not meets
    server.close()


async def test_a_renewal_has_a_new_key(house: House, tmp_path: Path) -> None:
    first = await write_tls_files(house.authority, tmp_path / "tls", "Office One", "N1", ["localhost"])
    before = first.key.read_bytes()
    second = await write_tls_files(house.authority, tmp_path / "tls", "Office One", "N1", ["localhost"])
    assert second.key.read_bytes() != before
    assert {path.name for path in (tmp_path / "tls").iterdir()} == {"tls.key", "tls.pem", "roots.pem"}
    contexts(second, second)


async def test_a_request_is_for_the_key_in_the_signer(house: House, tmp_path: Path) -> None:
    asked = await request_for(house.client, "member.new", "seal", member_name("XX", "Newcomer", "GOV", "NEW"))
    (tmp_path / "asked.csr").write_text(asked)
    judged = tool("openssl", "req", "-in", "asked.csr", "-verify", "-noout", "-subject", "-nameopt", "RFC2253", folder=tmp_path)
    assert judged.returncode == 0
    assert "serialNumber=NEW,businessCategory=GOV,CN=Newcomer,O=Newcomer,C=XX" in judged.stdout
    certificate = await house.authority.certify_member(read_request(asked), "Newcomer", "GOV", "NEW")
    assert accepted(house, tmp_path, certificate, "any")
    assert certificate.public_key() == serialization.load_pem_public_key((await house.client.public("member.new")).encode())


async def test_a_request_that_its_key_did_not_sign_is_refused(house: House, tmp_path: Path) -> None:
    asked = x509.load_pem_x509_csr((await request_for(house.client, "member.new", "seal", member_name("XX", "Newcomer", "GOV", "NEW"))).encode())
    der = bytearray(asked.public_bytes(serialization.Encoding.DER))
    der[der.index(b"NEW")] ^= 1
    other = x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM).decode()
    tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=x", folder=tmp_path)
    tool("openssl", "req", "-new", "-key", "k.pem", "-out", "rsa.csr", "-subj", "/CN=x", folder=tmp_path)
    for wrong in (other, (tmp_path / "rsa.csr").read_text(), "", "nothing", "x" * 20_000):
        with pytest.raises(BadSignature):
            read_request(wrong)


async def test_a_tls_key_waits_for_its_certificate(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    asked = make_tls_key(folder, "XX", "Newcomer", "new", "localhost")
    issued = await house.authority.issue_tls(read_request(asked), "Newcomer", "new", ["localhost"])
    files = keep_tls_certificate(folder, issued, [house.root])
    contexts(files, files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_what_counts_is_in_force_and_of_a_root_itself(house: House) -> None:
    certificate, other = house.member, await create_root(house.client, "seal.other", "xx", "Another Office", "Example Root")
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    for at in (begins, ends - timedelta(seconds=1)):
        check_issued(certificate, [other, house.root], at)
    for at in (begins - timedelta(seconds=1), ends):
        with pytest.raises(Untrusted, match="not in force"):
            check_issued(certificate, [house.root], at)
    for roots in ([], [other], [certificate]):
        with pytest.raises(Untrusted, match="no authority that counts here"):
            check_issued(certificate, roots, begins)
