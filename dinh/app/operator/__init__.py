"""The operator of a node: who they are, what they are told, what they can do."""

from dinh.app.operator.contracts import Health, Mark, Need, Operator
from dinh.app.operator.http import observe
from dinh.app.operator.http import routes as health_routes
from dinh.app.operator.pages import routes
from dinh.app.operator.service import OPERATE, VERIFY, Operators, Rounds, Volumes, entrust, health, operators_of, relieve, verify_seals
from dinh.app.operator.store import put_mark, put_mark_as_owner

__all__ = [
    "OPERATE", "VERIFY", "Health", "Mark", "Need", "Operator", "Operators", "Rounds", "Volumes",
    "entrust", "health", "health_routes", "observe", "operators_of", "put_mark", "put_mark_as_owner", "relieve", "routes", "verify_seals",
]  # fmt: skip
