"""Registers described in data: their tables are made from the description."""

from dinh.registers.description.contracts import CHANGED, Column, NumberPart, Record, Register
from dinh.registers.description.rules import ddl, typed, value_of, written
from dinh.registers.description.service import all_of, amend, describe, enter
from dinh.registers.description.store import amended, cases_of, find, insert, load, lock, of_person, on_trial, taken, update

__all__ = [
    "CHANGED",
    "Column",
    "NumberPart",
    "Record",
    "Register",
    "all_of",
    "amend",
    "amended",
    "cases_of",
    "ddl",
    "describe",
    "enter",
    "find",
    "insert",
    "load",
    "lock",
    "of_person",
    "on_trial",
    "taken",
    "typed",
    "update",
    "value_of",
    "written",
]  # fmt: skip
