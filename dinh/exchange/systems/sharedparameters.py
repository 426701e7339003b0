"""Whom to trust, as X-Road's verifier of signed documents asks a node: the shared parameters (PR-GCONF) in a zip file.

Written from the configuration that the node holds. X-Road's own verifier has not been run against it.
"""

import base64
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from dinh.exchange.members import Configuration, Member, Membership, Server, Source
from dinh.exchange.messages import Response
from dinh.exchange.notary import OCSP, TSA
from dinh.kernel.content import Text
from dinh.kernel.node import Node

PATH = "/verificationconf"
NAMESPACE = "http://x-road.eu/xsd/xroad.xsd"
# X-Road's name of the profile that the members' certificates have.
PROFILE = "ee.ria.xroad.common.certificateprofile.impl.BasicCertificateProfileInfoProvider"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
OCSP_FRESH_SECONDS = 3600
Leaf = tuple[str, str]


def answer(node: Node, membership: Membership) -> tuple[Response, bytes]:
    """`verificationconf.zip` with the name of the instance and its shared parameters."""
    instance, out = membership.instance, io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("verificationconf/instance-identifier", FIRST_DAY), instance)
        document = written(membership.configuration, node.part(Source).url, node.country.languages[0])
        archive.writestr(zipfile.ZipInfo(f"verificationconf/{instance}/shared-params.xml", FIRST_DAY), document)
    headers = (("content-type", "application/zip"), ("content-disposition", 'filename="verificationconf.zip"'))
    return Response(200, "OK", headers), out.getvalue()


def written(configuration: Configuration, registry: str, language: str) -> bytes:
    """`registry` is the address of the node that stamps and answers about certificates."""
    root = etree.Element(f"{{{NAMESPACE}}}conf", nsmap={"ns2": NAMESPACE})
    _add(root, ("instanceIdentifier", configuration.instance))
    for pem in configuration.authorities:
        certificate = _der(pem)
        authority = _within(root, "approvedCA", ("name", _subject(pem)), ("authenticationOnly", "false"))
        top = _within(authority, "topCA", ("cert", certificate))
        _within(top, "ocsp", ("url", registry + OCSP))
        _add(authority, ("certificateProfileInfo", PROFILE))
    for pem in configuration.timestampers:
        _within(root, "approvedTSA", ("name", _subject(pem)), ("url", registry + TSA), ("cert", _der(pem)))
    places = {(member.code, code): f"id-{number}" for number, (member, code) in enumerate(_places(configuration))}
    for member in configuration.members:
        _member(root, member, configuration, places, language)
    for server in configuration.servers:
        _server(root, server, places)
    settings = _within(root, "globalSettings")
    for code in sorted({member.member_class for member in configuration.members}):
        _within(settings, "memberClass", ("code", code), ("description", code))
    _add(settings, ("ocspFreshnessSeconds", str(OCSP_FRESH_SECONDS)))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _places(configuration: Configuration) -> Iterator[tuple[Member, str]]:
    """Every member, then every subsystem, the platform's own among them."""
    for member in configuration.members:
        for code in ("", configuration.subsystem, *member.subsystems):
            yield member, code


def _member(root: Any, member: Member, configuration: Configuration, places: dict[tuple[str, str], str], language: str) -> None:
    found = _within(root, "member")
    found.set("id", places[member.code, ""])
    _within(found, "memberClass", ("code", member.member_class), ("description", member.member_class))
    _add(found, ("memberCode", member.code), ("name", _text(member.name, language)))
    for code in (configuration.subsystem, *member.subsystems):
        _within(found, "subsystem", ("subsystemCode", code)).set("id", places[member.code, code])


def _server(root: Any, server: Server, places: dict[tuple[str, str], str]) -> None:
    """Its owner is a member; an operator that is none stands nowhere here."""
    if (server.operator, "") not in places:
        return
    found = _within(root, "securityServer", ("owner", places[server.operator, ""]), ("serverCode", server.code), ("address", server.url))
    if server.tls:
        _add(found, ("authCertHash", base64.b64encode(bytes.fromhex(server.tls)).decode()))


def _within(parent: Any, name: str, *leaves: Leaf) -> Any:
    made = etree.SubElement(parent, name)
    _add(made, *leaves)
    return made


def _add(parent: Any, *leaves: Leaf) -> None:
    for name, value in leaves:
        etree.SubElement(parent, name).text = value


def _text(text: Text, language: str) -> str:
    return text.get(language) or next(iter(text.values()))


def _subject(pem: str) -> str:
    return x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string()


def _der(pem: str) -> str:
    return base64.b64encode(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).decode()
