"""The sandbox: at the registry's node it answers by examples; at every node an operator tries services against it. The path is the one of real questions."""

import io
import time
import zipfile
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec

from dinh.exchange.containers import Container, Part, containers_of
from dinh.exchange.gateway import Systems, Told, check_refusal
from dinh.exchange.members import Membership, Right, Service, membership_of
from dinh.exchange.messages import VERBS, Request
from dinh.exchange.registry import openapi_document, read_openapi, trial_code
from dinh.exchange.sandbox import rules
from dinh.exchange.sandbox.contracts import Allowed, Offer, Shown, Tried
from dinh.exchange.systems import try_out
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature, Invalid, NotFound, Unavailable
from dinh.kernel.node import Node

WHO = system("sandbox")
BOTH: tuple[Part, ...] = ("request", "response")
# What a path may hold as it is; the rest is percent-encoded.
AS_IS = "/%?&=+,;:@!$'()*~-._"
MOST_SHOWN = 20_000


class Sandbox(Systems):
    """Plugged in by app at the registry's node, which has the documents. What is not of the sandbox goes on to the members' systems."""

    def __init__(self, node: Node, others: Systems) -> None:
        self._node, self._others = node, others

    async def call(self, service: Service, verb: str, target: str, headers: list[tuple[str, str]], body: bytes | None) -> Told:
        """Raises NotFound for what the document does not name, Invalid without a body that it demands."""
        policy = membership_of(self._node).configuration.sandbox
        if policy is None or (service.provider, service.subsystem) != (policy.member, policy.subsystem):
            return await self._others.call(service, verb, target, headers, body)
        async with self._node.read(WHO) as tx:
            document = _read(await openapi_document(tx, service.openapi or ""))
        found = rules.example(document, verb, target)
        if found is None:
            raise NotFound("exchange.no_example")
        if body is None and rules.wants_body(document, verb, target):
            raise Invalid("exchange.body_missing")
        content = None if found.body is None else msgspec.json.encode(found.body)
        return Told(found.status, "", [("Content-Type", found.media)], content)


@lru_cache(maxsize=64)
def _read(document: str) -> dict[str, Any]:
    return read_openapi(document)


def offers_of(node: Node) -> list[Offer]:
    """Every service of a member's own system, and what the node's agency may do with it."""
    membership = membership_of(node)
    sandbox = membership.configuration.sandbox
    every = [one for one in membership.configuration.services if one.subsystem and (sandbox is None or one.provider != sandbox.member)]
    return [_offer(node, membership, one) for one in every]


def offer_of(node: Node, trial: str) -> Offer:
    """By the code of its trial. Raises NotFound."""
    for offer in offers_of(node):
        if offer.trial and offer.trial.code == trial:
            return offer
    raise NotFound("exchange.no_service", service=trial)


def _offer(node: Node, membership: Membership, service: Service) -> Offer:
    sandbox, agency = membership.configuration.sandbox, node.plan.operator
    trial = None
    if sandbox and service.openapi:
        trial = next((one for one in membership.services_at(sandbox.member, sandbox.subsystem) if one.code == trial_code(service)), None)
    mine = membership.members.get(agency)
    allowed = [
        Allowed(f"{agency}/{subsystem or membership.names.subsystem}", right.purpose, right.daily, _named(right))
        for subsystem in [None, *(mine.subsystems if mine else [])]
        for purpose in sorted({right.purpose for right in service.rights})
        for right in membership.rights(service, agency, purpose, subsystem)
    ]
    return Offer(service, f"{service.provider}/{service.subsystem}/{service.code}", allowed, trial)


def _named(right: Right) -> list[str] | None:
    return None if right.endpoints is None else [f"{one.method} {one.path}" for one in right.endpoints]


async def attempt(node: Node, trial: Service, verb: str, path: str, body: str) -> Tried:
    """Ask the sandbox for the node's own agency. No transaction may be open. Raises Invalid for what is no request, and what the exchange refuses with."""
    membership = membership_of(node)
    if verb not in VERBS or not path.startswith("/"):
        raise Invalid("exchange.bad_path")
    own, provider = membership.member(node.plan.operator), membership.member(trial.provider)
    client = f"{membership.instance}/{own.member_class}/{own.code}/{membership.names.subsystem}"
    place = f"{membership.instance}/{provider.member_class}/{provider.code}/{trial.subsystem}/{trial.code}"
    content = body.encode() or None
    headers = [("X-Road-Client", quote(client, safe="/")), *([("Content-Type", rules.JSON)] if content else [])]
    began = time.perf_counter()
    response, answer = await try_out(node, Request(verb, f"/r1/{quote(place, safe='/')}{quote(path, safe=AS_IS)}", tuple(headers)), content)
    milliseconds = round((time.perf_counter() - began) * 1000)
    check_refusal(response, answer)
    tried = Tried(response.named["x-road-id"], response.status, milliseconds, _text(answer))
    try:
        found = await containers_of(node, tried.message_id, own.code, None, BOTH, force=True)
    except (Unavailable, BadSignature):
        return tried
    shown = {one.part: _shown(one) for one in found}
    return msgspec.structs.replace(tried, request=shown["request"], response=shown["response"])


async def container(node: Node, message_id: str, part: Part) -> Container:
    """Of an exchange of the platform's own subsystem of the node's agency. Raises NotFound."""
    return (await containers_of(node, message_id, node.plan.operator, None, (part,), force=True))[0]


def _shown(one: Container) -> Shown:
    with zipfile.ZipFile(io.BytesIO(one.data)) as archive:
        parts = {name: _text(archive.read(name)) for name in archive.namelist()}
    return Shown(parts.get("message.xml", ""), parts.get("attachment1", ""), parts.get("META-INF/signatures.xml", ""))


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", errors="replace")[:MOST_SHOWN]
