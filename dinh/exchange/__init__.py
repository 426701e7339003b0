"""Agencies meet only here: members, questions, messages, evidence, and the citizen's log."""

from dinh.exchange.accesslog import Entry, Seen, entries_of, record
from dinh.exchange.consents import Consent, ConsentGiven, ConsentWithdrawn, PortalConsents
from dinh.exchange.consents import answers as consent_answers
from dinh.exchange.consents import routes as consent_routes
from dinh.exchange.delivery import Outbox, Told, deliver, outbox_of, retry_now, tell, undelivered
from dinh.exchange.evidence import EvidenceKept, Recorder
from dinh.exchange.gateway import Answer, Consents, Gateway, Handler, Handlers, Provider, Providers, Question, ask
from dinh.exchange.links import Channel, Links, MemberKeys, Receiver, Respondent, Transport, Wire
from dinh.exchange.members import matches, membership_of
from dinh.exchange.mydata import ComplaintPath, LogExported, OwnCases, View, Views, gather, routes
from dinh.exchange.mydata import answers as access_answers

__all__ = [
    "Answer",
    "Channel",
    "ComplaintPath",
    "Consent",
    "ConsentGiven",
    "ConsentWithdrawn",
    "Consents",
    "Entry",
    "EvidenceKept",
    "Gateway",
    "Handler",
    "Handlers",
    "Links",
    "LogExported",
    "MemberKeys",
    "Outbox",
    "OwnCases",
    "PortalConsents",
    "Provider",
    "Providers",
    "Question",
    "Receiver",
    "Recorder",
    "Respondent",
    "Seen",
    "Told",
    "Transport",
    "View",
    "Views",
    "Wire",
    "access_answers",
    "ask",
    "consent_answers",
    "consent_routes",
    "deliver",
    "entries_of",
    "gather",
    "matches",
    "membership_of",
    "outbox_of",
    "record",
    "retry_now",
    "routes",
    "tell",
    "undelivered",
]  # fmt: skip
