"""The person's own pages: all documents, one document, its file and its verification sheet."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from dinh.kernel.errors import BadSignature
from dinh.kernel.web.routes import page, represented
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of
from dinh.vault.documents import Document, documents_of, find_document, open_document, openings_of, pdf_of, reader_of, select
from dinh.vault.shares import purpose_words, shares_of
from dinh.vault.shelf import rules
from dinh.vault.verification import check, sheet


@page("/documents", represented("documents"))
async def documents(request: Visit) -> Response[str]:
    async with request.node.read(request.who) as tx:
        every = await documents_of(tx, request.who)
    search = rules.search_of(request.query_params, every)
    found = select(request.node.country, every, search)
    shown = rules.page_of(found, request.query_params.get("page", ""))
    return request.page(
        "vault/documents.html", total=len(every), found=len(found), shown=shown, search=search, agency=directory_of(request.node.country).agency,
        options=_options(request, every), older=rules.address(search, shown.number + 1), newer=rules.address(search, shown.number - 1),
    )  # fmt: skip


def _options(request: Visit, every: list[Document]) -> dict[str, list[dict[str, str]]]:
    """What the person's own documents can be narrowed to; a kind is called after the newest of it."""
    pick, say, agency = request.speaker.pick, request.speaker.say, directory_of(request.node.country).agency
    kinds = {document.kind: pick(document.title) for document in reversed(every)}
    issuers = {document.issuer: pick(agency(document.issuer).name) for document in every}
    states: dict[str, str] = {document.status: say(f"vault.{document.status}") for document in every}
    named: dict[str, dict[str, str]] = {"kind": kinds, "issuer": issuers, "status": states}
    return {name: [{"value": value, "label": label} for value, label in sorted(found.items())] for name, found in named.items()}


@page("/documents/{document:uuid}", represented("documents"))
async def about(request: Visit, document: FromPath[UUID]) -> Response[str]:
    """What it is and whether it holds, now; then whom it was shared with and who opened it."""
    async with request.node.read(request.who) as tx:
        found = await find_document(tx, request.who, document)
        pdf = await pdf_of(tx, found)
        shares = await shares_of(tx, request.who, document)
        openings = await openings_of(tx, document)
    try:
        findings = await check(request.node, pdf)
    except BadSignature:
        findings = []
    return request.page(
        "vault/document.html", document=found, findings=findings, shares=shares, openings=openings, purpose=purpose_words(request),
        issuer=directory_of(request.node.country).agency(found.issuer), lent={lent.share.id: lent for lent in shares},
    )  # fmt: skip


@page("/documents/{document:uuid}/file", represented("documents"))
async def download(request: Visit, document: FromPath[UUID]) -> Response[bytes]:
    reader = reader_of(request.headers.get("user-agent", ""), request.address)
    async with request.node.write(request.who) as tx:
        found, content = await open_document(tx, request.who, document, reader)
    return _pdf(content, "inline", f"{found.name}.pdf")


@page("/documents/{document:uuid}/sheet", represented("documents"))
async def download_sheet(request: Visit, document: FromPath[UUID]) -> Response[bytes]:
    found, content = await sheet(request.node, request.who, document)
    return _pdf(content, "attachment", f"{found.name}-sheet.pdf")


def _pdf(content: bytes, disposition: str, name: str) -> Response[Any]:
    return Response(content, media_type="application/pdf", headers={"content-disposition": f'{disposition}; filename="{name}"'})


routes = [documents, about, download, download_sheet]
