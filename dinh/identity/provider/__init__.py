"""The OpenID provider: authorization code flow with PKCE, private_key_jwt, pairwise references."""

from dinh.identity.provider.contracts import STATE, Client
from dinh.identity.provider.http import PERSON, routes
from dinh.identity.provider.rules import LEVELS
from dinh.identity.provider.service import Provider
from dinh.identity.provider.store import add_client

__all__ = ["LEVELS", "PERSON", "STATE", "Client", "Provider", "add_client", "routes"]
