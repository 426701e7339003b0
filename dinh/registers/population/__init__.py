"""Persons: one opaque reference and one number each."""

from dinh.registers.population.contracts import PersonAdded
from dinh.registers.population.provider import answers
from dinh.registers.population.service import candidates, generate, person, place_numbers

__all__ = ["PersonAdded", "answers", "candidates", "generate", "person", "place_numbers"]
