"""Verification for anyone who holds a document, or its code."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.kernel.errors import BadSignature, NotFound
from dinh.kernel.web.routes import action, page, public
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of
from dinh.vault.verification import service
from dinh.vault.verification.contracts import PublicFacts


@page("/verify", public)
async def verify_form(request: Visit) -> Response[str]:
    return request.page("vault/verify.html", facts=None, findings=None, error=None, problem=None, missing=None)


@page("/verify/{token:str}", public)
async def verify_link(request: Visit, token: FromPath[str]) -> Response[str]:
    """What the QR code opens: a random token, no personal data."""
    try:
        facts = await service.check_link(request.node, token)
    except NotFound:
        return request.page("vault/verify.html", status=404, facts=None, findings=None, error="vault.unknown_link", problem=None, missing=None)
    except BadSignature as error:
        return request.page("vault/verify.html", facts=None, findings=None, error="vault.broken", problem=str(error), missing=None)
    return _answer(request, facts)


@action("/verify", public)
async def verify_file(request: Visit) -> Response[Any]:
    upload = request.posted.uploads.get("file")
    if upload is None or not upload.content or upload.too_large:
        return request.page("vault/verify.html", status=422, facts=None, findings=None, error=None, problem=None, missing="vault.no_file")
    try:
        facts = await service.check_file(request.node, upload.content)
    except BadSignature as error:
        return request.page("vault/verify.html", facts=None, findings=None, error="vault.broken", problem=str(error), missing=None)
    return _answer(request, facts)


def _answer(request: Visit, found: Any) -> Response[str]:
    facts = found if isinstance(found, PublicFacts) else None
    issuer = directory_of(request.node.country).agency(facts.issuer) if facts else None
    findings = None if facts else found
    return request.page("vault/verify.html", facts=facts, issuer=issuer, findings=findings, error=None, problem=None, missing=None)


routes = [verify_form, verify_link, verify_file]
