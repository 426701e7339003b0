"""What travels between an agency and the registry, each as a signed document that people carry."""

from datetime import datetime
from typing import Annotated

import msgspec

from dinh.exchange.members import Anchor
from dinh.kernel.content import Text

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Pem = Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)]


class Requests(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For certificates, in PEM (PKCS #10): of the member's signatures, of the node's own heads, of the listener."""

    signing: Pem
    sealing: Pem
    tls: Pem


class Application(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Signed with the key of `requests.signing`. `url` is the address of the exchange's listener, `pages` that of the node's pages, and `party` the public
    key (JWK) by which the node signs people in there.
    """

    instance: Short
    made_at: datetime
    code: Short
    name: Text
    member_class: Short | None
    subsystems: Annotated[list[Short], msgspec.Meta(max_length=50)]
    node: Short
    url: Short
    pages: Short
    party: dict[str, str]
    requests: Requests


class Certificates(msgspec.Struct, frozen=True):
    """In PEM, one for each of `Requests`."""

    signing: Pem
    sealing: Pem
    tls: Pem


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by the registry's key, which is in `anchor`. `application` is the SHA-256 of the application's token; `registry` and `issuer` are addresses."""

    application: str
    made_at: datetime
    anchor: Anchor
    registry: str
    issuer: str
    certificates: Certificates
    roots: list[str]
    timestampers: list[str]
