"""Word a slip for a reader, and print it in the country's first language."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from dinh.cases.guide import documents_of
from dinh.cases.procedures import SlipKind, catalogue_of
from dinh.cases.slips.contracts import CaseFacts, Sheet, SheetRow, Slip
from dinh.kernel import printing
from dinh.kernel.node import Node
from dinh.kernel.texts import Speaker, Texts
from dinh.offices import directory_of, post_title

# Documents of this very case: added, shown at the counter, or replaced by data.
FILED = {"needed", "present", "replaced"}


def sheet_of(node: Node, speaker: Speaker, facts: CaseFacts, slip: Slip) -> Sheet:
    """A slip as its reader sees it."""
    rows = [*_about(speaker, facts), *_SPECIAL[slip.kind](speaker, facts, slip)]
    fields = facts.procedure.form.fields
    items = [speaker.pick(fields[name].label) for name in slip.content.fields if name in fields]
    return _sheet(
        node, speaker, slip.kind, facts.agency, number=f"{facts.code}/{slip.name}", rows=rows, lead=speaker.say(f"cases.slip_lead_{slip.kind}"),
        items=items, items_title=speaker.say("cases.slip_items") if items else "", closing=speaker.say(f"cases.slip_closing_{slip.kind}"),
        post=speaker.pick(post_title(node.country, slip.post, node.country.local_date(slip.issued_at))), issued=speaker.moment(slip.issued_at),
    )  # fmt: skip


def receipt_of(node: Node, speaker: Speaker, facts: CaseFacts) -> Sheet:
    """The receipt: what was filed, what data replaced, and when the result is due."""
    procedure, day = facts.procedure, node.country.local_date(facts.received_at)
    fee = procedure.fee(day, facts.answers)
    rows = [
        *_about(speaker, facts),
        SheetRow(speaker.say("cases.how_long"), speaker.pick(procedure.deadline.text)),
        SheetRow(speaker.say("cases.slip_due"), speaker.long_date(facts.due_on), strong=True),
        SheetRow(speaker.say("cases.slip_where"), speaker.say("cases.slip_where_warehouse")),
        *([SheetRow(speaker.say("cases.how_much"), speaker.pick(fee.text))] if fee else []),
    ]
    how = {"replaced": speaker.say("cases.slip_by_data")}
    table = [
        [str(at), speaker.pick(line.document.title), how.get(line.state, speaker.say("cases.slip_electronic"))]
        for at, line in enumerate((line for line in documents_of(procedure, facts.answers, day) if line.state in FILED), 1)
    ]
    columns = [speaker.say(f"cases.slip_column_{name}") for name in ("number", "document", "how")]
    return _sheet(
        node, speaker, "receipt", facts.agency, number=facts.code, rows=rows, columns=columns, table=table,
        closing=speaker.say("cases.slip_closing_receipt"), issued=speaker.moment(facts.received_at),
    )  # fmt: skip


def table_of(
    node: Node,
    speaker: Speaker,
    kind: SlipKind,
    agency: str,
    number: str,
    rows: list[SheetRow],
    columns: list[str],
    table: list[list[str]],
    at: datetime,
) -> Sheet:
    """A sheet that is a list: the control slip, the register."""
    return _sheet(node, speaker, kind, agency, number=number, rows=rows, columns=columns, table=table, issued=speaker.moment(at))


def printed(node: Node, make: Callable[[Speaker], Sheet], path: str, at: datetime) -> bytes:
    """PDF/UA of the sheet that `make` words in the country's first language; `path` on this node's host is in its QR code."""
    country = node.country
    sheet = make(node.part(Texts).speaker(country.languages[0]))
    return printing.render(country.folder / catalogue_of(country).rules.slip_template, _plain(sheet), f"{node.origin}{path}", at)


def _plain(sheet: Sheet) -> dict[str, Any]:
    return {
        "title": sheet.title, "form": sheet.form, "number": sheet.number, "agency": sheet.agency, "upper_agency": sheet.upper_agency,
        "lead": sheet.lead, "rows": [[row.label, row.value, row.strong] for row in sheet.rows], "items_title": sheet.items_title, "items": sheet.items,
        "columns": sheet.columns, "table": sheet.table, "closing": sheet.closing, "post": sheet.post, "issued": sheet.issued,
        "synthetic": sheet.synthetic,
    }  # fmt: skip


def _sheet(node: Node, speaker: Speaker, kind: SlipKind, agency: str, **parts: Any) -> Sheet:
    rule, directory = catalogue_of(node.country).rules.slips[kind], directory_of(node.country)
    own = directory.agency(agency)
    upper = directory.agencies.get(own.parent or "")
    return Sheet(
        title=speaker.pick(rule.title), form=rule.form, agency=speaker.pick(own.name), upper_agency=speaker.pick(upper.name) if upper else "",
        synthetic=not node.settings.production, **parts,
    )  # fmt: skip


def _about(speaker: Speaker, facts: CaseFacts) -> list[SheetRow]:
    say = speaker.say
    return [
        SheetRow(say("cases.slip_case"), facts.code, strong=True),
        SheetRow(say("cases.slip_applicant"), facts.applicant, strong=True),
        *([SheetRow(say("cases.slip_address"), facts.address)] if facts.address else []),
        SheetRow(say("cases.slip_procedure"), f"{speaker.pick(facts.procedure.title)} ({facts.procedure.code})"),
        SheetRow(say("cases.slip_received"), speaker.moment(facts.received_at)),
    ]


def _reasons(speaker: Speaker, _: CaseFacts, slip: Slip) -> list[SheetRow]:
    rows = [SheetRow(speaker.say("cases.slip_reason"), slip.content.reason, strong=True)]
    if slip.content.reference:
        rows.append(SheetRow(speaker.say("cases.slip_reference"), slip.content.reference))
    return rows


def _days(speaker: Speaker, facts: CaseFacts, slip: Slip) -> list[SheetRow]:
    def day(value: date | None) -> str:
        return speaker.long_date(value) if value else ""

    return [
        SheetRow(speaker.say("cases.slip_old_day"), day(slip.content.before)),
        SheetRow(speaker.say("cases.slip_new_day"), day(slip.content.on), strong=True),
        *_reasons(speaker, facts, slip),
    ]


_SPECIAL: dict[SlipKind, Callable[[Speaker, CaseFacts, Slip], list[SheetRow]]] = {
    "supplement": _reasons, "refusal": _reasons, "stop": _reasons, "withdrawal": _reasons, "apology": _days,
}  # fmt: skip
