"""Joined nodes renew their certificates by themselves: a letter, signed with a key whose certificate is still valid, to the registry's node."""

from dinh.exchange.renewals.contracts import RENEWAL, CertificateIssued, Pending, Renewal, RenewalAsked
from dinh.exchange.renewals.plugs import Certifier
from dinh.exchange.renewals.service import ask, pending, receive, settle

letters = {RENEWAL: receive}
"""What app plugs in as Letters, at the registry's node."""

__all__ = ["RENEWAL", "CertificateIssued", "Certifier", "Pending", "Renewal", "RenewalAsked", "ask", "letters", "pending", "receive", "settle"]
