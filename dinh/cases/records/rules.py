"""The legs of a case, folded from its events: form 06 is nothing else."""

from collections.abc import Iterable

import msgspec

from dinh.cases.records.contracts import Leg, Stage
from dinh.kernel.events import Recorded

# What begins with an event. An event that is not named here begins nothing.
BEGINS: dict[str, Stage] = {
    "cases:case:received": "acceptance",
    "cases:case:accepted": "handling",
    "cases:case:supplement_requested": "applicant",
    "cases:case:supplement_answered": "handling",
    "cases:case:handed_over": "handling",
    "cases:case:proposed": "decision",
    "cases:case:returned_to_handler": "handling",
    "cases:case:decided": "carrying_out",
}
ENDS = frozenset({"cases:case:settled", "cases:case:turned_down", "cases:case:stopped", "cases:case:withdrawn"})


def legs(history: Iterable[Recorded]) -> list[Leg]:
    """In order. A case entered at the counter is with its officer from the start; one that is handed over while it waits for its applicant waits on."""
    found: list[Leg] = []
    handler = ""
    for event in history:
        if event.type == "cases:case:handed_over" and found and found[-1].stage == "applicant":
            handler = _handler(event, msgspec.json.decode(event.payload), handler)
            continue
        if (event.type in ENDS or event.type in BEGINS) and found and found[-1].until is None:
            found[-1] = msgspec.structs.replace(found[-1], until=event.occurred_at)
        if event.type in BEGINS:
            stage, payload = BEGINS[event.type], msgspec.json.decode(event.payload)
            handler = _handler(event, payload, handler)
            post = payload.get("to_post", "") if stage == "decision" else handler if stage == "handling" else ""
            if stage == "acceptance" and payload.get("channel") == "direct":
                stage, post = "handling", handler
            if stage == "handling" and not handler:
                stage = "acceptance"
            found.append(Leg(stage, post, event.occurred_at))
    return found


def _handler(event: Recorded, payload: dict[str, str], known: str) -> str:
    """The post that handles the case after this event."""
    if event.type in {"cases:case:handed_over", "cases:case:returned_to_handler"}:
        return payload.get("to_post", "")
    if event.type == "cases:case:accepted" or (event.type == "cases:case:received" and payload.get("channel") == "direct"):
        return event.post or ""
    return known
