"""Take documents in, find them, and give them to their person."""

import base64
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from cryptography import x509

from dinh.exchange import Question
from dinh.kernel import content, events, files, ids, keys, languages
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country
from dinh.kernel.errors import NotFound
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of
from dinh.trust import verify
from dinh.vault.documents import rules, store
from dinh.vault.documents.contracts import (
    Document,
    DocumentDeposited,
    DocumentOpened,
    DocumentSuperseded,
    Opening,
    Reader,
    ReplacementRefused,
    Search,
    VaultRules,
)  # fmt: skip

OPENINGS = 50
DEVICE_BYTES = 16


class Roots(list[x509.Certificate]):
    """The certificate authorities that this node trusts; plugged in by app."""


async def deposit(tx: WriteTx, who: Caller, message: Question) -> None:
    """Take in a signed result. Its signatures must hold; the same result twice is one document.

    `replaces` names the case whose result it takes the place of. A claim to a document of another agency or person is
    recorded and has no effect: a good result is not lost for it.
    """
    body = message.body
    pdf = base64.b64decode(body["pdf"])
    await verify(pdf, tx.node.part(Roots))
    key = await keys.for_scope(tx, f"person:{body['person']}")
    file = await files.put(tx, pdf, key)
    document = Document(
        id=ids.new_id(), person=body["person"], kind=body["kind"], title=body["title"], issuer=message.client,
        issued_on=date.fromisoformat(body["issued_on"]), case_code=body["case"], file=file.id, sha256=file.sha256, status="valid", deposited_at=tx.now,
        replaces=body.get("replaces") or None,
    )  # fmt: skip
    if await store.insert(tx, document, ids.digest(body["token"])):
        deposited = DocumentDeposited(person=document.person, document=str(document.id), kind=document.kind, sha256=file.sha256.hex())
        await events.append(tx, who, document.person, deposited, case=document.case_code)
        await _take_places(tx, who, document)


async def _take_places(tx: WriteTx, who: Caller, new: Document) -> None:
    """Both ways round: of two results on their way, the later one may arrive first. Locks the documents that are replaced."""
    for old in await store.lock_of_case(tx, new.replaces, new.id) if new.replaces else []:
        if rules.may_replace(old, new):
            await _supersede(tx, who, old, new.id)
        else:
            refused = ReplacementRefused(document=str(old.id), by=str(new.id), issuer=new.issuer)
            await events.append(tx, who, f"document:{old.id}", refused, case=new.case_code)
    later = await store.replacing(tx, new)
    if later:
        await _supersede(tx, who, new, later)


async def _supersede(tx: WriteTx, who: Caller, old: Document, by: UUID) -> None:
    if await store.supersede(tx, old.id, by):
        await events.append(tx, who, old.person, DocumentSuperseded(person=old.person, document=str(old.id), by=str(by)), case=old.case_code)


async def documents_of(tx: ReadTx, who: Caller) -> list[Document]:
    """The caller's own, newest first."""
    return rules.newest_first(await store.of_person(tx, who.principal or ""))


def select(country: Country, documents: list[Document], search: Search) -> list[Document]:
    """By title and issuer in every language, case code and year, marks and case ignored, one letter forgiven; order is kept."""
    return [one for one in documents if rules.passes(one, search) and (not search.text.strip() or _is_meant(country, one, search.text))]


def _is_meant(country: Country, document: Document, text: str) -> bool:
    issuer = directory_of(country).agencies.get(document.issuer)
    for code in country.languages:
        fold = languages.of(code).fold
        known = (document.title.get(code, ""), issuer.name.get(code, "") if issuer else "", document.case_code, str(document.issued_on.year))
        if rules.hits(fold(text).split(), fold(" ".join(known)).split()):
            return True
    return False


async def find_document(tx: ReadTx, who: Caller, document: UUID) -> Document:
    """The person's own. Raises NotFound, recorded, for anyone else's."""
    return _own(who, document, await store.one(tx, document))


async def lock_document(tx: WriteTx, who: Caller, document: UUID) -> Document:
    return _own(who, document, await store.lock(tx, document))


def _own(who: Caller, document: UUID, found: Document | None) -> Document:
    if found is None or found.person != who.principal:
        raise NotFound(subject=f"document:{document}")
    return found


async def known_document(tx: ReadTx, document: UUID) -> Document | None:
    """For the platform, which has checked who may see it."""
    return await store.one(tx, document)


async def document_by_token(tx: ReadTx, token: str) -> Document | None:
    return await store.by_token(tx, ids.digest(token))


async def document_by_hash(tx: ReadTx, sha256: bytes) -> Document | None:
    return await store.by_sha256(tx, sha256)


async def put_link(tx: WriteTx, token: str, document: Document) -> None:
    """Another code under which the document can be checked by anyone."""
    await store.put_link(tx, ids.digest(token), document)


async def pdf_of(tx: ReadTx, document: Document) -> bytes:
    """The caller has already been allowed to see it."""
    _, pdf = await files.get(tx, document.file)
    return pdf


async def open_document(tx: WriteTx, who: Caller, document: UUID, reader: Reader) -> tuple[Document, bytes]:
    """The person's own document with its bytes, recorded. Raises NotFound for anyone else's."""
    found = await find_document(tx, who, document)
    await keep_opening(tx, found, None, "file", reader)
    await events.append(tx, who, found.person, DocumentOpened(document=str(document)), case=found.case_code)
    return found, await pdf_of(tx, found)


async def keep_opening(tx: WriteTx, document: Document, share: UUID | None, what: str, reader: Reader) -> None:
    """Its device by a hash with the node's key, another one for each document: no list of devices can be put together from it."""
    device = keys.pseudonym(tx.node, "opening", f"{document.id}:{reader.marks}")[:DEVICE_BYTES]
    await store.insert_opening(tx, ids.new_id(), document, share, what, reader.kind, device)


async def openings_of(tx: ReadTx, document: UUID, share: UUID | None = None) -> list[Opening]:
    """The newest OPENINGS, of one share or of all and the person. The caller has been allowed to see the document."""
    return [Opening(**row) for row in await store.openings(tx, document, share, OPENINGS)]


def vault_rules(country: Country) -> VaultRules:
    return _load(country.folder)


@cache
def _load(folder: Path) -> VaultRules:
    return content.read(folder / "vault.yaml", VaultRules)
