"""Who is connected, what each offers, who may ask it for which purpose; and the registry's configuration that says so, as a node holds it."""

from dinh.exchange.members.contracts import (
    Anchor,
    Configuration,
    ConfigurationRefused,
    ConfigurationTaken,
    EmbargoPolicy,
    ExchangeFile,
    GapClosed,
    GapOpened,
    Group,
    Member,
    Revocations,
    Right,
    Server,
    Service,
    SigningCertificate,
    State,
    Subject,
    Subscription,
    Timeouts,
    Topic,
    Validity,
    Withholding,
)
from dinh.exchange.members.identifiers import Identifier, is_part, read_client, read_encoded, read_text
from dinh.exchange.members.identifiers import subsystem as identifier_of
from dinh.exchange.members.jobs import etag_of, follow
from dinh.exchange.members.membership import Membership
from dinh.exchange.members.names import Names
from dinh.exchange.members.plugs import Source
from dinh.exchange.members.rules import (
    is_client,
    matches,
    plain_url,
    right_faults,
    right_of,
    service_faults,
    subscription_faults,
    topic_faults,
    unlogged,
)
from dinh.exchange.members.service import (
    CONFIGURATION,
    REVOCATIONS,
    Held,
    anchor_of,
    declared,
    look_again,
    membership_of,
    note_gap,
    set_anchor,
    states_of,
    take,
    type_of,
)

__all__ = [
    "CONFIGURATION", "REVOCATIONS", "Anchor", "Configuration", "ConfigurationRefused", "ConfigurationTaken", "EmbargoPolicy", "ExchangeFile",
    "GapClosed", "GapOpened", "Group", "Held", "Identifier", "Member", "Membership", "Names", "Revocations", "Right", "Server", "Service",
    "SigningCertificate", "Source", "State", "Subject", "Subscription", "Timeouts", "Topic", "Validity", "Withholding", "anchor_of", "declared",
    "etag_of", "follow", "identifier_of", "is_client", "is_part", "look_again", "matches", "membership_of", "note_gap", "plain_url",
    "read_client", "read_encoded", "read_text", "right_faults", "right_of", "service_faults", "set_anchor", "states_of", "subscription_faults",
    "take", "topic_faults", "type_of", "unlogged",
]  # fmt: skip
