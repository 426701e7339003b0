"""X-Road's hash tree: one signature or timestamp for many messages, and the way from each of them to it."""

from dinh.trust.hashtree.rules import (
    MESSAGE,
    SIGNATURE_CHAIN,
    SIGNATURES,
    TIMESTAMP_CHAIN,
    hash_chain,
    hash_chain_result,
    is_step,
    leaf,
    leaf_of,
    root,
)
from dinh.trust.hashtree.verification import names_in, verify_chain

__all__ = [
    "MESSAGE", "SIGNATURES", "SIGNATURE_CHAIN", "TIMESTAMP_CHAIN", "hash_chain", "hash_chain_result", "is_step", "leaf", "leaf_of", "names_in", "root", "verify_chain",
]  # fmt: skip
