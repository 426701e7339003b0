"""Machine API of cases: /api/cases/v1. A signed-in official enters cases and reads those of their unit."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import FromPath, JSONBody

from dinh.cases.desk import Case, NewCase, find, find_application, receive
from dinh.cases.procedures import catalogue_of
from dinh.kernel import ids
from dinh.kernel.web.bodies import composed
from dinh.kernel.web.routes import api_get, api_post, duty, officer
from dinh.kernel.web.visit import Visit


class CounterCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`applicant` is the person's reference, as the population register gave it. `request_id` makes a repeated request harmless."""

    procedure: Annotated[str, msgspec.Meta(max_length=20)]
    applicant: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f-]{36}$")]
    answers: dict[str, str]
    request_id: UUID | None = None


class CaseSummary(msgspec.Struct, frozen=True):
    code: str
    procedure: str
    unit: str
    state: str
    received_at: datetime
    due_on: date


def _summary(case: Case) -> CaseSummary:
    return CaseSummary(case.code, case.procedure, case.unit, case.state, case.received_at, case.due_on)


@api_post("/api/cases/v1/cases", duty("handle"))
async def enter_case(request: Visit, data: JSONBody[CounterCase]) -> CaseSummary:
    """Enter a case at the counter of the official's own unit: numbered, its clock started, the portal told."""
    async with request.node.write(request.who) as tx:
        known = await find_application(tx, data.request_id) if data.request_id else None
        if known:
            return _summary(known)
        today = tx.node.country.local_date(tx.now)
        procedure = catalogue_of(request.node.country).on(data.procedure, today)
        new = NewCase(
            application=data.request_id or ids.new_id(), person=data.applicant, procedure=data.procedure, version=procedure.valid_from,
            unit=request.who.units[0], submitted_at=tx.now, channel="direct",
            answers={name: composed(text) for name, text in data.answers.items()},
        )  # fmt: skip
        return _summary(await receive(tx, request.who, new))


@api_get("/api/cases/v1/cases/{code:str}", officer)
async def read_case(request: Visit, code: FromPath[str]) -> CaseSummary:
    """One case of the official's unit, without its content."""
    async with request.node.read(request.who) as tx:
        return _summary(await find(tx, code))


api_routes = [enter_case, read_case]
