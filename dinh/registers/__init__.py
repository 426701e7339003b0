"""The facts. Never imported, except by app: everyone else asks through the exchange."""

from dinh.registers.civilstatus import answers as civil_status_answers
from dinh.registers.description import all_of, ddl
from dinh.registers.population import answers as population_answers
from dinh.registers.population import candidates, generate

__all__ = ["all_of", "candidates", "civil_status_answers", "ddl", "generate", "population_answers"]
