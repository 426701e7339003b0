"""The operator's page of the last retention run, and the same as PDF."""

from typing import Any

from litestar import Response

from dinh.app.operator import OPERATE
from dinh.app.retention import service
from dinh.app.retention.contracts import ClassReport, RunReport
from dinh.cases import catalogue_of
from dinh.kernel import printing
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.kernel.retention import classes_of
from dinh.kernel.texts import Speaker, Texts
from dinh.kernel.web.routes import entrusted, page
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of

operator = entrusted(OPERATE)
PATH = "/operator/retention"


@page(PATH, operator)
async def show(request: Visit) -> Response[str]:
    report = service.latest(request.node)
    return request.page("app/retention.html", report=report, kept=lambda one: kept_words(request.speaker, one), classes=_waiting(request))


def _waiting(request: Visit) -> list[Any]:
    """What the country says of this node's kinds of records, also before the first run."""
    offered = request.node.part(service.Offered)
    return [one for one in classes_of(request.node.country) if one.kind in offered]


@page(f"{PATH}/pdf", operator)
async def pdf(request: Visit) -> Response[bytes]:
    report = service.latest(request.node)
    if report is None:
        raise NotFound
    name = f"retention-{report.node}-{request.node.country.local_date(report.at)}.pdf"
    return Response(printed(request.node, report), media_type="application/pdf", headers={"content-disposition": f'inline; filename="{name}"'})


def kept_words(speaker: Speaker, one: Any) -> str:
    """How long, and from when."""
    time = speaker.say("app.kept_years", n=one.years) if one.years else speaker.say("app.kept_days", n=one.days)
    return f"{time} {speaker.say(f'app.counted_{one.counted}')}"


def printed(node: Node, report: RunReport) -> bytes:
    """PDF/UA in the country's first language, in the shape of every slip."""
    speaker = node.part(Texts).speaker(node.country.languages[0])
    say, number = speaker.say, speaker.number
    operator_ = directory_of(node.country).agency(node.plan.operator)
    proof = report.proof
    proved = [
        [say("app.keys_destroyed"), number(proof.destroyed), True], [say("app.files_removed"), number(proof.files_removed), False],
        [say("app.events_intact"), number(proof.events_verified), False], [say("app.backup_keys"), say(backup_words(report)), False],
    ] if proof else []  # fmt: skip
    data = {
        "title": say("app.retention_title"), "form": "", "number": report.at.strftime("%Y%m%d-%H%M%S"), "agency": speaker.pick(operator_.name),
        "upper_agency": "", "lead": say("app.retention_lead"), "rows": [[say("app.retention_at"), speaker.moment(report.at), True], *proved],
        "items_title": say("app.retention_held"), "items": [f"{held.reference}: {say(held.reason)}" for one in report.classes for held in one.holds],
        "columns": [say(f"app.column_{name}") for name in ("class", "kept", "over", "disposed", "held")],
        "table": [_line(speaker, one) for one in report.classes], "closing": "", "post": "", "issued": speaker.moment(report.at),
        "synthetic": not node.settings.production,
    }  # fmt: skip
    return printing.render(node.country.folder / catalogue_of(node.country).rules.slip_template, data, f"{node.origin}{PATH}", report.at)


def backup_words(report: RunReport) -> str:
    left = report.proof.backup_keys_left if report.proof else None
    return "app.backup_none" if left is None else "app.backup_open" if left else "app.backup_closed"


def _line(speaker: Speaker, one: ClassReport) -> list[str]:
    basis = one.basis + (f" ({speaker.say('exchange.unverified')})" if one.ref == "unverified" else "")
    numbers = [speaker.number(value) for value in (one.due, one.disposed, one.held)]
    return [speaker.pick(one.title), f"{kept_words(speaker, one)}. {basis}", *numbers]


routes = [show, pdf]
