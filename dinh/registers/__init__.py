"""The facts. Never imported, except by app: everyone else asks through the exchange."""

from dinh.registers.civilstatus import answers as civil_status_answers
from dinh.registers.description import all_of, ddl
from dinh.registers.newborns import handlers as birth_handlers
from dinh.registers.population import answers as population_answers
from dinh.registers.population import candidates, generate
from dinh.registers.quality import measure, measure_now
from dinh.registers.quality import routes as quality_routes
from dinh.registers.queue import routes as queue_routes

__all__ = [
    "all_of", "birth_handlers", "candidates", "civil_status_answers", "ddl", "generate", "measure", "measure_now", "population_answers", "quality_routes", "queue_routes",
]  # fmt: skip
