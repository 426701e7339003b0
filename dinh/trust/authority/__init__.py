"""The demonstration's certificate authority. Production refuses it."""

from dinh.trust.authority.service import Authority, Revoked, create_root, pem

__all__ = ["Authority", "Revoked", "create_root", "pem"]
