"""Share a document, show it to who holds the link, take it back."""

import base64
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from dinh.exchange import View, record
from dinh.kernel import events, ids, keys
from dinh.kernel.caller import Caller, system
from dinh.kernel.country import Country
from dinh.kernel.errors import BadSignature, Conflict, NotFound
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.vault.documents import Document, Reader, find_document, keep_opening, known_document, lock_document, pdf_of, vault_rules
from dinh.vault.shares import rules, store
from dinh.vault.shares.contracts import DocumentShared, Lent, Share, ShareOpened, ShareRevoked, Shown, Wish, Words
from dinh.vault.verification import check

What = Literal["page", "file"]


async def share(tx: WriteTx, who: Caller, document_id: UUID, share_id: UUID, wish: Wish) -> None:
    """Make a link. The same `share_id` twice is one share. Locks the document: Conflict when it was replaced meanwhile."""
    document = await lock_document(tx, who, document_id)
    if document.status != "valid":
        raise Conflict("vault.replaced_not_shared")
    key = await keys.for_scope(tx, f"person:{document.person}")
    made = Share(
        id=share_id, document=document.id, person=document.person, purpose=wish.purpose, key=key.id,
        words=key.encrypt(msgspec.json.encode(wish.words), share_id.bytes), token_hash=ids.digest(_token(tx.node, share_id, document.person)),
        made_at=tx.now, until=tx.now + timedelta(days=wish.days), views=wish.views,
    )  # fmt: skip
    if not await store.insert(tx, made):
        return
    shared = DocumentShared(
        person=document.person, document=str(document.id), share=str(share_id), purpose=wish.purpose, until=made.until, views=wish.views or 0,
    )  # fmt: skip
    await events.append(tx, who, document.person, shared, case=document.case_code)


def _token(node: Node, share_id: UUID, person: str) -> str:
    """256 bits that follow from the node's key, so that the person can be shown the link again; the database keeps its hash alone."""
    return base64.urlsafe_b64encode(keys.pseudonym(node, "share", f"{share_id}:{person}")).decode().rstrip("=")


async def lent(tx: ReadTx, who: Caller, share_id: UUID) -> Lent:
    """The person's own share. Raises NotFound, recorded, for anyone else's."""
    found = await store.one(tx, share_id)
    if found is None or found.person != who.person:
        raise NotFound(subject=f"share:{share_id}")
    return await _lent(tx, found, await find_document(tx, who, found.document))


async def shares_of(tx: ReadTx, who: Caller, document: UUID | None = None) -> list[Lent]:
    """The person's shares of one document or of all, those that still open first."""
    found = rules.active_first(await store.of_person(tx, who.person or "", document), tx.now)
    documents = {one: await find_document(tx, who, one) for one in {share.document for share in found}}
    return [await _lent(tx, share, documents[share.document]) for share in found]


async def _lent(tx: ReadTx, found: Share, document: Document) -> Lent:
    state, token = rules.state_of(found, tx.now), _token(tx.node, found.id, found.person)
    opens = state == "open" and ids.digest(token) == found.token_hash
    link = f"{tx.node.origin}/shared/{token}" if opens else None
    return Lent(share=found, state=state, words=await _words(tx, found), document=document, link=link)


async def _words(tx: ReadTx, found: Share) -> Words:
    key = await keys.by_id(tx, found.key)
    return msgspec.json.decode(key.decrypt(found.words, found.id.bytes), type=Words)


async def revoke(tx: WriteTx, who: Caller, share_id: UUID) -> None:
    """At once, and for good. A second time does nothing."""
    found = (await lent(tx, who, share_id)).share
    if await store.revoke(tx, share_id):
        revoked = ShareRevoked(person=found.person, document=str(found.document), share=str(share_id))
        await events.append(tx, who, found.person, revoked)


async def opens(tx: ReadTx, token: str) -> bool:
    """Whether the link opens now. Nothing is given out, so nothing is counted or recorded. Raises NotFound for a link that never was."""
    found = await store.by_token(tx, ids.digest(token))
    if found is None:
        raise NotFound
    return rules.state_of(found, tx.now) == "open"


async def open_shared(node: Node, token: str, what: What, reader: Reader) -> Shown | None:
    """What the link opens; None when it has ended. Raises NotFound for a link that never was.

    The opening stands in the person's log before anything is given out. Opening the file counts against the limit of views.
    """
    who = system("shared")
    async with node.write(who) as tx:
        found = await store.by_token(tx, ids.digest(token))
        if found is None:
            raise NotFound
        document = await known_document(tx, found.document)
        if document is None or rules.state_of(found, tx.now) != "open" or (what == "file" and not await store.use(tx, found.id)):
            return None
        pdf, words = await pdf_of(tx, document), await _words(tx, found)
        await _record(tx, who, found, document, what, reader)
    try:
        findings = await check(node, pdf) if what == "page" else []
    except BadSignature:
        findings = None
    return Shown(share=found, document=document, pdf=pdf, words=words, findings=findings)


async def _record(tx: WriteTx, who: Caller, found: Share, document: Document, what: What, reader: Reader) -> None:
    await keep_opening(tx, document, found.id, what, reader)
    about = who.about(case=document.case_code)
    await record(tx, about, found.person, f"vault.log_{what}", purpose="vault.log_purpose", legal_basis=vault_rules(tx.node.country).basis)
    opened = ShareOpened(person=found.person, document=str(document.id), share=str(found.id), what=what, reader=reader.kind)
    await events.append(tx, who, found.person, opened, case=document.case_code)


def views_of(country: Country) -> dict[str, View]:
    """How the person's log words the openings of a link."""
    ref = vault_rules(country).ref
    return {
        "vault.log_page": View("vault.log_page", "vault.log_purpose", ref, by_link=True),
        "vault.log_file": View("vault.log_file", "vault.log_purpose", ref, by_link=True),
    }
