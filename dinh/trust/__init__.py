"""Keys as handles in a signer, certificates, signed papers and tokens; verification raises."""

from dinh.trust.authority import Authority, create_root, pem
from dinh.trust.hashtree import hash_chain, hash_chain_result, leaf, root, verify_chain
from dinh.trust.keyring import Expiry, Keyring, handle_of_agency, handle_of_node, handle_of_person, keep_certificate, known_handles, soonest_expiry
from dinh.trust.papers import Act, Finding, PaperRejected, Party, Ticket, sign_paper, verify
from dinh.trust.signer import TICKET_TYPE, SignerClient, SignerError, SignerRefused, SignerUnavailable, TicketClaims, TicketRefused
from dinh.trust.tokens import ALGORITHM, Key, token_key
from dinh.trust.xades import BatchSignature, message_references, sign_batch, sign_message, signature_xml, verify_batch, verify_message

__all__ = [
    "ALGORITHM", "TICKET_TYPE", "Act", "Authority", "BatchSignature", "Expiry", "Finding", "Key", "Keyring", "PaperRejected", "Party",
    "SignerClient", "SignerError", "SignerRefused", "SignerUnavailable", "Ticket", "TicketClaims", "TicketRefused", "create_root",
    "handle_of_agency", "handle_of_node", "handle_of_person", "hash_chain", "hash_chain_result", "keep_certificate", "known_handles", "leaf",
    "message_references", "pem", "root", "sign_batch", "sign_message", "sign_paper", "signature_xml", "soonest_expiry", "token_key", "verify",
    "verify_batch", "verify_chain", "verify_message",
]  # fmt: skip
