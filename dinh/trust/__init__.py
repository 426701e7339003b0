"""Keys as handles in a signer, certificates, signed papers and tokens, evidence; verification raises."""

from dinh.trust.authority import (
    Authority,
    Revoked,
    TlsFiles,
    create_root,
    keep_tls_certificate,
    make_tls_key,
    member_name,
    pem,
    read_request,
    request_for,
    seal_name,
    take_tls_certificate,
    tls_name,
    tls_request,
    write_tls_files,
)
from dinh.trust.containers import ASIC_MEDIA, Check, Parts, Report, StampParts, pack, verify_container
from dinh.trust.der import check_der
from dinh.trust.hashtree import SIGNATURES, TIMESTAMP_CHAIN, hash_chain, hash_chain_result, is_step, leaf, leaf_of, root, verify_chain
from dinh.trust.keyring import (
    RENEWED_BEFORE,
    Expiry,
    Keyring,
    Until,
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
from dinh.trust.ocsp import Answers, Responder, State, answer, read_response, verify_response
from dinh.trust.papers import Act, Finding, PaperRejected, Party, Ticket, sign_paper, verify
from dinh.trust.paths import Untrusted, check_issued, check_path
from dinh.trust.signer import TICKET_TYPE, SignerClient, SignerError, SignerRefused, SignerUnavailable, TicketClaims, TicketRefused
from dinh.trust.timestamps import Stamp, StampingAuthority, request, stamp, token_of, verify_token
from dinh.trust.tokens import ALGORITHM, Key, key_fingerprint, public_jwk, token_key, verify_jws
from dinh.trust.xades import BatchSignature, message_references, sign_batch, sign_message, signature_xml, verify_batch, verify_message

__all__ = [
    "ALGORITHM", "ASIC_MEDIA", "RENEWED_BEFORE", "SIGNATURES", "TICKET_TYPE", "TIMESTAMP_CHAIN", "Act", "Answers", "Authority", "BatchSignature",
    "Check", "Expiry", "Finding", "Key", "Keyring", "PaperRejected", "Parts", "Party", "Report", "Responder", "Revoked", "SignerClient",
    "SignerError", "SignerRefused", "SignerUnavailable", "Stamp", "StampParts", "StampingAuthority", "State", "Ticket", "TicketClaims",
    "TicketRefused", "TlsFiles", "Until", "Untrusted", "answer", "check_der", "check_issued", "check_path", "create_root", "handle_of_agency", "handle_of_member",
    "handle_of_node", "handle_of_ocsp", "handle_of_person", "handle_of_tls", "handle_of_tsa", "hash_chain", "hash_chain_result", "is_step",
    "keep_certificate", "keep_certificates", "keep_tls_certificate", "kept_certificates", "kept_until", "key_fingerprint", "known_handles",
    "leaf", "leaf_of", "make_tls_key", "member_name", "message_references", "pack", "pem", "public_jwk", "read_request", "read_response",
    "request", "request_for", "root", "seal_name", "sign_batch", "sign_message", "sign_paper", "signature_xml", "soonest_expiry", "stamp",
    "take_tls_certificate", "tls_name", "tls_request", "token_key", "token_of", "verify", "verify_batch", "verify_chain", "verify_container", "verify_jws",
    "verify_message", "verify_response", "verify_signature", "verify_token", "write_tls_files",
]  # fmt: skip
