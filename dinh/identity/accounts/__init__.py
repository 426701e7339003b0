"""Accounts, their factors, and signing in with them."""

from dinh.identity.accounts.contracts import Account, AccountOpened, ConfirmedByFactor, SignedInByFactors, SignInRefused
from dinh.identity.accounts.passwords import make as hash_password
from dinh.identity.accounts.service import Limiter, begin, check_password, confirm, enrol, finish

__all__ = [
    "Account", "AccountOpened", "ConfirmedByFactor", "Limiter", "SignInRefused", "SignedInByFactors",
    "begin", "check_password", "confirm", "enrol", "finish", "hash_password",
]  # fmt: skip
