"""The demonstration's certificate authority, which production refuses; and requests to a real one."""

from dinh.trust.authority.requests import signing_request
from dinh.trust.authority.service import Authority, Revoked, create_root, pem
from dinh.trust.authority.tls import TlsFiles, take_tls_certificate, tls_request, write_tls_files

__all__ = [
    "Authority", "Revoked", "TlsFiles", "create_root", "pem", "signing_request", "take_tls_certificate", "tls_request", "write_tls_files",
]  # fmt: skip
