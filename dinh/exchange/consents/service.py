"""Give and withdraw consent on the portal; whoever gives data out on consent asks there each time, and keeps no copy of the answer."""

from dinh.exchange.consents import rules, store
from dinh.exchange.consents.contracts import Consent, ConsentGiven, ConsentWithdrawn, Offer, Use
from dinh.exchange.gateway import Answer, Consents, Question, ask
from dinh.exchange.members import membership_of
from dinh.kernel import events, ids
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Conflict, Invalid, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx

SERVICE, PURPOSE = "consents.valid", "consent"


def offers_of(node: Node) -> list[Offer]:
    return list(rules.offers(membership_of(node).services.values()))


def offer_of(node: Node, name: str) -> Offer:
    """By the name of its use. Raises NotFound."""
    for offer in offers_of(node):
        if offer.use.name == name:
            return offer
    raise NotFound


async def consents_of(tx: ReadTx, who: Caller) -> list[Consent]:
    return await store.of_person(tx, who.person or "")


async def give(tx: WriteTx, who: Caller, use: Use, days: str) -> None:
    """The person themselves. Raises Invalid without a time, Conflict when one stands. One that ran out is closed first."""
    today = tx.node.country.local_date(tx.now)
    ends = rules.ends_on(today, days)
    if ends is None:
        raise Invalid(fields={"days": "kernel.field_missing_choice"})
    person = who.person or ""
    if await store.standing(tx, person, use, today):
        raise Conflict("exchange.consent_stands")
    await store.withdraw(tx, person, use)
    await store.insert(tx, ids.new_id(), person, use, ends)
    given = ConsentGiven(person=person, service=use.service, client=use.client, purpose=use.purpose, ends_on=ends)
    await events.append(tx, who, person, given)


async def withdraw(tx: WriteTx, who: Caller, use: Use) -> None:
    """At once: the next question is refused. Withdrawing twice is withdrawing once."""
    person = who.person or ""
    if await store.withdraw(tx, person, use):
        await events.append(tx, who, person, ConsentWithdrawn(person=person, service=use.service, client=use.client, purpose=use.purpose))


class PortalConsents(Consents):
    """Plugged in by app: the portal has them, every other node asks."""

    async def valid(self, node: Node, receiver: str, use: tuple[str, str, str], person: str) -> bool:
        if node.plan.code == node.country.portal.code:
            return await _valid(node, system("consent"), Use(*use), person)
        body = {"service": use[0], "client": use[1], "purpose": use[2], "person": person}
        question = Question(service=SERVICE, client=receiver, provider=node.country.portal.operator, purpose=PURPOSE, body=body)
        return bool((await ask(node, system("consent", agency=receiver), question)).body["valid"])


async def _valid(node: Node, who: Caller, use: Use, person: str) -> bool:
    async with node.read(who) as tx:
        return await store.standing(tx, person, use, node.country.local_date(tx.now))


async def valid(node: Node, who: Caller, question: Question) -> Answer:
    """For the member that is about to give the person's data out: its own services only."""
    body = question.body
    membership_of(node).check_provider(str(body["service"]), question.client)
    use = Use(str(body["service"]), str(body["client"]), str(body["purpose"]))
    return Answer(body={"valid": await _valid(node, who, use, str(body["person"]))}, subjects=[])


answers = {SERVICE: valid}
