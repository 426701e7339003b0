"""/my-data: every access to a person's data, from every node, in plain words; and the same to take away."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath

from dinh.exchange.accesslog import RECENT_DAYS, Entry
from dinh.exchange.mydata import rules, service
from dinh.exchange.mydata.contracts import CAP, Asked, Gathered
from dinh.exchange.mydata.plugs import ComplaintPath, OwnCases, Views
from dinh.exchange.mydata.wording import Wording
from dinh.exchange.proofs import ProofFile
from dinh.kernel import clock
from dinh.kernel.errors import Invalid
from dinh.kernel.web.routes import page, represented
from dinh.kernel.web.visit import Visit

SCHEMA = "urn:dinh:access-log:1"
COLUMNS = ("at", "who", "agency", "what", "purpose", "basis", "basis_checked", "case", "own", "reference")


@page("/my-data", represented("my_data"))
async def my_data(request: Visit) -> Response[str]:
    node, zone = request.node, request.node.country.zone
    asked = rules.asked_of(request.query_params, zone)
    found = await service.gather_log(node, request.who, asked.wanted)
    words = Wording(node, request.speaker)
    links, mandates = ({name for name, view in node.part(Views).items() if getattr(view, mark)} for mark in ("by_link", "by"))
    return request.page(
        "exchange/my_data.html", status=422 if asked.wrong else 200, asked=asked, total=found.log.total, silent=found.silent, apart=found.apart, words=words,
        days=rules.by_day(found.log.entries, zone), recent=rules.recent_of(found.log.tally, links, mandates), recent_days=RECENT_DAYS, cap=CAP,
        provable=any(entry.provable for entry in found.log.entries), unprovable=any(not entry.provable for entry in found.log.entries),
        options=_options(found, words), cases=await _own_cases(request), complain=node.part(ComplaintPath).about, local=node.country.local,
        **_addresses(request, asked, found),
    )  # fmt: skip


async def _own_cases(request: Visit) -> dict[str, str]:
    async with request.node.read(request.who) as tx:
        return await request.node.part(OwnCases).find(tx, request.who)


def _options(found: Gathered, words: Wording) -> dict[str, list[dict[str, str]]]:
    """What this person's log can be narrowed to, by name."""
    named = {
        "agency": {one.agency: words.agency(one.agency) for one in found.log.tally if one.agency},
        "purpose": {one.purpose: words.purpose(one.purpose, one.what) for one in found.log.tally},
    }  # fmt: skip
    return {
        field: [{"value": value, "label": label} for value, label in sorted(labels.items(), key=lambda one: one[1])]
        for field, labels in named.items()
    }


def _addresses(request: Visit, asked: Asked, found: Gathered) -> dict[str, str]:
    """Of the pages before and after, and of the exports of the same filter."""
    entries = found.log.entries
    more = len(entries) == asked.wanted.limit
    return {
        "older": f"/my-data?{rules.query_of(asked, before=rules.mark_of(entries[-1]))}" if more else "",
        "newest": f"/my-data?{rules.query_of(asked)}" if request.query_params.get("before") else "",
        "csv": f"/my-data/export?{rules.query_of(asked, format='csv')}", "json": f"/my-data/export?{rules.query_of(asked, format='json')}",
        "proof": f"/my-data/export?{rules.query_of(asked, format='proof')}",
    }  # fmt: skip


@page("/my-data/export", represented("my_data"))
async def export(request: Visit) -> Response[bytes]:
    """The filtered log as a file, recorded before it leaves. Whether it is complete stands in the file itself."""
    asked, kind = rules.asked_of(request.query_params, request.node.country.zone), request.query_params.get("format", "")
    if kind not in {"csv", "json", "proof"}:
        raise Invalid("exchange.no_format")
    if asked.wrong:
        raise Invalid(fields=asked.wrong)
    found = await service.gather_all(request.node, request.who, asked.wanted)
    proofs = await service.gather_proofs(request.node, request.who, found.log.entries) if kind == "proof" else None
    async with request.node.write(request.who) as tx:
        await service.keep_export(tx, request.who, kind, found)
    if proofs:
        return _file(proofs, "my-data-proof")
    words = Wording(request.node, request.speaker)
    content = _csv(request, found, words) if kind == "csv" else _json(request, asked, found, words)
    name = f"my-data-{request.node.country.local_date(clock.now())}.{kind}"
    media = "text/csv" if kind == "csv" else "application/json"
    return Response(content, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})


@page("/my-data/proof/{node:str}/{entry:uuid}", represented("my_data"))
async def proof(request: Visit, node: FromPath[str], entry: FromPath[UUID]) -> Response[bytes]:
    """That one entry was committed, to be checked by `dinh verify access`. Nobody gets one of an entry that they are not shown."""
    found = Entry(id=entry, at=clock.now(), agency="", purpose="", legal_basis="", what="", provable=True, node=node)
    return _file(await service.gather_proofs(request.node, request.who, [found]), f"my-data-proof-{entry}")


def _file(proofs: ProofFile, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}.json"'}
    return Response(msgspec.json.encode(proofs), media_type="application/json", headers=headers)


def _csv(request: Visit, found: Gathered, words: Wording) -> bytes:
    """Its last rows say what is missing, if anything is."""
    say = request.speaker.say
    head = [say(f"exchange.column_{name}") for name in COLUMNS]
    rows = [[str(row[name]) for name in COLUMNS] for row in (_row(request, entry, words) for entry in found.log.entries)]
    return rules.table([head, *rows, *([note] for note in _missing(request, found, words))])


def _row(request: Visit, entry: Entry, words: Wording) -> dict[str, Any]:
    say = request.speaker.say
    return {
        "at": request.node.country.local(entry.at).isoformat(sep=" ", timespec="seconds"), "who": words.who(entry), "agency": entry.agency,
        "what": words.what(entry), "purpose": words.purpose(entry.purpose, entry.what), "basis": entry.legal_basis,
        "basis_checked": say("kernel.no" if words.unverified(entry) else "kernel.yes"), "case": entry.case or "",
        "own": say("kernel.yes" if entry.own else "kernel.no"), "reference": str(entry.id),
    }  # fmt: skip


def _missing(request: Visit, found: Gathered, words: Wording) -> list[str]:
    say, total, kept = request.speaker.say, found.log.total, len(found.log.entries)
    cut = [say("exchange.export_cut", kept=request.speaker.number(kept), total=request.speaker.number(total))] if total > kept else []
    silent = [say("exchange.export_silent", agency=words.agency(code)) for code in found.silent]
    return cut + silent + [say("exchange.apart", member=words.agency(code)) for code in found.apart]


def _json(request: Visit, asked: Asked, found: Gathered, words: Wording) -> bytes:
    entries = [
        msgspec.to_builtins(entry) | {"who": words.who(entry), "what_title": words.what(entry), "purpose_title": words.purpose(entry.purpose, entry.what),
         "basis_checked": not words.unverified(entry)}
        for entry in found.log.entries
    ]  # fmt: skip
    return msgspec.json.encode(
        {
            "schema": SCHEMA, "made_at": clock.now(), "language": request.language, "filter": {name: text for name, text in asked.typed.items() if text},
            "complete": found.complete, "total": found.log.total, "not_asked": [*found.silent, *found.apart], "notes": _missing(request, found, words), "entries": entries,
        }
    )  # fmt: skip


routes = [my_data, export, proof]
