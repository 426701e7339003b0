"""What may be asked of a share, and whether it still opens."""

from datetime import date, datetime

from dinh.kernel.forms import Choice, Condition, Field, check, tidy
from dinh.vault.documents import VaultRules
from dinh.vault.shares.contracts import Share, State, Wish, Words

MOST_VIEWS = 100


def fields(known: VaultRules) -> list[Field]:
    """The questions of a share, as any form asks them."""
    others = [purpose.code for purpose in known.purposes if purpose.other]
    return [
        Field(name="purpose", kind="choice", label={}, choices=[Choice(purpose.code, purpose.title) for purpose in known.purposes]),
        Field(name="other", kind="text", label={}, max_length=200, when=Condition("purpose", others)),
        Field(name="recipient", kind="text", label={}, max_length=120),
        Field(name="days", kind="choice", label={}, choices=[Choice(str(days), {}) for days in known.days]),
        Field(name="views", kind="number", label={}, required=False),
    ]


def typed(known: VaultRules, raw: dict[str, str]) -> dict[str, str]:
    """What was typed, by question; a question that was not asked has no answer."""
    said = {field.name: tidy(field, raw) for field in fields(known)}
    return said if _asks_for_words(known, said["purpose"]) else said | {"other": ""}


def _asks_for_words(known: VaultRules, code: str) -> bool:
    return any(purpose.code == code and purpose.other for purpose in known.purposes)


def faults(known: VaultRules, said: dict[str, str], today: date) -> dict[str, str]:
    """Wrong answers by question."""
    asked = [field for field in fields(known) if field.name != "other" or _asks_for_words(known, said["purpose"])]
    wrong = check(asked, {name: text for name, text in said.items() if text}, today)
    if said["views"] and ("views" in wrong or not 1 <= int(said["views"]) <= MOST_VIEWS):
        wrong["views"] = "vault.wrong_views"
    return wrong


def wish_of(said: dict[str, str]) -> Wish:
    """Of answers without faults."""
    views = int(said["views"]) if said["views"] else None
    return Wish(purpose=said["purpose"], words=Words(said["recipient"], said["other"]), days=int(said["days"]), views=views)


def state_of(share: Share, now: datetime) -> State:
    if share.revoked_at is not None:
        return "revoked"
    if share.until <= now:
        return "expired"
    return "used_up" if share.views is not None and share.used >= share.views else "open"


def active_first(shares: list[Share], now: datetime) -> list[Share]:
    """Those that still open, soonest end first; then the others, newest first."""
    still = sorted((share for share in shares if state_of(share, now) == "open"), key=lambda share: share.until)
    gone = sorted((share for share in shares if state_of(share, now) != "open"), key=lambda share: share.made_at, reverse=True)
    return still + gone
