"""The demonstration's certificate authority. Production refuses it."""

from dinh.trust.authority.service import Authority, Revoked, create_root, pem
from dinh.trust.authority.tls import TlsFiles, write_tls_files

__all__ = ["Authority", "Revoked", "TlsFiles", "create_root", "pem", "write_tls_files"]
