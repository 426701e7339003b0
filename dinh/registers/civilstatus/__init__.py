"""Births (later deaths and marriages) as registered facts."""

from dinh.registers.civilstatus.contracts import BirthRegistered
from dinh.registers.civilstatus.provider import answers

__all__ = ["BirthRegistered", "answers"]
