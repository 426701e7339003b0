"""The control slip of a case (form 06) and the register of cases (form 07), made from what was recorded."""

from datetime import date, datetime, time, timedelta

from dinh.cases.desk import Case
from dinh.cases.procedures import catalogue_of
from dinh.cases.records import rules, store
from dinh.cases.records.contracts import Leg
from dinh.cases.slips import Sheet, SheetRow, table_of
from dinh.kernel import events
from dinh.kernel.node import Node
from dinh.kernel.texts import Speaker
from dinh.kernel.transactions import ReadTx
from dinh.offices import post_title

LIMIT = 1_000
Line = tuple[str, str, datetime, date, datetime | None, str]


async def legs_of(tx: ReadTx, case: Case) -> list[Leg]:
    return rules.legs(await events.read_history(tx, case.code))


def control_of(node: Node, speaker: Speaker, case: Case, found: list[Leg], at: datetime) -> Sheet:
    """Who had the case, from when to when, as the events tell it."""
    day = node.country.local_date(at)
    table = [
        [
            str(number), speaker.say(f"cases.stage_{leg.stage}"), speaker.pick(post_title(node.country, leg.post, day)) if leg.post else "",
            speaker.moment(leg.since), speaker.moment(leg.until) if leg.until else "",
        ]
        for number, leg in enumerate(found, 1)
    ]  # fmt: skip
    columns = [speaker.say(f"cases.slip_column_{name}") for name in ("number", "what", "post", "from", "to")]
    procedure = catalogue_of(node.country).version(case.procedure, case.version)
    rows = [
        SheetRow(speaker.say("cases.slip_case"), case.code, strong=True),
        SheetRow(speaker.say("cases.slip_procedure"), f"{speaker.pick(procedure.title)} ({case.procedure})"),
        SheetRow(speaker.say("cases.slip_received"), speaker.moment(case.received_at)),
        SheetRow(speaker.say("cases.slip_due"), speaker.long_date(case.due_on)),
    ]
    return table_of(node, speaker, "control", case.agency, f"{case.code}/control", rows, columns, table, at)


async def register(tx: ReadTx, since: date, until: date) -> tuple[list[Line], int]:
    """Cases of the caller's units received from `since` to `until`, both included, at most LIMIT; and how many there are."""
    zone = tx.node.country.zone
    first, last = (datetime.combine(day, time(), zone) for day in (since, until + timedelta(days=1)))
    catalogue = catalogue_of(tx.node.country)
    rows = await store.received(tx, first, last, LIMIT)
    lines = [
        (row["code"], row["procedure"], row["received_at"], row["due_on"], row["settled_at"], row["state"])
        for row in rows
        if row["procedure"] in catalogue.versions
    ]
    return lines, len(lines) if len(rows) < LIMIT else await store.count_received(tx, first, last)


def counted(speaker: Speaker, shown: int, every: int) -> str:
    """How many cases a register lists, and that it was cut."""
    return speaker.say("cases.register_first", shown=speaker.number(shown), every=speaker.number(every)) if shown < every else speaker.number(every)


def register_of(node: Node, speaker: Speaker, agency: str, lines: list[Line], every: int, since: date, until: date, at: datetime) -> Sheet:
    """Without names: who opens a case is recorded, who sees a list is not."""
    catalogue = catalogue_of(node.country)
    table = [
        [
            code, speaker.pick(catalogue.versions[procedure][-1].title), speaker.moment(received), speaker.short_date(due),
            speaker.moment(settled) if settled else "", speaker.pick(catalogue.rules.states[state].title),  # type: ignore[index]
        ]
        for code, procedure, received, due, settled, state in lines
    ]  # fmt: skip
    columns = [speaker.say(f"cases.slip_column_{name}") for name in ("case", "procedure", "received", "due", "settled", "state")]
    rows = [
        SheetRow(speaker.say("cases.register_since"), speaker.long_date(since)),
        SheetRow(speaker.say("cases.register_until"), speaker.long_date(until)),
        SheetRow(speaker.say("cases.register_count"), counted(speaker, len(lines), every), strong=True),
    ]
    return table_of(node, speaker, "register", agency, f"{since.isoformat()}/{until.isoformat()}", rows, columns, table, at)
