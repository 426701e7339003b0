"""Births, deaths and confirmations of marital status as registered facts."""

from dinh.registers.civilstatus.contracts import BirthRegistered
from dinh.registers.civilstatus.provider import answers

__all__ = ["BirthRegistered", "answers"]
