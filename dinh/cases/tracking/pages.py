"""The citizen's pages of a filed case: status and receipt."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.cases.applications import Application, Draft, procedure_of, view
from dinh.cases.clocks import calendar_of, working_days_left
from dinh.cases.procedures import Procedure, catalogue_of
from dinh.cases.tracking.service import steps_of
from dinh.exchange import gather
from dinh.kernel import printing
from dinh.kernel.errors import NotFound
from dinh.kernel.texts import Texts
from dinh.kernel.transactions import ReadTx
from dinh.kernel.web.routes import page, signed_in
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of, post_title

SEEN = 5


@page("/cases/{code:str}", signed_in)
async def status(request: Visit, code: FromPath[str]) -> Response[str]:
    """Where the case is, in one sentence; then what happened and who has it."""
    async with request.node.read(request.who) as tx:
        found, draft = await view(tx, request.who, code)
        context = await _status(tx, request, found, draft)
    entries, _ = await gather(request.node, request.who)
    seen = [entry for entry in entries if entry.case in {found.code, str(found.id)}][:SEEN]
    return request.page("cases/status.html", application=found, entries=seen, **context)


async def _status(tx: ReadTx, request: Visit, found: Application, draft: Draft) -> dict[str, Any]:
    procedure, country = procedure_of(tx, found), request.node.country
    today = country.local_date(tx.now)
    left = working_days_left(calendar_of(country, procedure.deadline.calendar), today, found.due_on) if found.due_on else 0
    return {
        "procedure": procedure, "heading": draft.answers.get(procedure.heading_field, ""), "left": left,
        "steps": await steps_of(tx, found), "states": catalogue_of(country).rules.states,
        "post": lambda post: request.speaker.pick(post_title(country, post, today)), "agency": directory_of(country).agency,
        "unit": directory_of(country).full_name(found.unit, today) if found.unit else "",
    }  # fmt: skip


@page("/cases/{code:str}/receipt", signed_in)
async def receipt(request: Visit, code: FromPath[str]) -> Response[bytes]:
    """The receipt slip. Its data were fixed at submission; the PDF is rendered when it is opened."""
    async with request.node.read(request.who) as tx:
        found, draft = await view(tx, request.who, code)
        procedure = procedure_of(tx, found)
    if found.submitted_at is None or found.due_on is None:
        raise NotFound
    data = _receipt(request, found, draft, procedure)
    template = request.node.country.folder / procedure.receipt_template
    pdf = printing.render(template, data, f"{request.node.origin}/cases/{found.code}", found.submitted_at)
    return Response(pdf, media_type="application/pdf", headers={"content-disposition": f'inline; filename="{found.code}.pdf"'})


def _receipt(request: Visit, found: Application, draft: Draft, procedure: Procedure) -> dict[str, Any]:
    country, first = request.node.country, request.node.country.languages[0]
    speaker, directory = request.node.part(Texts).speaker(first), directory_of(country)
    agency = directory.agency_of_unit(found.unit or "")
    local = country.local(found.submitted_at) if found.submitted_at else None
    documents = [{"name": document.title[first], "replaced": document.state == "replaced"} for document in procedure.documents]
    fee = procedure.fee(country.local_date(found.submitted_at)) if found.submitted_at else None
    return {
        "agency": agency.name[first], "case_number": found.code, "procedure": f"{procedure.title[first]} ({procedure.code})",
        "applicant": {"name": draft.answers.get("applicant_name", ""), "address": draft.answers.get("applicant_address", "")},
        "documents": documents, "term": procedure.deadline.text[first], "received_at": speaker.moment(local) if local else "",
        "due_at": speaker.short_date(found.due_on) if found.due_on else "", "fee": fee.text[first] if fee else "",
        "synthetic": not request.node.settings.production,
    }  # fmt: skip


routes = [status, receipt]
