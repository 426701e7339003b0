"""Cases whose time is over: the agency disposes, and the applicant's copy on the portal follows."""

from uuid import UUID

from dinh.cases.desk import about_mark, find
from dinh.cases.disposal import rules, store
from dinh.cases.disposal.contracts import ApplicationDisposed, CaseDisposed, Erasable, Hold, HoldLifted, HoldPlaced
from dinh.cases.procedures import catalogue_of
from dinh.exchange import Question, tell, undelivered
from dinh.kernel import events, ids, keys
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Conflict, NotFound
from dinh.kernel.retention import Ended, Holding, Wanted, class_of, classes_of
from dinh.kernel.texts import Texts
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import directory_of

SERVICE = "cases.disposal"
# The class in the event of a case that went because its person asked.
ERASURE = "erasure"


async def ended_cases(tx: ReadTx, wanted: Wanted) -> list[Ended]:
    """Each with what holds it."""
    rows = await store.ended(tx, wanted)
    held = await _held(tx, [row["code"] for row in rows])
    return [Ended(id=row["id"], reference=row["code"], ended_at=row["settled_at"], held=held[row["code"]]) for row in rows]


async def _held(tx: ReadTx, codes: list[str], *, but: str = "") -> dict[str, str]:
    """An order, an open case that is about it (a complaint, a correction; not the very request to erase it), a message that has not arrived."""
    marks = {about_mark(tx, code): code for code in codes}
    asking = catalogue_of(tx.node.country).rules.erasure if but == ERASURE else None
    disputed = {marks[mark] for mark in await store.open_about(tx, list(marks), asking or "")}
    ordered, waiting = await store.ordered(tx, codes), await undelivered(tx, codes)
    return {code: rules.reason(code, ordered, disputed, waiting) for code in codes}


async def dispose_case(tx: WriteTx, who: Caller, case: UUID, record_class: str, *, but: str = "") -> str | None:
    """Destroy the case's key, forget its persons and marks, tell the portal. Takes the case's lock; None when something holds it by now."""
    row = await store.lock_ended(tx, case)
    if row is None or (await _held(tx, [row["code"]], but=but))[row["code"]]:
        return None
    scope = f"case:{case}"
    await keys.destroy(tx, scope, f"retention: {record_class}")
    await store.dispose(tx, case)
    disposed = CaseDisposed(case=row["code"], procedure=row["procedure"], unit=row["unit"], record_class=record_class)
    await events.append(tx, who, row["code"], disposed, case=row["code"])
    body = {"application": str(row["application"]), "person": row["person"], "unit": row["unit"]}
    portal = tx.node.country.portal.operator
    await tell(tx, who, Question(service=SERVICE, client=row["agency"], provider=portal, purpose="retention", body=body, case=row["code"]))
    return scope


async def cases_about(tx: ReadTx, unit: str, person: str) -> list[list[str]]:
    """Code, procedure, day of receipt, state and part, in the country's first language."""
    country, language = tx.node.country, tx.node.country.languages[0]
    catalogue, say = catalogue_of(country), tx.node.part(Texts).speaker(language).say
    return [
        [
            row["code"], catalogue.version(row["procedure"], row["version"]).title[language], country.local_date(row["received_at"]).isoformat(),
            catalogue.rules.states[row["state"]].title[language], say(f"cases.part_{row['role']}"),
        ]
        for row in await store.about(tx, unit, person)
    ]  # fmt: skip


async def may_erase(tx: ReadTx, unit: str, person: str, code: str) -> Erasable:
    """Raises NotFound for a case that is not this person's, or not this unit's: one text for both."""
    row = await store.of_applicant(tx, unit, person, code)
    if row is None:
        raise NotFound("cases.no_such_case")
    ended = tx.node.country.local_date(row["settled_at"]) if row["settled_at"] else None
    kept = class_of(classes_of(tx.node.country), "case", row["procedure"])
    return rules.judged(kept, ended, tx.node.country.local_date(tx.now), (await _held(tx, [code], but=ERASURE))[code])


async def erase_case(tx: WriteTx, who: Caller, unit: str, person: str, code: str) -> Erasable:
    """At the person's wish, once its time is over. Asked again, it is erased."""
    if await store.was_erased(tx, code):
        return Erasable(erasable=True)
    found = await may_erase(tx, unit, person, code)
    row = await store.of_applicant(tx, unit, person, code)
    if found.erasable and row and await dispose_case(tx, who, row["id"], ERASURE, but=ERASURE) is None:
        raise Conflict
    return found


async def take_disposal(tx: WriteTx, who: Caller, message: Question) -> None:
    """The agency that handled it says that its time is over: the applicant's copy is erased too. Their documents stay."""
    told, directory = message.body, directory_of(tx.node.country)
    directory.check_unit(told["unit"], message.client)
    application = UUID(told["application"])
    procedure = await store.dispose_application(tx, application, told["person"], told["unit"])
    if procedure is None:
        return
    await keys.destroy(tx, f"application:{application}", "retention: with the case")
    await events.append(tx, who, str(application), ApplicationDisposed(application=str(application), procedure=procedure), case=message.case)


async def place_hold(tx: WriteTx, who: Caller, code: str, reference: str) -> None:
    """The case is kept until the hold is lifted. Raises NotFound, Invalid for what is no order's number, Conflict when one stands already."""
    rules.check_order(reference)
    case = await find(tx, code)
    if not await store.place(tx, ids.new_id(), case, reference):
        raise Conflict("cases.hold_stands")
    await events.append(tx, who, code, HoldPlaced(case=code, unit=case.unit, reference=reference), case=code)


async def lift_hold(tx: WriteTx, who: Caller, code: str) -> None:
    """Raises NotFound when none stands."""
    unit = await store.lift(tx, code)
    if unit is None:
        raise NotFound("cases.no_hold")
    await events.append(tx, who, code, HoldLifted(case=code, unit=unit), case=code)


async def holds_of(tx: ReadTx) -> list[Hold]:
    return await store.holds(tx)


holdings = {"case": Holding(ended_cases, dispose_case)}
