"""Timestamps (RFC 3161): the platform's authority, and the check of anybody's."""

from dinh.trust.timestamps.contracts import Stamp, StampingAuthority
from dinh.trust.timestamps.rules import request
from dinh.trust.timestamps.service import stamp, token_of
from dinh.trust.timestamps.verification import imprint_of, verify_token

__all__ = ["Stamp", "StampingAuthority", "imprint_of", "request", "stamp", "token_of", "verify_token"]
