"""Members, services and the rights to them: as the country's files declare them, as the registry registers them, and as its configuration tells them."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from dinh.exchange.paths import Endpoint
from dinh.kernel.content import Text
from dinh.kernel.events import Count, Event, Plain

ObjectIdentifier = Annotated[str, msgspec.Meta(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,38}))+$")]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]
# How much of an access its person sees: which post looked and for which case too (`full`), the agency alone, or no more than the purpose (`category`).
Shown = Literal["full", "agency", "category"]


class Withholding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Each call names an order of the `authority` (header `Dinh-Order`), and its person sees it `days` after the order was first used. `reason` is one of the country's."""

    authority: str
    reason: str
    days: Positive


class Right(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`clients` are agency codes, `*` at the end for all below, each by the platform's own subsystem; or subsystems in text form
    (`SUBSYSTEM:instance/class/code/name`). `groups` are codes of groups. `ref` says where the legal basis was seen.
    `assurance` is asked of the acting person; 0 lets the platform act. Without `endpoints` the whole service; `daily` calls a day of one client at most.

    `optional`: no law demands this use, so whoever restricted the use of their data is left out of it.
    `consent`: nothing but the person's consent allows it, so everyone whom an answer tells about must have given it.
    `shown`: how much of it those persons see in their log; None is `agency`. `embargo`: they see it later.
    """

    purpose: str
    title: Text
    basis: str
    ref: str
    assurance: int
    clients: list[str] = []
    groups: list[str] = []
    endpoints: list[Endpoint] | None = None
    daily: Positive | None = None
    optional: bool = False
    consent: bool = False
    shown: Shown | None = None
    embargo: Withholding | None = None


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"place": "in"}):
    """Where the number of the person stands whom a call is about: a JSON pointer into the `body`, the name of a parameter of the `query`,
    or the place of a segment of the `path`, from 1.
    """

    place: Literal["body", "query", "path"]
    at: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Timeouts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds that a provider's own system may take: to be reached, and to answer."""

    connect: Seconds = 3
    answer: Seconds = 30


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`ask` is answered at once; `tell` is delivered at least once and answered by a receipt.

    `takes` are the names that a question's body has, as `child.full_name`, with `?` where one may be absent; `gives` those of the answer's body.
    Content that asks the service is checked against them.
    `subsystem` is whose it is beside the platform's own. `url` is the address of the provider's own system; without it a room of the node answers.
    `openapi` is a file beside this one; in the configuration, the SHA-256 of the document. `endpoints` are those that the document names.
    """

    code: str
    provider: str
    kind: Literal["ask", "tell"]
    title: Text
    rights: list[Right]
    takes: list[str] = []
    gives: list[str] = []
    subsystem: str | None = None
    url: str | None = None
    openapi: str | None = None
    endpoints: list[Endpoint] = []
    subject: list[Subject] = []
    timeouts: Timeouts = Timeouts()


class ServiceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    services: list[Service]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`members` are written as the `clients` of a right."""

    code: str
    title: Text
    members: list[str]


class Validity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In seconds. `valid` is how long a signed document is current, `renew` when the registry signs it again, `most` how long nodes work with the last one they got."""

    valid: Positive
    renew: Positive
    most: Positive


class Messages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dead_after` so many seconds a message that has not arrived is dead: 30 days at most, for a receiver takes no older one."""

    dead_after: Annotated[int, msgspec.Meta(ge=1, le=30 * 86400)] = 30 * 86400


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an access may be shown later. `basis` is the law, `ref` where it was seen."""

    code: str
    title: Text
    basis: str
    ref: str


class EmbargoPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`most_days` for a right and for each order that prolongs: there is no embargo without an end."""

    most_days: Positive
    reasons: list[Reason]


class StatisticsPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open statistics: `delay` in seconds after the hour; members that are `withheld` never appear in them, with `*` at the end all below."""

    delay: Annotated[int, msgspec.Meta(ge=0, le=31_536_000)] = 864_000
    withheld: list[Annotated[str, msgspec.Meta(min_length=1)]] = []


class SandboxPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The member and its subsystem that answer trials by examples, and what the trial of a service is called in a log. The registry's node hosts the member.

    `daily` trials of one service a client may make.
    """

    member: str
    subsystem: str
    title: Text
    basis: str
    ref: str
    daily: Positive = 1_000


class ExchangeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exchange.yaml`: the names of this instance, the class of its agencies, the subsystem of the platform's own services, and its policy.

    `stamp_policy` is the object identifier under which the registry's node gives timestamps. `person_number` is the pattern of a person's number, without spaces, dots and hyphens.
    Without `embargo` every access is shown at once.
    """

    instance: str
    member_class: str
    subsystem: str
    configuration: Validity
    revocations: Validity
    stamp_policy: ObjectIdentifier
    person_number: str
    embargo: EmbargoPolicy | None = None
    groups: list[Group] = []
    messages: Messages = Messages()
    statistics: StatisticsPolicy = StatisticsPolicy()
    sandbox: SandboxPolicy | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`service` of `subscriber` is told what is published: this is its right to know it, and the publishers' right to tell it.

    `subsystem` is whose service it is beside the platform's own. `carries` are the names that it gets of what the topic carries; empty: all.
    """

    subscriber: str
    service: str
    basis: str
    ref: str
    subsystem: str | None = None
    carries: list[str] = []


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`publishers` are written as the `clients` of a right. `carries` are the names in a publication's body, with `?` where one may be absent."""

    code: str
    title: Text
    publishers: list[str]
    purpose: str
    basis: str
    ref: str
    carries: list[str]
    subscriptions: list[Subscription] = []


class TopicFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topics: list[Topic]


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """`subsystems` beside the platform's own."""

    code: str
    member_class: str
    name: Text
    subsystems: list[str] = []


class Server(msgspec.Struct, frozen=True, omit_defaults=True):
    """A node. `url` is the address of its exchange listener, `tls` the SHA-256 of its certificate's DER, in hex; `tls_before` of the one that it follows,
    which the node may still show.
    """

    code: str
    operator: str
    url: str
    agencies: list[str]
    tls: str | None = None
    tls_before: str | None = None


class SigningCertificate(msgspec.Struct, frozen=True):
    member: str
    pem: str


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What the registry publishes. `member_class` and `subsystem` are those of the platform's own. `version` rises by one with each change; a renewal has the same one and a later `made_at`."""

    instance: str
    version: int
    made_at: datetime
    valid_until: datetime
    member_class: str
    subsystem: str
    members: list[Member]
    servers: list[Server]
    certificates: list[SigningCertificate]
    authorities: list[str]
    timestampers: list[str]
    services: list[Service]
    groups: list[Group]
    topics: list[Topic] = []
    sandbox: SandboxPolicy | None = None


class Revocations(msgspec.Struct, frozen=True, kw_only=True):
    """What has stopped, as of `made_at`. Certificates by the SHA-256 of their DER in hex. Past `valid_until` it is a gap; `most_until` ends everything."""

    instance: str
    version: int
    made_at: datetime
    valid_until: datetime
    most_until: datetime
    certificates: list[str] = []
    members: list[str] = []
    servers: list[str] = []


class Anchor(msgspec.Struct, frozen=True):
    """Whose signature a node believes: given to it when it is set up. `key` is the registry's public key as JWK."""

    instance: str
    key: dict[str, str]


class State(msgspec.Struct, frozen=True):
    """Of one held document, for the operator: `checked_at` is when the registry last said that it is the newest."""

    kind: str
    version: int
    made_at: datetime
    until: datetime
    checked_at: datetime


class ConfigurationTaken(Event, frozen=True):
    type: ClassVar[str] = "exchange:configuration:taken"
    kind: Plain
    number: Count


class ConfigurationRefused(Event, frozen=True):
    """What the registry's address gave does not hold: `reason` is the key of the refusal."""

    type: ClassVar[str] = "exchange:configuration:refused"
    kind: Plain
    reason: Plain


class GapOpened(Event, frozen=True):
    """From here on the node works without `part` being fresh."""

    type: ClassVar[str] = "exchange:gap:opened"
    part: Plain


class GapClosed(Event, frozen=True):
    type: ClassVar[str] = "exchange:gap:closed"
    part: Plain
    seconds: Count
