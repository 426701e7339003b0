"""Keys as handles in a signer, certificates, signed papers and tokens; verification raises."""

from dinh.trust.authority import Authority, create_root, pem
from dinh.trust.keyring import Expiry, Keyring, handle_of_agency, handle_of_node, handle_of_person, keep_certificate, known_handles, soonest_expiry
from dinh.trust.papers import Act, Finding, PaperRejected, Party, Ticket, sign_paper, verify
from dinh.trust.signer import TICKET_TYPE, SignerClient, SignerError, SignerUnavailable, TicketClaims, TicketRefused
from dinh.trust.tokens import ALGORITHM, Key, token_key

__all__ = [
    "ALGORITHM", "TICKET_TYPE", "Act", "Authority", "Expiry", "Finding", "Key", "Keyring", "PaperRejected", "Party", "SignerClient", "SignerError",
    "SignerUnavailable", "Ticket", "TicketClaims", "TicketRefused", "create_root", "handle_of_agency", "handle_of_node", "handle_of_person",
    "keep_certificate", "known_handles", "pem", "sign_paper", "soonest_expiry", "token_key", "verify",
]  # fmt: skip
