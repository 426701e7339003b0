"""What stands in a container, under which names and in which order."""

import hashlib
from base64 import b64encode

from dinh.trust.containers.contracts import Parts

MIMETYPE = b"application/vnd.etsi.asic-e+zip"
ASIC_MEDIA = MIMETYPE.decode()
COMMENT = b"mimetype=" + MIMETYPE
MESSAGE, BODY, SIGNATURES, MANIFEST = "message.xml", "attachment1", "META-INF/signatures.xml", "META-INF/manifest.xml"
CHAIN, RESULT = "sig-hashchain.xml", "sig-hashchainresult.xml"
STAMP, STAMP_CHAIN, STAMP_RESULT, STAMP_MANIFEST = "META-INF/timestamp.tst", "ts-hashchain.xml", "ts-hashchainresult.xml", "META-INF/ASiCManifest.xml"
NAMES = {"mimetype", MESSAGE, BODY, SIGNATURES, MANIFEST, CHAIN, RESULT, STAMP, STAMP_CHAIN, STAMP_RESULT, STAMP_MANIFEST}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def entries_of(parts: Parts) -> dict[str, bytes]:
    """By name, in the order of the archive."""
    found: dict[str, bytes | None] = {
        "mimetype": MIMETYPE, MESSAGE: parts.message, SIGNATURES: parts.signatures, RESULT: parts.result, CHAIN: parts.chain,
    }  # fmt: skip
    if parts.stamp is not None:
        found |= {STAMP_RESULT: parts.stamp.result, STAMP_CHAIN: parts.stamp.chain}
    there = {name: data for name, data in found.items() if data is not None}
    there[MANIFEST] = manifest([*there, *([] if parts.body is None else [BODY])])
    if parts.stamp is not None:
        there |= {STAMP_MANIFEST: stamp_manifest(parts.stamp.result), STAMP: parts.stamp.token}
    return there if parts.body is None else there | {BODY: parts.body}


def listed(names: list[str]) -> list[tuple[str, str]]:
    """What the manifest says of a container with these entries: path and media type."""
    kinds = {BODY: "application/octet-stream"}
    return [
        ("/", MIMETYPE.decode()),
        *((name, kinds.get(name, "text/xml")) for name in names if name != "mimetype" and not name.startswith("META-INF/")),
    ]


def manifest(names: list[str]) -> bytes:
    lines = "".join(f'    <manifest:file-entry manifest:media-type="{media}" manifest:full-path="{path}"/>\n' for path, media in listed(names))
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return f'{_HEAD}<manifest:manifest xmlns:manifest="{space}" manifest:version="1.2">\n{lines}</manifest:manifest>\n'.encode()


def stamp_manifest(result: bytes) -> bytes:
    digest = b64encode(hashlib.sha512(result).digest()).decode()
    return f"""{_HEAD}<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/2918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
<asic:SigReference URI="{STAMP}" MimeType="vnd.etsi.timestamp-token"/>
<asic:DataObjectReference URI="{STAMP_RESULT}" MimeType="text/xml">
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512" />
<ds:DigestValue>{digest}</ds:DigestValue>
</asic:DataObjectReference>
</asic:ASiCManifest>
""".encode()
