"""The engine of outcomes: asks what the file says, tells what the file says. It knows no procedure."""

from collections.abc import Mapping
from typing import Any

from dinh.cases.outcomes import rules
from dinh.cases.outcomes.contracts import PERSON, PURPOSE, Command, Filed, Finding, Lookup, Offer, Outcome, Paper, Ruling, Steps
from dinh.cases.references import Words, evaluate
from dinh.exchange import Answer, Question, ask, declared, matches, membership_of
from dinh.kernel import clock, languages
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.offices import directory_of

# Stands in a preview for what a register will give.
TO_COME = "…"


async def examine(node: Node, who: Caller, outcome: Outcome, filed: Filed) -> Finding:
    """Look up the persons, ask the registers, and judge. Nothing that a register does not know stops it."""
    facts, words, subjects = rules.facts_of(filed), _words(node.country), list[str]()
    stated: dict[str, str | None] = {}
    for lookup in (one for one in outcome.persons if one.ref is None):
        subjects += await _look_up(node, who, filed, lookup, facts, stated)
    for one in outcome.asks:
        if rules.wanted(one, facts, words):
            answer = await _ask_for(node, who, filed, one.service, evaluate(one.body, facts, words))
            facts["asked"][one.name] = answer and answer.body
            subjects += answer.subjects if answer else []
    for lookup in (one for one in outcome.persons if one.ref is not None):
        subjects += await _look_up(node, who, filed, lookup, facts, stated)
    checks = rules.judge(outcome.checks, rules.Sight(facts, stated, words))
    return Finding(checks, facts["persons"], rules.barred(outcome, facts), facts["asked"], list(dict.fromkeys(subjects)))


async def _look_up(node: Node, who: Caller, filed: Filed, lookup: Lookup, facts: dict[str, Any], stated: dict[str, str | None]) -> list[str]:
    """The first entry of a role that applies is the one. The person's record enters the facts; the answer is whom it told about."""
    body = rules.subject(lookup, facts, _words(node.country))
    if body is None or lookup.role in stated:
        return []
    stated[lookup.role] = filed.answers.get(lookup.name, "") if lookup.name else None
    answer = await _ask_for(node, who, filed, PERSON, body)
    if answer is None:
        return []
    facts["persons"][lookup.role] = answer.body
    return answer.subjects


async def _ask_for(node: Node, who: Caller, filed: Filed, service: str, body: dict[str, Any]) -> Answer | None:
    try:
        return await _ask(node, who, filed, service, body)
    except NotFound:
        return None


async def _ask(node: Node, who: Caller, filed: Filed, service: str, body: dict[str, Any]) -> Answer:
    provider = membership_of(node).service(service).provider
    if matches(provider, filed.agency):
        provider = filed.agency  # what every agency offers is asked of the case's own
    question = Question(service=service, client=filed.agency, provider=provider, purpose=PURPOSE, body=body, case=filed.code)
    return await ask(node, who, question)


def commands(country: Country, outcome: Outcome, filed: Filed, finding: Finding, ruling: Ruling) -> list[Command]:
    """Those that this case needs, in order. Whether one does never hangs on the answer of another."""
    facts = rules.facts_after(filed, finding, ruling, {})
    return [command for command in outcome.commands if rules.wanted(command, facts, _words(country))]


async def carry_out(node: Node, who: Caller, command: Command, filed: Filed, finding: Finding, ruling: Ruling, done: Steps) -> dict[str, Any]:
    """Tell one register. Asking twice for one case is the same as asking once."""
    body = evaluate(command.body, rules.facts_after(filed, finding, ruling, done), _words(node.country))
    return (await _ask(node, who, filed, command.service, body)).body


def expected(country: Country, outcome: Outcome, filed: Filed, finding: Finding, ruling: Ruling) -> Steps:
    """What the registers will answer, as far as that is known before they are told: an ellipsis under each name."""
    services = declared(country).services
    return {command.step: dict.fromkeys(services[command.service].gives, TO_COME) for command in commands(country, outcome, filed, finding, ruling)}


def paper(node: Node, outcome: Outcome, filed: Filed, finding: Finding, ruling: Ruling, done: Steps, signed: Paper) -> dict[str, Any]:
    """The data of the paper: who signs stands on every one, the rest is the file's."""
    frame = {
        "agency": signed.agency, "upper_agency": signed.upper_agency, "signatory": {"post": signed.signer_post, "name": signed.signer_name},
        "signed_on": signed.signed_on, "synthetic": signed.synthetic,
    }  # fmt: skip
    known = {"agency": signed.agency, "upper_agency": signed.upper_agency, "place": signed.place, "signer_name": signed.signer_name}
    facts = {**rules.facts_after(filed, finding, ruling, done), "paper": {**known, "signer_post": signed.signer_post, "signed_on": signed.signed_on}}
    return {**evaluate(outcome.paper, facts, _words(node.country)), **frame}


def replaced(country: Country, outcome: Outcome, filed: Filed, finding: Finding, ruling: Ruling, done: Steps) -> str | None:
    """The code of the case whose result this one replaces."""
    found = evaluate(outcome.replaces, rules.facts_after(filed, finding, ruling, done), _words(country))
    return found if isinstance(found, str) else None


def offers(country: Country) -> Mapping[str, Offer]:
    """The services of the exchange that an outcome may ask."""
    return {
        service.code: Offer(
            service.takes, service.gives, unattended=any(right.purpose == PURPOSE and right.assurance == 0 for right in service.rights)
        )
        for service in declared(country).services.values()
        if service.kind == "ask" and any(right.purpose == PURPOSE for right in service.rights)
    }


def _words(country: Country) -> Words:
    """Papers speak the country's first language."""
    directory, day = directory_of(country), country.local_date(clock.now())

    def place(code: str) -> str:
        try:
            return directory.full_name(code, day)
        except NotFound:
            return code

    return Words(languages.of(country.languages[0]), place)
