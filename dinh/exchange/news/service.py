"""Each node tells the portal whose log has grown; the portal tells its people, once a day at most and by day."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from dinh.exchange.accesslog import NUMBER, AccessCommitted, Line, by_number, lines_by_id
from dinh.exchange.delivery import tell
from dinh.exchange.gateway import Question, below, numbers
from dinh.exchange.members import declared, membership_of
from dinh.exchange.messages import Request, decode
from dinh.exchange.news import store
from dinh.exchange.news.contracts import MOST, LogGrew, News
from dinh.exchange.news.plugs import Accounts
from dinh.exchange.paths import read as read_path
from dinh.kernel import events, keys, log
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Refused
from dinh.kernel.node import Node
from dinh.kernel.transactions import WriteTx

SERVICE, PURPOSE = "access.news", "own_data"
READER = "news"
WHO = system("news")
# Entries looked at in a round, and persons told in one.
ROUND = 200
# Nobody is woken: local hours from the first up to the last.
DAY = range(8, 20)
_log = log.get("exchange")


async def spread(node: Node) -> int:
    """One round on any node: what was sealed since, and what need not be withheld any longer. Position and message move together."""
    async with node.write(WHO) as tx:
        sealed = await events.follow(tx, READER, ROUND)
        fresh = await lines_by_id(tx, [UUID(event.subject) for event in sealed if event.type == AccessCommitted.type])
        withheld = [line for line in fresh if line.embargo]
        if withheld:
            await store.wait_for(tx, withheld)
        due = await store.take_due(tx, ROUND)
        lines = [line for line in fresh if not line.embargo] + (await lines_by_id(tx, due) if due else [])
        await _send(tx, await _news(tx, [line for line in lines if not line.own]))
        return len(sealed) + len(due)


async def _news(tx: WriteTx, lines: Sequence[Line]) -> News:
    named = [line for line in lines if line.person.startswith(NUMBER)]
    persons = {line.person for line in lines} - {line.person for line in named}
    return News(persons=sorted(persons), numbers=sorted(await _numbers(tx, named)) if named else [])


async def _numbers(tx: WriteTx, lines: Sequence[Line]) -> set[str]:
    """Behind the pseudonyms, read again from the calls that they were made from, as long as their content is kept: a number is kept nowhere else."""
    found = await store.contents(tx, [line.message for line in lines if line.message])
    opened = await keys.by_ids(tx, list({key for key, *_ in found.values()}))
    names = {line.person for line in lines}
    every: set[str] = set()
    for call, (key, sealed, provider, subsystem, code) in found.items():
        if key in opened:
            message, body, *_ = msgspec.msgpack.decode(opened[key].decrypt(sealed, call.bytes))
            every |= {one for one in _read(tx.node, (provider, subsystem, code), message, body) if by_number(tx.node, one) in names}
    return every


def _read(node: Node, where: tuple[str, str | None, str], message: bytes, body: bytes | None) -> list[str]:
    """Of a service that is declared otherwise by now, nothing."""
    (provider, subsystem, code), membership, request = where, membership_of(node), decode(message)
    if not isinstance(request, Request):
        return []
    path = below(read_path(request.target.partition("?")[0].encode()))
    try:
        service = membership.service_at(provider, subsystem or membership.names.subsystem, code)
        return numbers(service.subject, request, path, body, declared(node.country).person_number)
    except Refused:
        return []


async def _send(tx: WriteTx, news: News) -> None:
    """In as many messages as it needs."""
    for at in range(0, max(len(news.persons), len(news.numbers)), MOST):
        await _send_part(tx, News(persons=news.persons[at : at + MOST], numbers=news.numbers[at : at + MOST]))


async def _send_part(tx: WriteTx, news: News) -> None:
    portal = tx.node.country.portal
    if tx.node.code == portal.code:
        await _note(tx, news)
        return
    question = Question(service=SERVICE, client=tx.node.plan.operator, provider=portal.operator, purpose=PURPOSE, body=msgspec.to_builtins(news))
    try:
        await tell(tx, WHO, question)
    except Refused as error:
        # The log itself is complete without it.
        _log.warning("news_not_told", node=tx.node.code, refusal=error.key)


async def take(tx: WriteTx, who: Caller, question: Question) -> None:  # noqa: ARG001 - whoever has the right
    """On the portal: another node's news. They say that there are some, and nothing else; of who has no account nothing is kept."""
    await _note(tx, msgspec.convert(question.body, News))


async def _note(tx: WriteTx, news: News) -> None:
    if holders := await tx.node.part(Accounts).holders(tx, news.persons, news.numbers):
        await store.note(tx, sorted(holders))


async def tell_daily(node: Node) -> int:
    """One round on the portal: whoever has news and was not told today. How many."""
    async with node.write(WHO) as tx:
        if node.country.local(tx.now).hour not in DAY:
            return 0
        persons = await store.take_waiting(tx, node.country.local_date(tx.now), ROUND)
        for person in persons:
            await events.append(tx, WHO, person, LogGrew(person=person))
        return len(persons)
