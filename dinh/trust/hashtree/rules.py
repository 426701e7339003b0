"""Leaves, trees and chains with SHA-512, as http://cyber.ee/hashchain has them.

A step is H(DER SEQUENCE OF SEQUENCE {OCTET STRING digest, UTF8String method, SEQUENCE {}}). The tree is binary, from left to right; a node without a
neighbour goes up unchanged. The chain of a leaf is an XML document with the steps from the root (STEP0) down to the data.

X-Road takes the digest of a message without body as its leaf. Then a node over two such messages reads as one message whose body is the other, and a
body that is itself the DER of a step reads as a node. Here every leaf is a step, and data that has the form of a step is not taken:
so a step over data is never one over steps, and nothing can be shown to be signed that was not. A step with one value is in X-Road's schema, and its
verifier reads it.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha512

MESSAGE = ("/message.xml", "/attachment1")
"""What a leaf of signatures stands for: the message, and its body when it has one."""
SIGNATURES = ("/META-INF/signatures.xml",)
SIGNATURE_CHAIN = "/sig-hashchain.xml"
TIMESTAMP_CHAIN = "/ts-hashchain.xml"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"

_OPEN = b"\x30\x6d\x04\x40"
_CLOSE = b"\x0c\x27" + SHA512.encode() + b"\x30\x00"
_ONE, _TWO, _BETWEEN = b"\x30\x6f" + _OPEN, b"\x30\x81\xde" + _OPEN, _CLOSE + _OPEN
_LENGTHS = {len(_ONE) + 64 + len(_CLOSE), len(_TWO) + 64 + len(_BETWEEN) + 64 + len(_CLOSE)}

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACES = 'xmlns="http://www.w3.org/2000/09/xmldsig#" xmlns:ns2="http://cyber.ee/hashchain"'

Value = tuple[str, str | None, bytes | None]
"""In a step: `HashValue` (digest), `StepRef` (URI) or `DataRef` (both)."""


def leaf(message: bytes, body: bytes | None) -> bytes:
    """64 bytes. An empty body is a body. Raises ValueError for data in the form of a step."""
    _check(message)
    if body is None:
        return _alone(sha512(message).digest())
    _check(body)
    return _pair(sha512(message).digest(), sha512(body).digest())


def leaf_of(digest: bytes, other: bytes | None = None) -> bytes:
    """The leaf over digests made elsewhere; whoever made them has checked the data."""
    return _alone(digest) if other is None else _pair(digest, other)


def is_step(data: bytes) -> bool:
    """Data that could be taken for a node of a tree."""
    return len(data) in _LENGTHS and data.startswith((_ONE, _TWO))


def root(leaves: Sequence[bytes]) -> bytes:
    """64 bytes; of one leaf, the leaf itself."""
    return levels(leaves)[-1][0]


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree from its leaves up."""
    if not leaves:
        raise ValueError("a tree has one leaf at least")
    found = [list(leaves)]
    while len(found[-1]) > 1:
        below = found[-1]
        above = [_pair(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        found.append(above + below[-1:] if len(below) % 2 else above)
    return found


def hash_chain(leaves: Sequence[bytes], index: int, digest: bytes, other: bytes | None = None, names: Sequence[str] = MESSAGE) -> bytes:
    """The chain of one leaf as XML: of a message's digest and its body's, or of a document's under its name.

    Raises ValueError where the leaf is another's.
    """
    tree = levels(leaves)
    digests = [digest] if other is None else [digest, other]
    if not 0 <= index < len(tree[0]) or tree[0][index] != leaf_of(digest, other):
        raise ValueError("this leaf is not the one of these digests")
    data: list[Value] = [("DataRef", name, value) for name, value in zip(names, digests, strict=False)]
    return render([*_path(tree, index), data])


def hash_chain_result(top: bytes, chain: str = SIGNATURE_CHAIN) -> bytes:
    """The root as XML: what is signed (`/sig-hashchain.xml`) or stamped (`/ts-hashchain.xml`)."""
    return f"""{_HEAD}<ns2:HashChainResult URI="{chain}#STEP0" {_SPACES}>
    <DigestMethod Algorithm="{SHA512}"/>
    <DigestValue>{b64encode(top).decode()}</DigestValue>
</ns2:HashChainResult>
""".encode()


def render(steps: Sequence[Sequence[Value]]) -> bytes:
    """A chain document, laid out as X-Road's."""
    inside = "".join(f'    <ns2:HashStep id="STEP{number}">\n{"".join(map(_value, step))}    </ns2:HashStep>\n' for number, step in enumerate(steps))
    return f"""{_HEAD}<ns2:HashChain {_SPACES}>
    <ns2:DefaultDigestMethod Algorithm="{SHA512}"/>
{inside}</ns2:HashChain>
""".encode()


def _alone(digest: bytes) -> bytes:
    return sha512(_ONE + digest + _CLOSE).digest()


def _pair(left: bytes, right: bytes) -> bytes:
    return sha512(_TWO + left + _BETWEEN + right + _CLOSE).digest()


def _check(data: bytes) -> None:
    if is_step(data):
        raise ValueError("data in the form of a hash step is not signed: it could be shown as a node of the tree")


def _path(tree: list[list[bytes]], index: int) -> list[list[Value]]:
    """The steps from the root to the leaf's parent. Where a node went up unchanged there is no step."""
    steps: list[list[Value]] = []
    for level in tree[:-1]:
        neighbour = index ^ 1
        if neighbour < len(level):
            other: Value = ("HashValue", None, level[neighbour])
            steps.append([other, ("StepRef", None, None)] if index % 2 else [("StepRef", None, None), other])
        index //= 2
    steps.reverse()
    return [[(kind, f"#STEP{n + 1}" if kind == "StepRef" else uri, digest) for kind, uri, digest in step] for n, step in enumerate(steps)]


def _value(value: Value) -> str:
    kind, uri, digest = value
    if digest is None:
        return f'        <ns2:{kind} URI="{uri}"/>\n'
    address = f' URI="{uri}"' if uri is not None else ""
    text = b64encode(digest).decode()
    return f"        <ns2:{kind}{address}>\n            <DigestValue>{text}</DigestValue>\n        </ns2:{kind}>\n"
