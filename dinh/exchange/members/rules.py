"""Whether a member may use a service: default is no."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from dinh.exchange import paths
from dinh.exchange.members import identifiers
from dinh.exchange.members.contracts import Configuration, EmbargoPolicy, Group, Revocations, Right, Service, Subscription, Topic, Withholding
from dinh.kernel.content import Fault
from dinh.kernel.errors import BadSignature, Conflict, Invalid

# A registry whose clock is further ahead must be mended first.
AHEAD = timedelta(minutes=5)
TEXT_FORM = "SUBSYSTEM:"
POINTER_START = "/"


def matches(pattern: str, agency: str) -> bool:
    """`A1.*` matches every agency below A1, not A1 itself; `*` matches all."""
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return agency.startswith(pattern[:-1])
    return agency == pattern


def names(entries: Iterable[str], client: str, subsystem: str | None) -> bool:
    """Whether a client is among them: an agency by the platform's own subsystem (None), or another `subsystem` in text form."""
    return any(entry == subsystem if entry.startswith(TEXT_FORM) else subsystem is None and matches(entry, client) for entry in entries)


def rights_of(service: Service, groups: dict[str, Group], client: str, subsystem: str | None, purpose: str) -> tuple[Right, ...]:
    """Those that may allow it, in order: their endpoints and assurance are still to be looked at."""
    return tuple(
        right
        for right in service.rights
        if right.purpose == purpose
        and (
            names(right.clients, client, subsystem)
            or any(names(groups[group].members, client, subsystem) for group in right.groups if group in groups)
        )
    )


def service_faults(service: Service, groups: Iterable[str], embargo: EmbargoPolicy | None) -> Iterator[Fault]:
    """What is wrong with a service whose shape is right."""
    try:
        identifiers.service("X", "X", "X", service.subsystem or "X", service.code)
    except Invalid:
        yield "code", "a code of letters, digits and '()+,-.=?_"
    if service.url is not None and not plain_url(service.url):
        yield "url", "an address of http or https without query, user and fragment"
    for at, subject in enumerate(service.subject):
        if not {"body": subject.at.startswith(POINTER_START), "query": True, "path": subject.at.isdecimal()}[subject.place]:
            yield f"subject[{at}].at", "a JSON pointer, the name of a parameter, or the number of a segment"
    for at, endpoint in enumerate(service.endpoints):
        yield from ((f"endpoints[{at}].path", fault) for fault in paths.faults(endpoint.path))
    for at, right in enumerate(service.rights):
        yield from ((f"rights[{at}].{place}", fault) for place, fault in right_faults(right, service, groups, embargo))


def right_faults(right: Right, service: Service, groups: Iterable[str], embargo: EmbargoPolicy | None) -> Iterator[Fault]:
    yield from _client_faults(right, groups)
    for at, endpoint in enumerate(right.endpoints or []):
        yield from ((f"endpoints[{at}].path", fault) for fault in paths.faults(endpoint.path))
    if right.endpoints == []:
        yield "endpoints", "an endpoint; without the field the whole service"
    if service.url is not None:
        yield from _system_faults(right, service)
    if right.embargo:
        yield from _embargo_faults(right.embargo, embargo)


def _client_faults(right: Right, groups: Iterable[str]) -> Iterator[Fault]:
    if not right.clients and not right.groups:
        yield "clients", "at least one client or group"
    for client in right.clients:
        if not is_client(client):
            yield "clients", f"codes of agencies, or SUBSYSTEM:instance/class/code/name, not {client!r}"
    for group in right.groups:
        if group not in groups:
            yield "groups", f"groups that are declared, not {group!r}"
    if right.consent and (right.groups or any("*" in client for client in right.clients)):
        yield "consent", "clients by name: a person agrees to one member"


def topic_faults(topic: Topic) -> Iterator[Fault]:
    if not identifiers.is_part(topic.code):
        yield "code", "a code of letters, digits and '()+,-.=?_"
    if not topic.carries:
        yield "carries", "the names of what a publication says"
    for publisher in topic.publishers:
        if not is_client(publisher):
            yield "publishers", f"codes of agencies, or SUBSYSTEM:instance/class/code/name, not {publisher!r}"
    for at, subscription in enumerate(topic.subscriptions):
        yield from ((f"subscriptions[{at}].{place}", fault) for place, fault in subscription_faults(subscription, topic))


def subscription_faults(subscription: Subscription, topic: Topic) -> Iterator[Fault]:
    for name in set(subscription.carries) - {one.removesuffix("?") for one in topic.carries}:
        yield "carries", f"names that the topic carries, not {name!r}"


def right_of(topic: Topic, subscription: Subscription) -> Right:
    """What a subscription allows the publishers at the subscriber's service."""
    return Right(purpose=topic.purpose, title=topic.title, basis=subscription.basis, ref=subscription.ref, assurance=0, clients=topic.publishers)


def _system_faults(right: Right, service: Service) -> Iterator[Fault]:
    """A provider's own system tells its node nothing about persons: what depends on them can be kept only where the service says where their numbers stand."""
    if right.consent or right.optional:
        yield "consent" if right.consent else "optional", "a service that a room of the node answers: nobody could look whether the person agrees"
    if (right.shown or right.embargo) and not service.subject:
        yield "shown" if right.shown else "embargo", "a service that declares its `subject`: nobody would know whose log it is about"


def _embargo_faults(found: Withholding, policy: EmbargoPolicy | None) -> Iterator[Fault]:
    if policy is None:
        yield "embargo", "nothing: this country has none"
        return
    if found.days > policy.most_days:
        yield "embargo.days", f"{policy.most_days} at most"
    if found.reason not in {one.code for one in policy.reasons}:
        yield "embargo.reason", f"one of {sorted(one.code for one in policy.reasons)}"
    if not identifiers.is_part(found.authority):
        yield "embargo.authority", "the code of an agency"


def unlogged(service: Service) -> bool:
    """A provider's own system that is asked on behalf of a person, and does not say where the numbers of persons stand: it may be about nobody, but its keeper is asked."""
    return service.url is not None and not service.subject and any(right.assurance > 0 for right in service.rights)


def is_client(entry: str) -> bool:
    if not entry.startswith(TEXT_FORM):
        return identifiers.is_part(entry.removesuffix(".*")) or entry == "*"
    try:
        return identifiers.read_text(entry).kind == "SUBSYSTEM"
    except Invalid:
        return False


def plain_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and not (parts.query or parts.fragment or "@" in parts.netloc)
            and parts.port != 0
        )
    except ValueError:
        return False


def check_document(document: Configuration | Revocations, instance: str, held: tuple[int, datetime] | None, now: datetime) -> None:
    """A signed document may be taken: of this instance, in force, and not older than what is held. Raises BadSignature, Conflict (`exchange.rollback`)."""
    if document.instance != instance:
        raise BadSignature(f"the document is of instance {document.instance}")
    if document.made_at > now + AHEAD:
        raise BadSignature("the document was made in the future")
    if document.valid_until <= now:
        raise BadSignature("the document has run out")
    if held and (document.version, document.made_at) < held:
        raise Conflict("exchange.rollback")
