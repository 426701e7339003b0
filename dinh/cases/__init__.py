"""Procedures, applications and cases: from filing to the settled result."""

from dinh.cases.applications import routes as application_routes
from dinh.cases.decisions import SETTLE, settle
from dinh.cases.desk import take_application
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.cases.records import routes as record_routes
from dinh.cases.tracking import follow_progress
from dinh.cases.tracking import routes as tracking_routes
from dinh.cases.turns import take_answer, take_withdrawal
from dinh.cases.workplace import api_routes
from dinh.cases.workplace import routes as desk_routes

__all__ = [
    "SETTLE", "Procedure", "api_routes", "application_routes", "catalogue_of", "desk_routes", "follow_progress", "record_routes", "settle", "take_answer",
    "take_application", "take_withdrawal", "tracking_routes",
]  # fmt: skip
