"""Take documents in, show them to their person, and verify them for anyone."""

import base64
import hashlib
from datetime import date
from uuid import UUID

from cryptography import x509

from dinh.exchange import Question
from dinh.kernel import events, files, ids, keys
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import Finding, verify
from dinh.vault import store
from dinh.vault.contracts import Document, DocumentDeposited, DocumentOpened, PublicFacts


class Roots(list[x509.Certificate]):
    """The certificate authorities that this node trusts; plugged in by app."""


async def deposit(tx: WriteTx, who: Caller, message: Question) -> None:
    """Take in a signed result. Its signatures must hold; the same result twice is one document."""
    body = message.body
    content = base64.b64decode(body["pdf"])
    await verify(content, tx.node.part(Roots))
    key = await keys.for_scope(tx, f"person:{body['person']}")
    file = await files.put(tx, content, key)
    document = Document(
        id=ids.new_id(), person=body["person"], kind=body["kind"], title=body["title"], issuer=message.client,
        issued_on=date.fromisoformat(body["issued_on"]), case_code=body["case"], file=file.id, sha256=file.sha256, status="valid", deposited_at=tx.now,
    )  # fmt: skip
    if await store.insert(tx, document, ids.digest(body["token"])):
        deposited = DocumentDeposited(person=document.person, document=str(document.id), kind=document.kind, sha256=file.sha256.hex())
        await events.append(tx, who, document.person, deposited, case=document.case_code)


async def documents_of(tx: ReadTx, who: Caller) -> list[Document]:
    return await store.of_person(tx, who.person or "")


async def open_document(tx: WriteTx, who: Caller, document: UUID) -> tuple[Document, bytes]:
    """The person's own document with its bytes. Raises NotFound for anyone else's."""
    found = await store.one(tx, document)
    if found is None:
        raise NotFound(subject=f"document:{document}")
    _, content = await files.get(tx, found.file)
    await events.append(tx, who, found.person, DocumentOpened(document=str(document)), case=found.case_code)
    return found, content


async def check_link(node: Node, token: str) -> PublicFacts:
    """Verify the stored document behind a printed QR code, now. Raises NotFound, BadSignature."""
    async with node.read(system("verify")) as tx:
        document = await store.by_token(tx, ids.digest(token))
        if document is None:
            raise NotFound
        _, content = await files.get(tx, document.file)
    findings = await verify(content, node.part(Roots))
    return _facts(document, findings)


async def check_file(node: Node, content: bytes) -> PublicFacts | list[Finding]:
    """Verify a file that someone holds. Known ones come with their status; raises BadSignature for what does not hold."""
    findings = await verify(content, node.part(Roots))
    async with node.read(system("verify")) as tx:
        document = await store.by_sha256(tx, hashlib.sha256(content).digest())
    return _facts(document, findings) if document else findings


def _facts(document: Document, findings: list[Finding]) -> PublicFacts:
    """Officials are named by post and agency, the person whose document it is not at all."""
    return PublicFacts(
        title=document.title, issuer=document.issuer, issued_on=document.issued_on, status=document.status,
        signatures=[", ".join(part for part in (finding.post, finding.organisation) if part) for finding in findings],
    )  # fmt: skip
