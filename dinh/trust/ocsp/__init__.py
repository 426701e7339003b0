"""Is a certificate revoked (RFC 6960): the platform's responder, and the check of anybody's answer."""

from dinh.trust.ocsp.contracts import Responder, State
from dinh.trust.ocsp.service import Answers, answer
from dinh.trust.ocsp.verification import Standing, read_response, verify_response

__all__ = ["Answers", "Responder", "Standing", "State", "answer", "read_response", "verify_response"]
