"""A strict reader: UTF-8, elements, attributes and text. What only an attacker needs is refused before libxml2 sees it."""

import base64
import binascii

from lxml import etree

from dinh.kernel.errors import BadSignature

LARGEST = 1024 * 1024
"""Bytes of one document: a signature with its certificate, OCSP response and timestamp has about 12 KB."""


def parse(data: bytes) -> etree._Element:
    """The root element.

    Raises BadSignature for anything but plain UTF-8 XML: no document type (so no entities), no CDATA, no comment, no processing instruction.
    """
    if len(data) > LARGEST:
        raise BadSignature(f"an XML document of {len(data)} bytes is longer than {LARGEST}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadSignature("an XML document is not UTF-8") from error
    body = text.partition("?>")[2] if text.startswith("<?xml ") else text
    if "<!" in body or "<?" in body or "<!" in text[: len(text) - len(body)]:
        raise BadSignature("an XML document has a document type, a comment, CDATA or an instruction")
    # The encoding is ours: a declaration that says otherwise would have libxml2 read other letters than were checked here.
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadSignature(f"an XML document cannot be read: {error}") from error


def tag(element: etree._Element) -> str:
    """The name as `{namespace}local`."""
    return str(element.tag)


def only_text(element: etree._Element) -> str:
    """The text of an element without children."""
    if len(element):
        raise BadSignature(f"{tag(element)} has elements inside")
    return element.text or ""


def base64_of(element: etree._Element) -> bytes:
    """The bytes of a base64 text; white space between the digits is allowed, anything else is not."""
    digits = "".join(only_text(element).split())
    try:
        value = base64.b64decode(digits, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature(f"{tag(element)} is not base64") from error
    if base64.b64encode(value).decode() != digits:
        raise BadSignature(f"{tag(element)} is not base64 in its one right form")
    return value
