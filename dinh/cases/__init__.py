"""Procedures, applications and cases: from filing to the settled result."""

from dinh.cases.applications import discard_old_drafts
from dinh.cases.applications import mine as applications_of
from dinh.cases.applications import routes as application_routes
from dinh.cases.bottlenecks import follow_stages, rebuild_stages
from dinh.cases.bottlenecks import routes as command_routes
from dinh.cases.counter import routes as counter_routes
from dinh.cases.decisions import SETTLE, settle
from dinh.cases.desk import take_application
from dinh.cases.disposal import Hold, holds_of, lift_hold, place_hold, take_disposal
from dinh.cases.disposal import answers as case_answers
from dinh.cases.disposal import holdings as case_holdings
from dinh.cases.guide import routes as guide_routes
from dinh.cases.inbox import routes as inbox_routes
from dinh.cases.procedures import Procedure, catalogue_of, read_procedure
from dinh.cases.records import routes as record_routes
from dinh.cases.signing import routes as signing_routes
from dinh.cases.succession import transfer
from dinh.cases.tracking import follow_progress
from dinh.cases.tracking import routes as tracking_routes
from dinh.cases.turns import take_answer, take_withdrawal
from dinh.cases.workplace import api_routes
from dinh.cases.workplace import routes as desk_routes

__all__ = [
    "SETTLE", "Hold", "Procedure", "api_routes", "application_routes", "applications_of", "case_answers", "case_holdings", "catalogue_of", "command_routes", "counter_routes",
    "desk_routes", "discard_old_drafts", "follow_progress", "follow_stages", "guide_routes", "holds_of", "inbox_routes", "lift_hold", "place_hold", "read_procedure", "rebuild_stages",
    "record_routes", "settle", "signing_routes", "take_answer", "take_application", "take_disposal", "take_withdrawal", "tracking_routes", "transfer",
]  # fmt: skip
