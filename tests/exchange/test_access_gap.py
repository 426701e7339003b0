"""The citizen's log joins the records of calls with no gap: whoever was served about a person stands in that person's log, and nobody else does."""

import asyncio
import contextlib
import random
from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from dinh.exchange import Question, ask
from dinh.exchange.monitoring import service as monitoring
from dinh.kernel import clock
from dinh.kernel.caller import Caller
from dinh.kernel.errors import Refused
from tests.exchange.backend import WHO
from tests.exchange.people import System, number_of
from tests.flows.warehouse import stranger
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
CALLS, AT_ONCE = 400, 40
ABOUT = ("body", "list", "notarial", "whole", "withheld")

# Of calls: a told message, which may come again, has its entry once. What stands in the log of each call that was answered: how many persons, and who and why, as the record of the call says.
JOINED = """
SELECT c.id, c.service, c.refusal, c.client, c.purpose, c.case_code, c.status, count(a.id) AS entries, count(DISTINCT a.person) AS persons,
  bool_and(a.agency = c.client AND a.purpose = c.purpose AND a.case_code IS NOT DISTINCT FROM c.case_code AND a.at >= c.response_in) AS agree
FROM exchange.call c LEFT JOIN exchange.access a ON a.message = c.id
WHERE c.side = 'provider' AND c.kind = 'ask' AND c.request_in >= $1 AND (c.provider_subsystem = 'people' OR c.service = 'population.person') GROUP BY c.id, c.service, c.refusal, c.client, c.purpose, c.case_code, c.status
"""


async def _work(world: World, asking: System, numbers: list[str], generator: random.Random) -> tuple[str, int] | None:
    """One call, with how many persons it is about; None for one that was cut off or has no answer."""
    service = generator.choice([*ABOUT, "people_counted", "refused", "room", "nobody"])
    case = f"case-{generator.randrange(10**9)}"
    some = generator.sample(numbers, generator.randrange(1, 5))
    if service in {"room", "nobody"}:
        person = generator.choice(world.accounts)
        ref = await world.person(person) if service == "room" else "no-such-person"
        question = Question(service="population.person", client="G22", provider="G01", purpose="prefill", body={"ref": ref}, case=case)
        with contextlib.suppress(Refused):
            await ask(world.portal, Caller(kind="person", person=ref, assurance=2), question)
        return service, int(service == "room")
    if service == "refused":
        answer = await asking.post("body", {"person": {}}, **{"X-Road-Issue": case})
    elif service == "list":
        answer = await asking.post("list", {"persons": [{"number": one} for one in some]}, **{"X-Road-Issue": case})
    else:
        answer = await asking.about(service, some[0], **{"X-Road-Issue": case, "Dinh-Order": "31/QD-2026"})
    return service, (len(some) if service == "list" else 1) if answer.status_code == 200 else 0


async def _cut(world: World, asking: System, numbers: list[str], generator: random.Random) -> None:
    """Some clients go away before they are answered: what was served is in the log all the same."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(generator.choice([0.001, 0.02, 0.1, 30.0])):
            await _work(world, asking, numbers, generator)


async def test_every_served_call_has_its_entries_and_every_entry_its_call(world: World, asking: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "WITHHELD", timedelta())
    numbers = [await number_of(world, await stranger(world)) for _ in range(12)]
    since, generator, gate = clock.now(), random.Random(7), asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with gate:
            await _cut(world, asking, numbers, generator)

    await asyncio.gather(*[one() for _ in range(CALLS)])
    await asyncio.sleep(1)
    async with world.registers.read(WHO) as tx:
        calls = await tx.all(JOINED, since)
        orphans = await tx.all(
            "SELECT a.id, a.what FROM exchange.access a LEFT JOIN exchange.call c ON c.id = a.message AND c.side = 'provider' WHERE a.at >= $1 AND a.message IS NOT NULL AND c.id IS NULL",
            since,
        )
        committed = await tx.value(
            """SELECT count(*) FROM exchange.access a WHERE a.at >= $1
               AND NOT EXISTS (SELECT 1 FROM kernel.event e WHERE e.subject = a.id::text AND e.type = 'exchange:access:committed')""",
            since,
        )
    assert orphans == [], "an entry without its call"
    assert committed == 0, "an entry that the spine does not know"
    served = [call for call in calls if not call["refusal"]]
    assert len(served) > CALLS / 5
    assert len(calls) - len(served) > CALLS / 50, "and some were refused"
    for call in calls:
        if call["refusal"]:
            assert call["entries"] == 0, dict(call)
        else:
            assert call["entries"] == call["persons"] >= 1, dict(call)
            assert call["agree"], dict(call)
            assert call["service"] == "list" or call["entries"] == 1
    expected = Counter((call["service"], not call["refusal"]) for call in calls)
    for _ in range(10):
        if (counted := await _numbers_in_records(world, since)) == expected:
            break
        await asyncio.sleep(0.5)
    assert counted == expected, "the operator's records are about the same calls"


async def _numbers_in_records(world: World, since: datetime) -> Counter[tuple[str, bool]]:
    operator = await world.sign_in(world.account("operator"), world.registers)
    found: Counter[tuple[str, bool]] = Counter()
    address = f"/api/exchange/v1/records?{urlencode({'since': since.isoformat(), 'limit': '50'})}"
    while address:
        page = (await operator.http.get(address)).json()
        for one in page["records"]:
            place, code = one["serviceSubsystemCode"], one["serviceCode"]
            if one["securityServerType"] == "Producer" and code != "told" and (place == "people" or code == "population.person"):
                found[one["serviceCode"], one["succeeded"]] += 1
        address = page.get("next")
    return found
