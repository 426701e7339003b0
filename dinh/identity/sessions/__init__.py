"""A node as an OpenID client, and its sessions."""

from dinh.identity.sessions.client import Issuer, Loopback
from dinh.identity.sessions.contracts import Arrival, Party, SessionOpened, SignInError
from dinh.identity.sessions.pages import routes
from dinh.identity.sessions.service import SessionReader, choose_mandate, open_session, purge

__all__ = [
    "Arrival",
    "Issuer",
    "Loopback",
    "Party",
    "SessionOpened",
    "SessionReader",
    "SignInError",
    "choose_mandate",
    "open_session",
    "purge",
    "routes",
]
