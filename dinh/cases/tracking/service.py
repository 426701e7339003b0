"""Take in what the agency tells of a case."""

from datetime import date, datetime, timedelta
from uuid import UUID

from dinh.cases.applications import Application
from dinh.cases.tracking import store
from dinh.cases.tracking.contracts import ApplicationProgressed, Step
from dinh.exchange import Question
from dinh.kernel import events
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Invalid
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of

CLOCKS_APART = timedelta(minutes=5)


async def steps_of(tx: ReadTx, application: Application) -> list[Step]:
    return await store.steps(tx, application.id)


async def follow_progress(tx: WriteTx, who: Caller, message: Question) -> None:
    """Take in what the agency tells of a case. A message that comes late changes the history, not the state."""
    told = message.body
    directory_of(tx.node.country).check_unit(told["unit"], message.client)
    application, at, due = UUID(told["application"]), datetime.fromisoformat(told["at"]), date.fromisoformat(told["due_on"])
    if at > tx.now + CLOCKS_APART:
        raise Invalid("exchange.not_fresh")
    first = await store.put_progress(tx, application, told, at, due)
    step = Step(at=at, state=told["state"], holder=told["holder"], note=told.get("note"))
    if not await store.insert_step(tx, application, step):
        return
    settled_on = tx.node.country.local_date(at)
    progressed = ApplicationProgressed(
        person=told["person"], procedure=told["procedure"], unit=told["unit"], state=told["state"], due_on=due, first=first or told["first"], on_time=settled_on <= due,
    )  # fmt: skip
    await events.append(tx, who, str(application), progressed, case=told["code"], occurred_at=at)
