"""Certificates known to a node, and signatures by handle checked against them."""

from dinh.trust.keyring.contracts import Expiry, Until
from dinh.trust.keyring.service import (
    RENEWED_BEFORE,
    Keyring,
    handle_of_agency,
    handle_of_member,
    handle_of_node,
    handle_of_ocsp,
    handle_of_person,
    handle_of_tls,
    handle_of_tsa,
    keep_certificate,
    keep_certificates,
    kept_certificates,
    kept_until,
    known_handles,
    soonest_expiry,
    verify_signature,
)

__all__ = [
    "RENEWED_BEFORE",
    "Expiry",
    "Keyring",
    "Until",
    "handle_of_agency",
    "handle_of_member",
    "handle_of_node",
    "handle_of_ocsp",
    "handle_of_person",
    "handle_of_tls",
    "handle_of_tsa",
    "keep_certificate",
    "keep_certificates",
    "kept_certificates",
    "kept_until",
    "known_handles",
    "soonest_expiry",
    "verify_signature",
]
