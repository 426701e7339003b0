"""The control slip and the register of cases, from events and rows."""

from dinh.cases.records.contracts import Leg, Stage
from dinh.cases.records.pages import routes
from dinh.cases.records.rules import legs
from dinh.cases.records.service import control_of, legs_of, register, register_of

__all__ = ["Leg", "Stage", "control_of", "legs", "legs_of", "register", "register_of", "routes"]
