"""The demonstration's certificate authority, which production refuses; and requests to a real one."""

from dinh.trust.authority.requests import read_request, request_for
from dinh.trust.authority.service import Authority, Revoked, create_root, member_name, pem, seal_name, tls_name
from dinh.trust.authority.tls import TlsFiles, keep_tls_certificate, make_tls_key, take_tls_certificate, tls_request, write_tls_files

__all__ = [
    "Authority", "Revoked", "TlsFiles", "create_root", "keep_tls_certificate", "make_tls_key", "member_name", "pem", "read_request",
    "request_for", "seal_name", "take_tls_certificate", "tls_name", "tls_request", "write_tls_files",
]  # fmt: skip
