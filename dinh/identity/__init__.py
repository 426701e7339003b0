"""Accounts, the OpenID provider, and the sessions of every node."""

from dinh.identity.accounts import Limiter, SignInRefused, confirm, enrol, hash_password, person_of
from dinh.identity.accounts import answers as identity_answers
from dinh.identity.accounts import routes as sign_in_routes
from dinh.identity.provider import STATE, Client, Provider, add_client
from dinh.identity.provider import routes as provider_routes
from dinh.identity.sessions import Arrival, Issuer, Loopback, Party, SessionReader, open_session, purge
from dinh.identity.sessions import routes as session_routes

__all__ = [
    "STATE", "Arrival", "Client", "Issuer", "Limiter", "Loopback", "Party", "Provider", "SessionReader", "SignInRefused",
    "add_client", "confirm", "enrol", "hash_password", "identity_answers", "open_session", "person_of", "provider_routes", "purge", "session_routes", "sign_in_routes",
]  # fmt: skip
