"""Authority lent by one post to another, by date."""

from dinh.offices.delegations.contracts import Delegation, DelegationGiven, DelegationRevoked
from dinh.offices.delegations.service import lend, lent_by, lent_to, new, revoke

__all__ = ["Delegation", "DelegationGiven", "DelegationRevoked", "lend", "lent_by", "lent_to", "new", "revoke"]
