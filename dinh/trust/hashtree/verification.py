"""Chains that came back: read strictly, followed from the result to the data."""

import hashlib
import re
from collections.abc import Mapping

from lxml import etree

from dinh.kernel.errors import BadSignature
from dinh.trust.hashtree import rules
from dinh.trust.hashtree.rules import Value
from dinh.trust.markup import base64_of, only_text, parse, tag

_HC, _DS = "{http://cyber.ee/hashchain}", "{http://www.w3.org/2000/09/xmldsig#}"
_METHODS = {f"http://www.w3.org/2001/04/{name}": digest for name, digest in (("xmlenc#sha256", "sha256"), ("xmlenc#sha512", "sha512"))}
LONGEST = 64
"""Steps of a chain: a batch of more than 2^60 messages does not exist."""
WIDEST = 16
"""Values of a step: two in a tree, one more for each further attachment of others' messages."""


def verify_chain(chain: bytes, result: bytes, inputs: Mapping[str, bytes | None], name: str = rules.SIGNATURE_CHAIN, *, ours: bool = False) -> None:
    """Raises BadSignature unless the chain leads from the result to exactly these inputs, each of them once.

    `inputs` are data by the URI that the chain gives them; None is data that is not here any more: its digest is taken from the chain. With `ours` both documents must be, byte for byte, what this platform writes,
    and the data must stand in the last step alone. Transforms are never applied: two inputs could then have one digest.
    """
    method, top = _read_result(result, name)
    default, steps = _read_chain(chain)
    if _follow(steps, inputs, default, method) != top:
        raise BadSignature("the hash chain does not lead to its result")
    if ours:
        _check_form(chain, result, steps, top, name)


def names_in(chain: bytes) -> set[str]:
    """URIs of the data that a chain stands for. Raises BadSignature for what is no chain."""
    _, steps = _read_chain(chain)
    return {str(uri) for step in steps for kind, uri, _ in step if kind == "DataRef"}


def _check_form(chain: bytes, result: bytes, steps: list[list[Value]], top: bytes, name: str) -> None:
    shapes = [sorted(kind for kind, _, _ in step) for step in steps]
    if any(shape != ["HashValue", "StepRef"] for shape in shapes[:-1]) or set(shapes[-1]) != {"DataRef"}:
        raise BadSignature("the hash chain has steps of another form")
    if rules.render(steps) != chain or rules.hash_chain_result(top, name) != result:
        raise BadSignature("the hash chain is not in the form in which it was written")


def _follow(steps: list[list[Value]], inputs: Mapping[str, bytes | None], default: str, method: str) -> bytes:
    """From the last step up, so that no reference is followed twice: STEPn refers to STEPn+1 alone, once."""
    waiting = dict(inputs)
    digest = b""
    for number in range(len(steps) - 1, -1, -1):
        below = f"#STEP{number + 1}"
        if [uri for kind, uri, _ in steps[number] if kind == "StepRef"] != ([below] if number + 1 < len(steps) else []):
            raise BadSignature("the steps of a hash chain do not follow each other")
        values = [digest if kind == "StepRef" else _own(kind, uri, value, waiting, default) for kind, uri, value in steps[number]]
        digest = hashlib.new(_METHODS[method if number == 0 else default], _der(values, default)).digest()
    if waiting:
        raise BadSignature(f"the hash chain does not mention {', '.join(sorted(waiting))}")
    return digest


def _own(kind: str, uri: str | None, digest: bytes | None, waiting: dict[str, bytes | None], default: str) -> bytes:
    name = _METHODS[default]
    if digest is None or len(digest) != hashlib.new(name).digest_size:
        raise BadSignature("a digest of the hash chain has the wrong length")
    if kind == "DataRef":
        if uri not in waiting:
            raise BadSignature(f"the hash chain mentions {uri}, which is not there or was mentioned before")
        _check_data(uri, waiting.pop(uri), digest, name)
    return digest


def _check_data(uri: str, data: bytes | None, digest: bytes, name: str) -> None:
    if data is None:
        return
    if rules.is_step(data):
        raise BadSignature(f"{uri} has the form of a hash step")
    if hashlib.new(name, data).digest() != digest:
        raise BadSignature(f"{uri} is not what the hash chain says")


def _der(values: list[bytes], method: str) -> bytes:
    uri = method.encode()
    inner = b"".join(_sequence(_tagged(0x04, value) + _tagged(0x0C, uri) + _sequence(b"")) for value in values)
    return _sequence(inner)


def _sequence(content: bytes) -> bytes:
    return _tagged(0x30, content)


def _tagged(number: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:  # noqa: PLR2004
        return bytes([number, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([number, 0x80 | len(length)]) + length + content


def _read_result(data: bytes, name: str) -> tuple[str, bytes]:
    element = parse(data)
    _expect(element, f"{_HC}HashChainResult", {"URI"})
    if element.get("URI") != f"{name}#STEP0":
        raise BadSignature(f"the result of the hash chain is that of {element.get('URI')}")
    method, value = _children(element, f"{_DS}DigestMethod", f"{_DS}DigestValue")
    return _method(method), base64_of(value)


def _read_chain(data: bytes) -> tuple[str, list[list[Value]]]:
    element = parse(data)
    _expect(element, f"{_HC}HashChain", set())
    _only_space(element)
    if not 2 <= len(element) <= LONGEST:  # noqa: PLR2004
        raise BadSignature("a hash chain has too few or too many steps")
    _expect(element[0], f"{_HC}DefaultDigestMethod", {"Algorithm"})
    return _method(element[0]), [_step(step, number) for number, step in enumerate(element[1:])]


def _step(element: etree._Element, number: int) -> list[Value]:
    _expect(element, f"{_HC}HashStep", {"id"})
    _only_space(element)
    if element.get("id") != f"STEP{number}":
        raise BadSignature("the steps of a hash chain are not numbered in their order")
    if not 1 <= len(element) <= WIDEST:
        raise BadSignature("a step of a hash chain has too few or too many values")
    return [_value(child) for child in element]


def _value(element: etree._Element) -> Value:
    match tag(element).removeprefix(_HC):
        case "StepRef":
            _expect(element, f"{_HC}StepRef", {"URI"})
            if only_text(element).strip():
                raise BadSignature("a reference to a step has text")
            return "StepRef", element.get("URI"), None
        case "HashValue":
            _expect(element, f"{_HC}HashValue", set())
            return "HashValue", None, base64_of(*_children(element, f"{_DS}DigestValue"))
        case "DataRef":
            _expect(element, f"{_HC}DataRef", {"URI"})
            return "DataRef", element.get("URI"), base64_of(*_children(element, f"{_DS}DigestValue"))
        case other:
            raise BadSignature(f"a hash chain has an element {other}")


def _children(element: etree._Element, *names: str) -> list[etree._Element]:
    _only_space(element)
    if [tag(child) for child in element] != list(names):
        raise BadSignature(f"{tag(element)} has {[tag(child) for child in element]} inside: transforms and other methods are not taken")
    return list(element)


def _expect(element: etree._Element, name: str, attributes: set[str]) -> None:
    if tag(element) != name or set(element.keys()) != attributes:
        raise BadSignature(f"{tag(element)} with {sorted(map(str, element.keys()))} stands where {name} belongs")


def _only_space(element: etree._Element) -> None:
    if re.search(r"\S", "".join([element.text or "", *(child.tail or "" for child in element)])):
        raise BadSignature(f"{tag(element)} has text between its elements")


def _method(element: etree._Element) -> str:
    _expect(element, tag(element), {"Algorithm"})
    name = str(element.get("Algorithm"))
    if name not in _METHODS or only_text(element).strip():
        raise BadSignature(f"the digest method {name} is not taken")
    return name
