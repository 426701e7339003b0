"""/my-data: every access to a person's data, from every node, in plain words."""

from typing import Any

import msgspec
from litestar import Response

from dinh.exchange.accesslog import Entry, entries_of
from dinh.exchange.gateway import Answer, Question, ask
from dinh.exchange.members import membership_of
from dinh.kernel import clock
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Unavailable
from dinh.kernel.node import Node
from dinh.kernel.web.routes import page, signed_in
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title

SERVICE = "access.entries"


async def entries(node: Node, who: Caller, question: Question) -> Answer:  # noqa: ARG001
    """The exchange's own service: a person's log on this node, for that person only."""
    async with node.read(who) as tx:
        found = await entries_of(tx, who.person or "")
    return Answer(body={"entries": msgspec.to_builtins(found)}, subjects=[])


answers = {SERVICE: entries}


async def gather(node: Node, who: Caller) -> tuple[list[Entry], list[str]]:
    """The logs of all nodes, newest first, and the agencies that could not be asked just now."""
    async with node.read(who) as tx:
        found = await entries_of(tx, who.person or "")
    silent = []
    for plan in node.country.nodes.values():
        if plan.code == node.code:
            continue
        question = Question(service=SERVICE, client=node.plan.operator, provider=plan.operator, purpose="own_data", body={})
        try:
            answer = await ask(node, who, question)
        except Unavailable:
            silent.append(plan.operator)
            continue
        found += msgspec.convert(answer.body["entries"], list[Entry])
    return sorted(found, key=lambda entry: entry.at, reverse=True), silent


@page("/my-data", signed_in)
async def my_data(request: Visit) -> Response[str]:
    found, silent = await gather(request.node, request.who)
    return request.page("exchange/my_data.html", entries=found, silent=silent, **_names(request))


def _names(request: Visit) -> dict[str, Any]:
    country, speaker = request.node.country, request.speaker
    day = country.local_date(clock.now())
    membership, directory = membership_of(country), directory_of(country)

    def purpose(entry: Entry) -> str:
        service_ = membership.services.get(entry.what)
        rights = service_.rights if service_ else [right for each in membership.services.values() for right in each.rights]
        return next((speaker.pick(right.title) for right in rights if right.purpose == entry.purpose), entry.purpose)

    refs = {right.basis: right.ref for each in membership.services.values() for right in each.rights}

    return {
        "unverified": lambda entry: refs.get(entry.legal_basis) == "unverified",
        "agency": lambda code: speaker.pick(directory.agency(code).name),
        "post": lambda code: speaker.pick(post_title(country, code, day)),
        "purpose": purpose,
        "what": lambda code: speaker.pick(membership.services[code].title) if code in membership.services else speaker.say("exchange.what_case"),
    }


routes = [my_data]
