"""JSON web tokens whose key lives in the signer."""

from dinh.trust.tokens.service import ALGORITHM, Key, key_fingerprint, public_jwk, token_key, verify_jws

__all__ = ["ALGORITHM", "Key", "key_fingerprint", "public_jwk", "token_key", "verify_jws"]
