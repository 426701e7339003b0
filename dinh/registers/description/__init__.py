"""Registers described in data: their tables are made from the description."""

from dinh.registers.description.contracts import Column, NumberPart, Record, Register
from dinh.registers.description.rules import ddl, typed, written
from dinh.registers.description.service import all_of, amend, describe, enter
from dinh.registers.description.store import amended, cases_of, find, insert, load

__all__ = [
    "Column", "NumberPart", "Record", "Register", "all_of", "amend", "amended", "cases_of", "ddl", "describe", "enter", "find", "insert", "load", "typed",
    "written",
]  # fmt: skip
