"""What the rooms offer the portal: procedures as cards, and what waits for a person."""

from datetime import date

from dinh.cases import Procedure, catalogue_of
from dinh.cases.applications import mine, procedure_of
from dinh.cases.guide import usual
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country
from dinh.kernel.node import Node
from dinh.portal import Card, Cards, Found, Link

# States in which the person is the one who has to act.
ASKED = {"supplement", "financial"}
MOST = 5


def cards_of(known: Country) -> Cards:
    catalogue = catalogue_of(known)

    def on(day: date) -> list[Card]:
        return [_card(procedure, day) for procedure in catalogue.all_on(day)]

    def search(text: str, day: date) -> Found:
        found = catalogue.search(text, day)
        return Found([_card(procedure, day) for procedure in found.procedures], found.suggestion)

    return Cards(on, search)


def _card(procedure: Procedure, day: date) -> Card:
    fee = procedure.fee(day)
    return Card(
        code=procedure.code, path=f"/services/{procedure.code}", title=procedure.title, summary=procedure.summary, event=procedure.life_event,
        handled_by=procedure.handled_by, takes=procedure.deadline.text, costs=fee.text if fee else None,
        bring=[document.title for document in usual(procedure, day)],
    )  # fmt: skip


async def waiting_for(node: Node, who: Caller) -> list[Link]:
    """Drafts, and cases whose agency has asked the person for something: what an agency waits for comes first."""
    async with node.read(who) as tx:
        found = [(application, procedure_of(tx, application).title) for application in await mine(tx, who)]
    asked = [Link(f"/cases/{one.code}", title, "asked", one.updated_at) for one, title in found if one.state in ASKED and one.code]
    drafts = [Link(f"/applications/{one.id}", title, "draft", one.updated_at) for one, title in found if one.state == "draft"]
    return [*asked, *sorted(drafts, key=lambda link: link.since, reverse=True)][:MOST]
