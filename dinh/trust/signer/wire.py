"""What travels between the signer process and its clients.

A frame is a four byte big-endian length and one msgpack object.  The tag of the
object (`op` for requests, `is` for answers) selects the type, so a frame that
does not decode to exactly one of these types is refused before anything acts on it.
"""

import asyncio
import struct
from typing import Annotated, Literal

import msgspec

LARGEST_FRAME = 16 * 1024
ALGORITHM = "sha256_ecdsa"
HashName = Literal["sha256", "sha512"]
ALGORITHMS: dict[HashName, str] = {"sha256": ALGORITHM, "sha512": "sha512_ecdsa"}
SIZES: dict[HashName, int] = {"sha256": 32, "sha512": 64}
"""Bytes of a digest."""

Kind = Literal["person", "seal", "node"]
Handle = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")]
Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=64)]
RefusalCode = Literal["unknown_key", "ticket_refused", "conflict", "bad_request", "forbidden"]


class Create(msgspec.Struct, tag="create", tag_field="op", frozen=True, forbid_unknown_fields=True):
    handle: Handle
    kind: Kind


class Public(msgspec.Struct, tag="public", tag_field="op", frozen=True, forbid_unknown_fields=True):
    handle: Handle


class Sign(msgspec.Struct, tag="sign", tag_field="op", frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`hash_name` says what made the digest. Defaults do not travel: a signer of the release before reads every request that it can serve."""

    handle: Handle
    digest: Digest
    ticket: str | None = None
    subject: str | None = None
    hash_name: HashName = "sha256"

    def __post_init__(self) -> None:
        if len(self.digest) != SIZES[self.hash_name]:
            raise ValueError(f"a {self.hash_name} digest has {SIZES[self.hash_name]} bytes")


class PublicKey(msgspec.Struct, tag="public_key", tag_field="is", frozen=True):
    pem: str


class Signature(msgspec.Struct, tag="signature", tag_field="is", frozen=True):
    algorithm: str
    value: bytes


class Refusal(msgspec.Struct, tag="refusal", tag_field="is", frozen=True):
    code: RefusalCode
    message: str


Request = Create | Public | Sign
Answer = PublicKey | Signature | Refusal

_encoder = msgspec.msgpack.Encoder()
requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """One frame's body; `IncompleteReadError` at the end, `ValueError` when too long."""
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    if length > LARGEST_FRAME:
        raise ValueError(f"a frame of {length} bytes is longer than {LARGEST_FRAME}")
    return await reader.readexactly(length)


async def write_frame(writer: asyncio.StreamWriter, message: Request | Answer) -> None:
    body = _encoder.encode(message)
    writer.write(struct.pack(">I", len(body)) + body)
    await writer.drain()
