"""What travels between nodes in the place of a signature's XML."""

import datetime as dt
from typing import Annotated, Literal

import msgspec

Algorithm = Literal["ecdsa-sha256", "ecdsa-sha512"]
LATEST = 253402300799999
"""The last millisecond of the year 9999."""


class BatchSignature(msgspec.Struct, frozen=True, array_like=True):
    """Enough to rebuild the XML and to verify it, beside the root of the batch and the certificate: about 150 bytes.

    Fields are added at the end only: a node of another release reads what it knows.
    """

    algorithm: Algorithm
    """Of the signature value; digests inside the signature are SHA-512."""
    milliseconds: Annotated[int, msgspec.Meta(ge=0, le=LATEST)]
    """The signer's own time, since 1970 UTC."""
    certificate: Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
    """SHA-512 of the certificate's DER."""
    value: Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
    """r and s, 32 bytes each, as XML signatures have them."""

    @property
    def at(self) -> dt.datetime:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=self.milliseconds)


class Reference(msgspec.Struct, frozen=True):
    """One signed document: its place in the container, SHA-512 and media type."""

    uri: str
    digest: bytes
    media: str
