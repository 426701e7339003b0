"""Accounts, the OpenID provider, and the sessions of every node."""

from dinh.identity.accounts import Limiter, SignInRefused, confirm, enrol, hash_password, holders, person_of
from dinh.identity.accounts import answers as identity_answers
from dinh.identity.accounts import routes as sign_in_routes
from dinh.identity.mandates import Grantable, Mandate, MandateEnded, MandateGiven, MandateTaken, mandate_rules, mandates_of
from dinh.identity.mandates import holdings as mandate_holdings
from dinh.identity.mandates import routes as mandate_routes
from dinh.identity.mandates import views as mandate_views
from dinh.identity.provider import STATE, Client, Provider, add_client
from dinh.identity.provider import routes as provider_routes
from dinh.identity.sessions import Arrival, Issuer, Loopback, Party, SessionReader, open_session, purge
from dinh.identity.sessions import routes as session_routes

__all__ = [
    "STATE", "Arrival", "Client", "Grantable", "Issuer", "Limiter", "Loopback", "Mandate", "MandateEnded", "MandateGiven", "MandateTaken", "Party", "Provider",
    "SessionReader", "SignInRefused", "add_client", "confirm", "enrol", "hash_password", "holders", "identity_answers", "mandate_holdings", "mandate_routes", "mandate_rules",
    "mandate_views", "mandates_of", "open_session", "person_of", "provider_routes", "purge", "session_routes", "sign_in_routes",
]  # fmt: skip
