"""Verify a document for anyone, and print what was found for its person."""

import base64
import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from dinh.kernel import events, keys, printing
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import BadSignature, Conflict, NotFound
from dinh.kernel.node import Node
from dinh.kernel.texts import Speaker, Texts
from dinh.offices import directory_of
from dinh.trust import Finding, verify
from dinh.vault.documents import Document, Roots, document_by_hash, document_by_token, find_document, pdf_of, put_link, vault_rules
from dinh.vault.verification.contracts import PublicFacts, SheetIssued


async def check_link(node: Node, token: str) -> PublicFacts:
    """Verify the stored document behind a printed QR code, now. Raises NotFound, BadSignature."""
    async with node.read(system("verify")) as tx:
        document = await document_by_token(tx, token)
        if document is None:
            raise NotFound
        pdf = await pdf_of(tx, document)
    return facts_of(document, await check(node, pdf))


async def check_file(node: Node, pdf: bytes) -> PublicFacts | list[Finding]:
    """Verify a file that someone holds. Known ones come with their status; raises BadSignature for what does not hold."""
    findings = await check(node, pdf)
    async with node.read(system("verify")) as tx:
        document = await document_by_hash(tx, hashlib.sha256(pdf).digest())
    return facts_of(document, findings) if document else findings


async def check(node: Node, pdf: bytes) -> list[Finding]:
    """Every signature, against the roots that this node trusts. Raises BadSignature."""
    return await verify(pdf, node.part(Roots))


def facts_of(document: Document, findings: list[Finding]) -> PublicFacts:
    """Officials are named by post and agency, the person whose document it is not at all."""
    return PublicFacts(
        title=document.title, issuer=document.issuer, issued_on=document.issued_on, status=document.status, superseded_at=document.superseded_at,
        signatures=[", ".join(part for part in (finding.post, finding.organisation) if part) for finding in findings],
    )  # fmt: skip


async def sheet(node: Node, who: Caller, document_id: UUID) -> tuple[Document, bytes]:
    """The verification sheet of the person's own document, with the document itself as attachment.

    Raises Conflict when a signature does not hold: there is nothing to certify then.
    """
    async with node.read(who) as tx:
        document = await find_document(tx, who, document_id)
        pdf = await pdf_of(tx, document)
    try:
        findings = await check(node, pdf)
    except BadSignature as error:
        raise Conflict("vault.not_genuine") from error
    token = _token(node, document)
    async with node.write(who) as tx:
        await put_link(tx, token, document)
        await events.append(tx, who, document.person, SheetIssued(document=str(document.id)), case=document.case_code)
        made_at = tx.now
    link = f"{node.origin_of(node.country.portal)}/verify/{token}"
    template = node.country.folder / vault_rules(node.country).sheet
    data = _data(node, document, pdf, findings, link, made_at)
    return document, printing.render(template, data, link, made_at, attached=pdf)


def _token(node: Node, document: Document) -> str:
    """One code for all sheets of a document. It follows from the node's key; the database keeps its hash alone."""
    return base64.urlsafe_b64encode(keys.pseudonym(node, "sheet", str(document.id))).decode().rstrip("=")


def _data(node: Node, document: Document, pdf: bytes, findings: list[Finding], link: str, made_at: datetime) -> dict[str, Any]:
    """In the country's first language, as every paper."""
    country, first = node.country, node.country.languages[0]
    speaker = node.part(Texts).speaker(first)
    issuer = directory_of(country).agency(document.issuer)
    return {
        "agency": directory_of(country).agency(node.plan.operator).name[first], "title": speaker.pick(document.title), "issuer": speaker.pick(issuer.name),
        "issued_on": speaker.short_date(document.issued_on), "valid": document.status == "valid",
        "superseded_on": speaker.short_date(document.superseded_at) if document.superseded_at else "", "sha256": document.sha256.hex(),
        "size": speaker.number(len(pdf)), "file": f"{document.name}.pdf", "checked_at": speaker.moment(made_at), "link": link,
        "signatures": [_signature(speaker, finding) for finding in findings], "synthetic": not node.settings.production,
    }  # fmt: skip


def _signature(speaker: Speaker, finding: Finding) -> dict[str, str]:
    return {
        "signer": finding.signer, "post": finding.post or "", "organisation": finding.organisation or "", "serial": f"{finding.serial:x}",
        "issuer": finding.issuer, "valid_from": speaker.short_date(finding.valid_from), "valid_until": speaker.short_date(finding.valid_until),
        "signed_at": speaker.moment(finding.signed_at) if finding.signed_at else "",
    }  # fmt: skip
