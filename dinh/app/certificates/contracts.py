"""Certificates that a node depends on, and the events of their end."""

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from dinh.kernel.events import Count, Event, Plain

Kind = Literal["node", "agency", "member", "tls", "tsa", "ocsp", "authority", "person"]


class Known(msgspec.Struct, frozen=True, order=True):
    """`name` is the code of whose it is: of a node, an agency, an authority. Those of persons have none, and only the first to end of them is known here.

    `digest` tells certificates of one name apart.
    """

    until: datetime
    kind: str
    name: str
    digest: str = ""


class CertificateEnding(Event, frozen=True):
    """Said once as each threshold is passed: `days` are left at most."""

    type: ClassVar[str] = "app:certificate:ending"
    kind: Plain
    name: Plain
    days: Count


class CertificateRenewed(Event, frozen=True):
    """From now on there is one that ends later."""

    type: ClassVar[str] = "app:certificate:renewed"
    kind: Plain
    name: Plain
