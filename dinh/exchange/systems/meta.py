"""X-Road's services about services (PR-MREST): who is there, what they offer, what of it a client may call. Answered from the configuration that the node holds."""

from typing import Any
from urllib.parse import parse_qs

from dinh.exchange.members import Member, Membership, Service
from dinh.exchange.systems.contracts import Client
from dinh.kernel.content import Text
from dinh.kernel.errors import Invalid, NotFound

Document = dict[str, Any]
# Codes that no service of a member may have.
LIST, ALLOWED, OPENAPI = "listMethods", "allowedMethods", "getOpenAPI"
RESERVED = frozenset({LIST, ALLOWED, OPENAPI})


def asked_service(target: str) -> str:
    """The parameter `serviceCode` of getOpenAPI. Raises Invalid."""
    codes = parse_qs(target.partition("?")[2], max_num_fields=16).get("serviceCode", [])
    if len(codes) != 1:
        raise Invalid("exchange.no_openapi")
    return codes[0]


def clients(membership: Membership, language: str) -> Document:
    return {"member": [found for member in membership.configuration.members for found in _of_member(membership, member, language)]}


def _of_member(membership: Membership, member: Member, language: str) -> list[Document]:
    base = {"xroad_instance": membership.instance, "member_class": member.member_class, "member_code": member.code}
    name = _name(member.name, language)
    subsystems = [membership.names.subsystem, *member.subsystems]
    return [
        {"id": {**base, "object_type": "MEMBER"}, "name": name},
        *({"id": {**base, "object_type": "SUBSYSTEM", "subsystem_code": code}, "name": name} for code in subsystems),
    ]


def _name(text: Text, language: str) -> str:
    return text.get(language) or next(iter(text.values()))


def methods(membership: Membership, provider: str, subsystem: str, client: Client | None) -> Document:
    """All that the subsystem offers; with a client, what of it some right lets this one call. Raises NotFound."""
    member = membership.member(provider)
    if subsystem != membership.names.subsystem and subsystem not in member.subsystems:
        raise NotFound("exchange.no_member", client=f"{provider}/{subsystem}")
    found = [_service(membership, member, subsystem, one, client) for one in membership.services_at(provider, subsystem) if one.kind == "ask"]
    return {"service": [one for one in found if one is not None]}


def _service(membership: Membership, member: Member, subsystem: str, service: Service, client: Client | None) -> Document | None:
    endpoints = service.endpoints
    if client is not None:
        purposes = {right.purpose for right in service.rights}
        rights = [right for purpose in purposes for right in membership.rights(service, client.member, purpose, client.subsystem)]
        if not rights:
            return None
        if all(right.endpoints is not None for right in rights):
            endpoints = [endpoint for right in rights for endpoint in right.endpoints or []]
    return {
        "xroad_instance": membership.instance, "member_class": member.member_class, "member_code": member.code, "subsystem_code": subsystem,
        "service_code": service.code, "object_type": "SERVICE", "service_type": "OPENAPI" if service.openapi else "REST",
        "endpoint_list": [{"method": one.method, "path": one.path} for one in endpoints],
    }  # fmt: skip
