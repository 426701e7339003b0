"""Signatures of batches and messages in X-Road's profile of XAdES: a few bytes on the way, XML only when it is asked for."""

from dinh.trust.xades.contracts import BatchSignature, Reference
from dinh.trust.xades.rules import batch_references, message_references
from dinh.trust.xades.service import sign_batch, sign_message, signature_xml, verify_batch, verify_message, verify_value
from dinh.trust.xades.verification import Signed, read_signature

__all__ = [
    "BatchSignature", "Reference", "Signed", "batch_references", "message_references", "read_signature", "sign_batch", "sign_message", "signature_xml", "verify_batch",
    "verify_message", "verify_value",
]  # fmt: skip
