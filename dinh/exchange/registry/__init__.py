"""The registry of the exchange: what is registered beside the country's files, and the signed configuration that every node follows."""

from dinh.exchange.registry.contracts import (
    CertificateEntry,
    ConfigurationPublished,
    Entry,
    EntryEnded,
    EntryRegistered,
    GroupEntry,
    MemberEntry,
    Registered,
    RevocationEntry,
    RightEntry,
    ServerEntry,
    ServiceEntry,
    SubscriptionEntry,
    SubsystemEntry,
    TopicEntry,
)
from dinh.exchange.registry.documents import description_of
from dinh.exchange.registry.http import routes
from dinh.exchange.registry.openapi import read as read_openapi
from dinh.exchange.registry.openapi import written
from dinh.exchange.registry.plugs import Authorities, RegistryKey
from dinh.exchange.registry.rules import Ledger, trial_code
from dinh.exchange.registry.service import (
    add_service,
    anchor_from,
    end,
    history,
    ledger_of,
    open_agency,
    openapi_document,
    publish,
    published_document,
    register,
    register_all,
    revoke,
    standing,
)

__all__ = [
    "Authorities", "CertificateEntry", "ConfigurationPublished", "Entry", "EntryEnded", "EntryRegistered", "GroupEntry", "Ledger", "MemberEntry",
    "Registered", "RegistryKey", "RevocationEntry", "RightEntry", "ServerEntry", "ServiceEntry", "SubscriptionEntry", "SubsystemEntry", "TopicEntry",
    "add_service", "anchor_from", "description_of", "end", "history", "ledger_of", "open_agency", "openapi_document", "publish", "published_document",
    "read_openapi", "register", "register_all", "revoke", "routes", "standing", "trial_code", "written",
]  # fmt: skip
