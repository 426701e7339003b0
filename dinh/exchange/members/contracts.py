"""Services of the exchange and the rights to them, as the country's files declare them."""

from typing import Literal

import msgspec

from dinh.kernel.content import Text


class Right(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clients` are agency codes, `*` at the end for all below. `ref` says where the legal basis was seen. `assurance` is asked of the acting person; 0 lets the platform act.

    `optional`: no law demands this use, so whoever restricted the use of their data is left out of it.
    `consent`: nothing but the person's consent allows it, so everyone whom an answer tells about must have given it.
    """

    clients: list[str]
    purpose: str
    title: Text
    basis: str
    ref: str
    assurance: int
    optional: bool = False
    consent: bool = False


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ask` is answered at once; `tell` is delivered at least once and answered by a receipt.

    `takes` are the names that a question's body has, as `child.full_name`, with `?` where one may be absent; `gives` those of the answer's body.
    Content that asks the service is checked against them.
    """

    code: str
    provider: str
    kind: Literal["ask", "tell"]
    title: Text
    rights: list[Right]
    takes: list[str] = []
    gives: list[str] = []


class ServiceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    services: list[Service]
