"""Make, see and take back shares; and what the holder of a link sees."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.kernel import ids, printing
from dinh.kernel.caller import system
from dinh.kernel.content import Text
from dinh.kernel.errors import Conflict, Invalid, NotFound
from dinh.kernel.web.routes import action, page, public, signed_in
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of
from dinh.vault.documents import find_document, openings_of, reader_of, vault_rules
from dinh.vault.shares import rules, service
from dinh.vault.shares.contracts import Share, Words
from dinh.vault.verification import facts_of

# The address is the key: it must not travel on as a referrer, nor stand in a search engine.
SECRET = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow, noarchive"}
QUESTIONS = ("purpose", "other", "recipient", "days", "views")


@page("/documents/{document:uuid}/share", signed_in)
async def form(request: Visit, document: FromPath[UUID]) -> Response[str]:
    """The form carries the share's id, so that a second press makes no second share."""
    return await _form(request, document, str(ids.new_id()), {"days": "7"}, {})


async def _form(request: Visit, document: UUID, share: str, said: dict[str, str], wrong: dict[str, str]) -> Response[str]:
    known = vault_rules(request.node.country)
    async with request.node.read(request.who) as tx:
        found = await find_document(tx, request.who, document)
    if found.status != "valid":
        raise Conflict("vault.replaced_not_shared")
    purposes = [{"value": purpose.code, "label": request.speaker.pick(purpose.title)} for purpose in known.purposes]
    return request.page(
        "vault/share_form.html", status=422 if wrong else 200, document=found, share=share, said=dict.fromkeys(QUESTIONS, "") | said, wrong=wrong,
        purposes=purposes, days=[{"value": str(days), "label": request.speaker.say("vault.days", n=days)} for days in known.days],
    )  # fmt: skip


@action("/documents/{document:uuid}/share", signed_in)
async def make(request: Visit, document: FromPath[UUID]) -> Response[Any]:
    known, day = vault_rules(request.node.country), request.node.country.local_date
    said = rules.typed(known, request.posted.values)
    try:
        share = UUID(request.posted.get("share"))
    except ValueError as error:
        raise Invalid from error
    async with request.node.write(request.who) as tx:
        wrong = rules.faults(known, said, day(tx.now))
        if not wrong:
            await service.share(tx, request.who, document, share, rules.wish_of(said))
    return await _form(request, document, str(share), said, wrong) if wrong else request.go(f"/documents/shares/{share}")


@page("/documents/shares", signed_in)
async def mine(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        found = await service.shares_of(tx, request.who)
    active = sum(lent.state == "open" for lent in found)
    return request.page("vault/shares.html", shares=found, active=active, purpose=purpose_words(request))


@page("/documents/shares/{share:uuid}", signed_in)
async def one(request: Visit, share: FromPath[UUID]) -> Response[str]:
    async with request.node.read(request.who) as tx:
        lent = await service.lent(tx, request.who, share)
        openings = await openings_of(tx, lent.document.id, share)
    qr = printing.qr_image(lent.link) if lent.link else ""
    return request.page("vault/share.html", lent=lent, openings=openings, qr=qr, purpose=purpose_words(request))


@action("/documents/shares/{share:uuid}/revoke", signed_in)
async def take_back(request: Visit, share: FromPath[UUID]) -> Response[Any]:
    async with request.node.write(request.who) as tx:
        await service.revoke(tx, request.who, share)
    return request.go(f"/documents/shares/{share}")


@page("/shared/{token:str}", public)
async def shared(request: Visit, token: FromPath[str]) -> Response[Any]:
    return await _open(request, token, "page")


@page("/shared/{token:str}/file", public)
async def shared_file(request: Visit, token: FromPath[str]) -> Response[Any]:
    return await _open(request, token, "file")


async def _open(request: Visit, token: str, what: service.What) -> Response[Any]:
    """One page for every link that does not open: it says nothing about what was behind it."""
    reader = reader_of(request.headers.get("user-agent", ""), request.address)
    try:
        if request.head:
            return await _looked_at(request, token, what)
        found = await service.open_shared(request.node, token, what, reader)
    except NotFound:
        return _secret(request.page("vault/shared_gone.html", status=404))
    if found is None:
        return _secret(request.page("vault/shared_gone.html", status=410))
    if what == "file":
        disposition = f'attachment; filename="{found.document.name}.pdf"'
        return _secret(Response(found.pdf, media_type="application/pdf", headers={"content-disposition": disposition}))
    facts = facts_of(found.document, found.findings or [])
    return _secret(
        request.page(
            "vault/shared.html", facts=facts, holds=found.findings is not None, share=found.share, words=found.words, path=f"/shared/{token}",
            issuer=directory_of(request.node.country).agency(facts.issuer), purpose=purpose_words(request),
        )
    )  # fmt: skip


async def _looked_at(request: Visit, token: str, what: service.What) -> Response[Any]:
    """HEAD, as programs that preview or check links send it: whether the link opens, and nothing that is behind it."""
    async with request.node.read(system("shared")) as tx:
        opens = await service.opens(tx, token)
    media_type = "application/pdf" if what == "file" and opens else "text/html"
    return _secret(Response(b"", media_type=media_type, status_code=200 if opens else 410))


def _secret(response: Response[Any]) -> Response[Any]:
    response.headers.update(SECRET)
    return response


def purpose_words(request: Visit) -> Callable[[Share, Words], str]:
    """The purpose as people read it: the person's own words where they chose to say it themselves."""
    titles: dict[str, Text] = {purpose.code: purpose.title for purpose in vault_rules(request.node.country).purposes}

    def say(share: Share, words: Words) -> str:
        return words.other or (request.speaker.pick(titles[share.purpose]) if share.purpose in titles else share.purpose)

    return say


routes = [form, make, mine, one, take_back, shared, shared_file]
