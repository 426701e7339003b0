"""Decide, then carry out: tell the registers, render, sign, send. A job may die between any two steps and starts again after the last."""

import base64
from typing import Any
from uuid import UUID

import msgspec

from dinh.cases import outcomes
from dinh.cases.decisions import rules, store
from dinh.cases.decisions.contracts import CaseDecided, CaseSettled, Choice, Decision, PaperSigned
from dinh.cases.desk import Case, check_turn, filed, find, finding_of, lock_case, move_case, open_case, procedure_of, progress, proposal_of
from dinh.cases.outcomes import Filed, Finding, Paper, Ruling, Steps
from dinh.cases.procedures import Procedure
from dinh.cases.slips import SlipContent
from dinh.cases.turns import issue, slips_of
from dinh.exchange import Question, ask, tell
from dinh.kernel import events, files, ids, jobs, keys, printing
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Conflict, NotAllowed, NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.texts import Texts
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices import authority, directory_of, may, post_title
from dinh.trust import Act, Keyring, Party, SignerUnavailable, Ticket, handle_of_agency, handle_of_person, sign_paper

SETTLE = "cases.settle"
TOGETHER = 20


class Work(msgspec.Struct, frozen=True):
    """What a settling job has read."""

    case: Case
    decision: Decision
    ticket: str
    filed: Filed
    finding: Finding
    ruling: Ruling
    done: Steps
    procedure: Procedure


async def decide(node: Node, who: Caller, code: str, choice: Choice, factor: str) -> None:
    """The chairperson's act: read and check, confirm with a factor of their own, then lock, check again and write.

    Raises Invalid (outcome, reason, code), NotAllowed (grant, own proposal, own family), Conflict (someone was faster).
    """
    rules.check_choice(choice)
    async with node.read(who) as tx:
        case = await find(tx, code)
        subject = await _decidable(tx, who, case, choice)
    decision = (await _confirm(node, who, case, choice.outcome, [subject], factor))[0]
    async with node.write(who) as tx:
        await _decide_one(tx, who, code, decision, choice)


async def decide_together(node: Node, who: Caller, codes: list[str], factor: str) -> tuple[list[str], list[str]]:
    """Approve several proposals with one code: each is read, hashed, confirmed and written by itself.

    Those that were decided, and those that moved on meanwhile or that this person may not decide. Raises Invalid (code).
    """
    approve, ready, refused = Choice("approve"), {}, []
    for code in codes[:TOGETHER]:
        try:
            async with node.read(who) as tx:
                case = await find(tx, code)
                ready[code] = case, await _decidable(tx, who, case, approve)
        except (Conflict, NotAllowed, NotFound):
            refused.append(code)
    if not ready:
        return [], refused
    decisions = await _confirm(node, who, next(iter(ready.values()))[0], approve.outcome, [subject for _, subject in ready.values()], factor)
    done = []
    for code, decision in zip(ready, decisions, strict=True):
        try:
            async with node.write(who) as tx:
                await _decide_one(tx, who, code, decision, approve)
            done.append(code)
        except Conflict:
            refused.append(code)
    return done, refused


async def _decide_one(tx: WriteTx, who: Caller, code: str, decision: Decision, choice: Choice) -> None:
    case = await lock_case(tx, code)
    if await _decidable(tx, who, case, choice) != decision.subject:
        raise Conflict
    await _write(tx, who, case, decision, choice)


async def _decidable(tx: ReadTx, who: Caller, case: Case, choice: Choice) -> str:
    """The subject of the decision, once everything allows it. Nobody approves against a binding check."""
    if not await may(tx, who, "decide", case.procedure):
        raise NotAllowed("kernel.duty_needed")
    check_turn(case.state, "decide", proposed=case.proposed)
    proposal = await proposal_of(tx, case)
    finding = await finding_of(tx, case)
    outcomes.check_approval(procedure_of(tx, case).outcome, finding, choice.outcome, proposal[1] if proposal else "")
    rules.check_decider(who.person or "", proposal[0].person if proposal else "", [*(finding.barred if finding else []), *case.representatives])
    return rules.subject_of(case, proposal and proposal[0], finding, choice)


async def _confirm(node: Node, who: Caller, case: Case, outcome: str, subjects: list[str], factor: str) -> list[Decision]:
    """The identity provider checks the factor once and gives a ticket for each of these very decisions."""
    person = who.person or ""
    question = Question(
        service="identity.confirm", client=case.agency, provider=node.country.identity.operator, purpose="settle", case=case.code,
        body={"code": factor, "subjects": subjects, "handle": handle_of_person(person)},
    )  # fmt: skip
    answer = await ask(node, who.about(purpose="settle", case=case.code), question)
    async with node.read(who) as tx:
        return [
            Decision(person, who.post or "", outcome, subject, ticket, tx.now)
            for subject, ticket in zip(subjects, answer.body["tickets"], strict=True)
        ]


async def _write(tx: WriteTx, who: Caller, case: Case, decision: Decision, choice: Choice) -> None:
    key = await keys.by_id(tx, case.key)
    if not await store.insert(tx, case, decision, key.encrypt(decision.ticket.encode(), b"ticket")):
        raise Conflict("cases.turn_closed")
    await move_case(tx, case, "settled" if choice.outcome == "approve" else "rejected", who.post)
    if choice.outcome == "refuse":
        await issue(tx, who, case, "refusal", SlipContent(reason=choice.reason.strip(), reference=choice.reference.strip()))
    lent_by = await authority(tx, who, "decide", case.procedure) or ""
    decided = CaseDecided(case=case.code, outcome=decision.outcome, subject=decision.subject, authority=lent_by)
    await events.append(tx, who, case.code, decided, case=case.code)
    await jobs.enqueue(tx, SETTLE, {"case": case.code}, key=f"settle:{case.code}")


async def settle(node: Node, payload: dict[str, Any]) -> None:
    """The job. Every step looks for its own result first; a case that is settled is left alone."""
    code = payload["case"]
    who = system("settle").about(purpose="settle", case=code)
    work = await _load(node, who, code)
    if work.case.settled_at is not None:
        return
    who = msgspec.structs.replace(who, agency=work.case.agency)
    if work.decision.outcome == "approve":
        for command in outcomes.commands(node.country, work.procedure.outcome, work.filed, work.finding, work.ruling):
            if command.step not in work.done:
                result = await outcomes.carry_out(node, who, command, work.filed, work.finding, work.ruling, work.done)
                await _keep_step(node, who, code, command.step, result)
                work = await _load(node, who, code)
        if "paper" not in work.done:
            await _issue(node, who, work)
            work = await _load(node, who, code)
    await _finish(node, who, work)


async def _load(node: Node, who: Caller, code: str) -> Work:
    async with node.read(who) as tx:
        case = await find(tx, code)
        found = await store.one(tx, case.id)
        if found is None:
            raise Conflict("cases.turn_closed")
        key = await keys.by_id(tx, case.key)
        decision, ticket = found
        done = {step: msgspec.json.decode(key.decrypt(content, step.encode())) for step, content in (await store.steps(tx, case.id)).items()}
        finding, proposal = await finding_of(tx, case) or Finding([], {}, []), await proposal_of(tx, case)
        ruling = Ruling(decision.outcome, node.country.local_date(decision.decided_at), proposal[1] if proposal else "")
        return Work(case, decision, key.decrypt(ticket, b"ticket").decode(), await filed(tx, case), finding, ruling, done, procedure_of(tx, case))


async def _keep_step(node: Node, who: Caller, code: str, step: str, result: dict[str, Any]) -> None:
    async with node.write(who) as tx:
        case = await lock_case(tx, code)
        await _put(tx, case, step, result)


async def _put(tx: WriteTx, case: Case, step: str, result: dict[str, Any]) -> bool:
    key = await keys.by_id(tx, case.key)
    return await store.put_step(tx, case, step, key.encrypt(msgspec.json.encode(result), step.encode()))


async def _issue(node: Node, who: Caller, work: Work) -> None:
    """Render and sign outside any transaction, then keep the paper with the step that says so."""
    token = ids.token()
    pdf = await _sign(node, work, await _render(node, work, f"{node.origin_of(node.country.portal)}/verify/{token}"))
    async with node.write(who) as tx:
        case = await lock_case(tx, work.case.code)
        file = await files.put(tx, pdf, await keys.by_id(tx, case.key))
        if await _put(tx, case, "paper", {"file": str(file.id), "token": token}):
            signed = PaperSigned(case=case.code, kind=work.procedure.result.kind, sha256=file.sha256.hex())
            await events.append(tx, who, case.code, signed, case=case.code)


async def _render(node: Node, work: Work, link: str) -> bytes:
    country, day = node.country, node.country.local_date(work.decision.decided_at)
    directory, first = directory_of(country), country.languages[0]
    agency = directory.agency(work.case.agency)
    speaker = node.part(Texts).speaker(first)
    signer = await node.part(Keyring).certificate(handle_of_person(work.decision.person))
    parent = directory.agencies.get(agency.parent or "")
    paper = Paper(
        agency=agency.name[first], upper_agency=parent.name[first] if parent else "", place=directory.full_name(work.case.unit, day),
        signer_name=_common_name(signer), signer_post=post_title(country, work.decision.post, day)[first].split(",")[0],
        signed_on=speaker.moment(work.decision.decided_at), synthetic=not node.settings.production,
    )  # fmt: skip
    data = outcomes.paper(node, work.procedure.outcome, work.filed, work.finding, work.ruling, work.done, paper)
    return printing.render(country.folder / work.procedure.result.template, data, link, work.decision.decided_at)


async def preview(node: Node, who: Caller, code: str) -> bytes:
    """The paper as this decision would make it, unsigned: what registers will number stands as an ellipsis. The opening is recorded.

    Raises NotFound, Conflict when no proposal waits.
    """
    async with node.write(who) as tx:
        case = await open_case(tx, who, code)
        check_turn(case.state, "decide", proposed=case.proposed)
        proposal, finding, procedure = await proposal_of(tx, case), await finding_of(tx, case), procedure_of(tx, case)
        found, asked = finding or Finding([], {}, []), await filed(tx, case)
        decision = Decision(who.person or "", who.post or "", "approve", "", "", tx.now)
        ruling = Ruling("approve", node.country.local_date(tx.now), proposal[1] if proposal else "")
    done = outcomes.expected(node.country, procedure.outcome, asked, found, ruling)
    return await _render(node, Work(case, decision, "", asked, found, ruling, done, procedure), f"{node.origin}/desk/{code}")


def _common_name(certificate: Any) -> str:
    return next(str(part.value) for part in certificate.subject if part.oid.dotted_string == "2.5.4.3")


async def _sign(node: Node, work: Work, pdf: bytes) -> bytes:
    """The official's signature, opened by the ticket of the decision, then the agency's seal over it."""
    keyring, agency = node.part(Keyring), directory_of(node.country).agency(work.case.agency)
    place = agency.name[node.country.languages[0]]
    person, seal = handle_of_person(work.decision.person), handle_of_agency(agency.code)
    officer = Party(person, await keyring.certificate(person), Ticket(work.ticket, work.decision.subject))
    sealing = Party(seal, await keyring.certificate(seal))
    acts = (Act("Signer", place, work.procedure.result.kind, place), Act("Seal", place, work.procedure.result.kind, place))
    try:
        return await sign_paper(pdf, keyring.signer, (officer, acts[0]), (sealing, acts[1]), [])
    except SignerUnavailable as error:
        raise Unavailable from error


async def _finish(node: Node, who: Caller, work: Work) -> None:
    """Settled, told, and on its way to the warehouse: one transaction."""
    async with node.write(who) as tx:
        case = await lock_case(tx, work.case.code)
        if case.settled_at is not None:
            return
        state = "returned" if work.decision.outcome == "approve" else "rejected"
        await store.settle(tx, case.id, state)
        settled = CaseSettled(
            case=case.code, procedure=case.procedure, unit=case.unit, state=state, due_on=case.due_on,
            on_time=tx.node.country.local_date(tx.now) <= case.due_on,
        )  # fmt: skip
        await events.append(tx, who, case.code, settled, case=case.code)
        if "paper" in work.done:
            await _deposit(tx, who, work)
        slip = next((slip for slip in await slips_of(tx, case) if slip.kind == "refusal"), None)
        await progress(tx, who, msgspec.structs.replace(case, state=state, holder=None), slip=slip)


async def _deposit(tx: WriteTx, who: Caller, work: Work) -> None:
    """`replaces` is the code of the case whose result is no longer the one in force."""
    paper, case, outcome = work.done["paper"], work.case, work.procedure.outcome
    _, content = await files.get(tx, UUID(paper["file"]))
    body = {
        "person": case.applicant, "case": case.code, "kind": work.procedure.result.kind, "title": work.procedure.result.title,
        "issued_on": tx.node.country.local_date(work.decision.decided_at).isoformat(), "token": paper["token"],
        "pdf": base64.b64encode(content).decode(),
        "replaces": outcomes.replaced(tx.node.country, outcome, work.filed, work.finding, work.ruling, work.done),
    }  # fmt: skip
    message = Question(
        service="vault.deposit", client=case.agency, provider=tx.node.country.portal.operator, purpose="settle", body=body, case=case.code
    )
    await tell(tx, who, message, key=await keys.by_id(tx, case.key))
