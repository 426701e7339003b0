"""Accounts, their factors, and signing in with them."""

from dinh.identity.accounts.contracts import Account, AccountOpened, ConfirmedByFactor, SignedInByFactors, SignInRefused
from dinh.identity.accounts.limiter import Limiter
from dinh.identity.accounts.pages import routes
from dinh.identity.accounts.passwords import make as hash_password
from dinh.identity.accounts.provider import answers
from dinh.identity.accounts.service import begin, check_password, confirm, enrol, finish, holders, person_of

__all__ = [
    "Account", "AccountOpened", "ConfirmedByFactor", "Limiter", "SignInRefused", "SignedInByFactors",
    "answers", "begin", "check_password", "confirm", "enrol", "finish", "hash_password", "holders", "person_of", "routes",
]  # fmt: skip
