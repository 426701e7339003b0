"""What a timestamp says, and who gives it."""

import datetime as dt

import msgspec
from cryptography import x509

from dinh.trust.signer import SignerClient


class StampingAuthority(msgspec.Struct, frozen=True):
    """Stamps with the key of `handle`, whose certificate has the critical extended usage of timestamping, and no other."""

    client: SignerClient
    handle: str
    certificate: x509.Certificate
    policy: str
    """The object identifier of the policy: data of the country."""
    accuracy: int = 1
    """Seconds by which the clock may be wrong."""


class Stamp(msgspec.Struct, frozen=True):
    """A token that holds: the data existed `at` this moment. `untrusted` says why its authority is not one of ours; None is well."""

    at: dt.datetime
    serial: int
    policy: str
    authority: str
    untrusted: str | None = None
