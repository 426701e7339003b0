"""Agencies meet only here: members, questions, messages, evidence, and the citizen's log."""

from dinh.exchange.accesslog import Entry, Seen, entries_of, record
from dinh.exchange.accesslog import holdings as access_holdings
from dinh.exchange.consents import Consent, ConsentGiven, ConsentWithdrawn, PortalConsents
from dinh.exchange.consents import answers as consent_answers
from dinh.exchange.consents import routes as consent_routes
from dinh.exchange.containers import Container, EvidenceHandedOut, containers_of
from dinh.exchange.delivery import (
    Dead,
    GivenUp,
    Message,
    Outbox,
    Told,
    dead_of,
    deliver,
    give_up,
    outbox_of,
    retry_now,
    revive,
    revive_all,
    take_receipt,
    tell,
    undelivered,
    waiting_of,
)
from dinh.exchange.delivery import Reason as GivenUpReason
from dinh.exchange.delivery import holdings as message_holdings
from dinh.exchange.evidence import EvidenceKept, Recorder
from dinh.exchange.evidence import forget as forget_questions
from dinh.exchange.evidence import holdings as exchange_holdings
from dinh.exchange.gateway import Answer, Consents, Gateway, Handler, Handlers, Provider, Providers, Question, Systems, ask
from dinh.exchange.handover import HandedOver, hand_over, handovers, hurry
from dinh.exchange.handover import holdings as handover_holdings
from dinh.exchange.heads import (
    Contradiction,
    Doubts,
    HeadSettled,
    ProvedContradiction,
    ProvedHead,
    contradiction_file,
    contradictions_of,
    doubts_of,
    prove_head,
    show_heads,
    verify_contradiction,
    verify_head,
)
from dinh.exchange.heads import holdings as head_holdings
from dinh.exchange.heads import letters as head_letters
from dinh.exchange.heads import observe as observe_heads
from dinh.exchange.heads import routes as head_routes
from dinh.exchange.heads import settle as settle_contradiction
from dinh.exchange.joining import (
    ADMISSION,
    APPLICATION,
    Admission,
    Application,
    Certificates,
    Requests,
    admit_member,
    check_admission,
    check_fingerprint,
    check_free,
    digest_of,
    read_admission,
    read_application,
    read_kept_admission,
    register_renewed,
    signer_of,
)
from dinh.exchange.links import Channel, Letters, Links, MemberKeys, Receiver, Respondent, Transport, Wire
from dinh.exchange.members import (
    CONFIGURATION,
    REVOCATIONS,
    Anchor,
    Group,
    Held,
    Identifier,
    Member,
    Membership,
    Right,
    Server,
    Service,
    Source,
    State,
    Subscription,
    Topic,
    anchor_of,
    declared,
    look_again,
    matches,
    membership_of,
    note_gap,
    read_client,
    read_encoded,
    read_text,
    set_anchor,
    states_of,
    take,
)
from dinh.exchange.members import follow as follow_registry
from dinh.exchange.metering import Meter
from dinh.exchange.monitoring import Pulse
from dinh.exchange.monitoring import observe as observe_exchange
from dinh.exchange.monitoring import routes as monitoring_routes
from dinh.exchange.mydata import ComplaintPath, LogExported, NumberKeepers, OwnCases, View, Views, gather, routes
from dinh.exchange.mydata import answers as access_answers
from dinh.exchange.national import gather_figures
from dinh.exchange.national import routes as national_routes
from dinh.exchange.news import Accounts, LogGrew
from dinh.exchange.news import spread as spread_news
from dinh.exchange.news import take as take_news
from dinh.exchange.news import tell_daily as tell_news
from dinh.exchange.notary import routes as notary_routes
from dinh.exchange.overview import count_calls
from dinh.exchange.overview import observe as observe_minute
from dinh.exchange.overview import routes as overview_routes
from dinh.exchange.paths import Endpoint, Path
from dinh.exchange.paths import read as read_path
from dinh.exchange.proofs import Report, verify_access
from dinh.exchange.queues import Lanes, Waiting
from dinh.exchange.registry import (
    Authorities,
    CertificateEntry,
    GroupEntry,
    MemberEntry,
    Registered,
    RegistryKey,
    RevocationEntry,
    RightEntry,
    ServerEntry,
    ServiceEntry,
    SubscriptionEntry,
    SubsystemEntry,
    TopicEntry,
    add_service,
    anchor_from,
    history,
    ledger_of,
    open_agency,
    published_document,
    read_openapi,
    register,
    register_all,
    revoke,
    standing,
)
from dinh.exchange.registry import end as end_entry
from dinh.exchange.registry import publish as publish_configuration
from dinh.exchange.registry import routes as registry_routes
from dinh.exchange.renewals import Certifier
from dinh.exchange.renewals import Pending as PendingRenewal
from dinh.exchange.renewals import ask as ask_renewal
from dinh.exchange.renewals import letters as renewal_letters
from dinh.exchange.renewals import pending as pending_renewals
from dinh.exchange.renewals import settle as settle_renewal
from dinh.exchange.sandbox import Sandbox
from dinh.exchange.sandbox import routes as developer_routes
from dinh.exchange.stamps import EvidenceStamped, stamp_evidence, stamp_now
from dinh.exchange.statistics import count_hours
from dinh.exchange.statistics import letters as statistics_letters
from dinh.exchange.statistics import routes as statistics_routes
from dinh.exchange.systems import Edge, System, admit, dismiss, systems_of
from dinh.exchange.topics import Publication, publish

__all__ = [
    "ADMISSION",
    "APPLICATION",
    "CONFIGURATION",
    "REVOCATIONS",
    "Accounts",
    "Admission",
    "Anchor",
    "Answer",
    "Application",
    "Authorities",
    "CertificateEntry",
    "Certificates",
    "Certifier",
    "Channel",
    "ComplaintPath",
    "Consent",
    "ConsentGiven",
    "ConsentWithdrawn",
    "Consents",
    "Container",
    "Contradiction",
    "Dead",
    "Doubts",
    "Edge",
    "Endpoint",
    "Entry",
    "EvidenceHandedOut",
    "EvidenceKept",
    "EvidenceStamped",
    "Gateway",
    "GivenUp",
    "GivenUpReason",
    "Group",
    "GroupEntry",
    "HandedOver",
    "Handler",
    "Handlers",
    "HeadSettled",
    "Held",
    "Identifier",
    "Lanes",
    "Letters",
    "Links",
    "LogExported",
    "LogGrew",
    "Member",
    "MemberEntry",
    "MemberKeys",
    "Membership",
    "Message",
    "Meter",
    "NumberKeepers",
    "Outbox",
    "OwnCases",
    "Path",
    "PendingRenewal",
    "PortalConsents",
    "ProvedContradiction",
    "ProvedHead",
    "Provider",
    "Providers",
    "Publication",
    "Pulse",
    "Question",
    "Receiver",
    "Recorder",
    "Registered",
    "RegistryKey",
    "Report",
    "Requests",
    "Respondent",
    "RevocationEntry",
    "Right",
    "RightEntry",
    "Sandbox",
    "Seen",
    "Server",
    "ServerEntry",
    "Service",
    "ServiceEntry",
    "Source",
    "State",
    "Subscription",
    "SubscriptionEntry",
    "SubsystemEntry",
    "System",
    "Systems",
    "Told",
    "Topic",
    "TopicEntry",
    "Transport",
    "View",
    "Views",
    "Waiting",
    "Wire",
    "access_answers",
    "access_holdings",
    "add_service",
    "admit",
    "admit_member",
    "anchor_from",
    "anchor_of",
    "ask",
    "ask_renewal",
    "check_admission",
    "check_fingerprint",
    "check_free",
    "consent_answers",
    "consent_routes",
    "containers_of",
    "contradiction_file",
    "contradictions_of",
    "count_calls",
    "count_hours",
    "dead_of",
    "declared",
    "deliver",
    "developer_routes",
    "digest_of",
    "dismiss",
    "doubts_of",
    "end_entry",
    "entries_of",
    "exchange_holdings",
    "follow_registry",
    "forget_questions",
    "gather",
    "gather_figures",
    "give_up",
    "hand_over",
    "handover_holdings",
    "handovers",
    "head_holdings",
    "head_letters",
    "head_routes",
    "history",
    "hurry",
    "ledger_of",
    "look_again",
    "matches",
    "membership_of",
    "message_holdings",
    "monitoring_routes",
    "national_routes",
    "notary_routes",
    "note_gap",
    "observe_exchange",
    "observe_heads",
    "observe_minute",
    "open_agency",
    "outbox_of",
    "overview_routes",
    "pending_renewals",
    "prove_head",
    "publish",
    "publish_configuration",
    "published_document",
    "read_admission",
    "read_application",
    "read_client",
    "read_encoded",
    "read_kept_admission",
    "read_openapi",
    "read_path",
    "read_text",
    "record",
    "register",
    "register_all",
    "register_renewed",
    "registry_routes",
    "renewal_letters",
    "retry_now",
    "revive",
    "revive_all",
    "revoke",
    "routes",
    "set_anchor",
    "settle_contradiction",
    "settle_renewal",
    "show_heads",
    "signer_of",
    "spread_news",
    "stamp_evidence",
    "stamp_now",
    "standing",
    "states_of",
    "statistics_letters",
    "statistics_routes",
    "systems_of",
    "take",
    "take_news",
    "take_receipt",
    "tell",
    "tell_news",
    "undelivered",
    "verify_access",
    "verify_contradiction",
    "verify_head",
    "waiting_of",
]  # fmt: skip
