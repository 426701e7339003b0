"""How a member with an installation of its own comes in: an application that it carries to the registry, an admission that it carries back. Nothing secret travels."""

from dinh.exchange.joining.contracts import Admission, Application, Certificates, Requests
from dinh.exchange.joining.rules import (
    ADMISSION,
    APPLICATION,
    check_admission,
    check_fingerprint,
    digest_of,
    read_admission,
    read_application,
    read_kept_admission,
    serial_of,
    serves,
    signer_of,
)
from dinh.exchange.joining.service import admit_member, check_free, register_renewed

__all__ = [
    "ADMISSION", "APPLICATION", "Admission", "Application", "Certificates", "Requests", "admit_member", "check_admission", "check_fingerprint",
    "check_free", "digest_of", "read_admission", "read_application", "read_kept_admission", "register_renewed", "serial_of", "serves",
    "signer_of",
]  # fmt: skip
