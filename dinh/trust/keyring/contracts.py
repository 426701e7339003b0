"""What is told of certificates without naming whose they are."""

from datetime import datetime

import msgspec


class Until(msgspec.Struct, frozen=True):
    """When the certificate of one handle ends."""

    handle: str
    until: datetime


class Expiry(msgspec.Struct, frozen=True):
    """Certificates of one kind of handle (`node`, `agency`, `member`, `person`, `tls`, `tsa`, `ocsp`): how many, and when the first of them ends."""

    kind: str
    count: int
    soonest: datetime
