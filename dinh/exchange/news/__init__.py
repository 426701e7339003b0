"""Persons are told that there is something new in their log: of what they may see, once a day at most, and never what it is."""

from dinh.exchange.news.contracts import LogGrew
from dinh.exchange.news.plugs import Accounts
from dinh.exchange.news.service import SERVICE, spread, take, tell_daily

__all__ = ["SERVICE", "Accounts", "LogGrew", "spread", "take", "tell_daily"]
