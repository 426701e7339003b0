"""Registers described in data: their tables are made from the description."""

from dinh.registers.description.contracts import Column, NumberPart, Record, Register
from dinh.registers.description.rules import ddl
from dinh.registers.description.service import all_of, describe
from dinh.registers.description.store import find, insert, load

__all__ = ["Column", "NumberPart", "Record", "Register", "all_of", "ddl", "describe", "find", "insert", "load"]
