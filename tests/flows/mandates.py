"""How a person lets someone act for them."""

import re
from datetime import date, timedelta

from dinh.app.demo import DemoAccount
from dinh.kernel import clock
from tests.flows.outcomes import day
from tests.world import Visitor


def power(to: DemoAccount, *, parts: tuple[str, ...] = ("cases",), procedures: tuple[str, ...] = (), last: date | None = None) -> dict[str, str]:
    boxes = {f"part.{part}": "yes" for part in parts} | {f"procedure.{code}": "yes" for code in procedures}
    return {"number": to.username, "name": to.name, **boxes, **day("last_day", last or clock.now().date() + timedelta(days=30))}


async def give(giver: Visitor, to: DemoAccount, *, parts: tuple[str, ...] = ("cases",), procedures: tuple[str, ...] = ()) -> str:
    response = await giver.post("/mandates/new", power(to, parts=parts, procedures=procedures))
    assert (response.status_code, to.name in response.text) == (200, True), response.text
    return str(re.findall(r"/mandates/([0-9a-f-]{36})/end", response.text)[0])
