"""Keep evidence in rounds: everything that waits is one transaction, and nobody is answered before it is durable."""

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID
from weakref import WeakValueDictionary

import asyncpg
import msgspec

from dinh.exchange import monitoring
from dinh.exchange.accesslog import commit, lines_of, open_embargoes
from dinh.exchange.evidence import store
from dinh.exchange.evidence.contracts import Call, ContentDisposed, EvidenceKept, Kept
from dinh.exchange.links import COMPANY, Pump, Signed, SignedBatch
from dinh.exchange.metering import Amount, Meter, Use
from dinh.kernel import clock, events, ids, keys
from dinh.kernel.caller import Caller, system
from dinh.kernel.errors import Conflict, Invalid
from dinh.kernel.node import Node
from dinh.kernel.retention import Ended, Holding, Wanted
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.trust import root as tree_root

WHO = system("exchange")
MOST = 256
# Twice as long as a question is fresh, clocks that differ included.
TAKEN = timedelta(minutes=20)


class Recorder:
    """One per node and process."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._key: tuple[date, keys.DataKey] | None = None
        # Messages of one batch can be answered at different moments: while any is under way, it is known here that the batch is kept.
        self._kept: WeakValueDictionary[UUID, SignedBatch] = WeakValueDictionary()
        self._expected = 0
        self._pump: Pump[tuple[Sequence[Call], asyncio.Future[None]]] = Pump(self._keep, MOST, lambda here: COMPANY * here >= self._expected)

    @contextlib.contextmanager
    def expecting(self) -> Iterator[None]:
        """Evidence of one more exchange is to come: a round may wait for it."""
        self._expected += 1
        try:
            yield
        finally:
            self._expected -= 1

    async def keep(self, calls: Sequence[Call]) -> None:
        """Returns when they are durable; raises Unavailable when they cannot be kept."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pump.put((calls, done))
        await done

    async def _keep(self, waiting: list[tuple[Sequence[Call], asyncio.Future[None]]]) -> None:
        kept = [call for calls, _ in waiting for call in calls]
        amounts, meter = _amounts(kept), self._node.part(Meter)
        batches = _batches(kept)
        try:
            totals = await self._write(kept, batches, amounts)
        except (asyncpg.DataError, Invalid) as error:
            # What the database will not hold is one call's fault, not that of those whose round it shares.
            if len(waiting) > 1:
                for one in waiting:
                    await self._keep([one])
            else:
                _refuse(waiting, error)
        except Exception as error:  # noqa: BLE001 - the owners are told
            _refuse(waiting, error)
        else:
            self._kept.update({batch.id: batch for batch in batches})
            meter.settle(amounts, totals)
            monitoring.count(self._node.code, [_figures(call) for call in kept], [len(batch.leaves) for batch in batches])
            for _, done in waiting:
                if not done.done():
                    done.set_result(None)

    async def _write(self, calls: list[Call], batches: list[SignedBatch], amounts: dict[Use, Amount]) -> dict[Use, int]:
        """One trip to the database, unless something has to be looked up or opened first. Returns what the lines of the meter have come to."""
        month = self._node.country.local_date(clock.now()).replace(day=1)
        accesses = [access for call in calls for access in call.accesses]
        if self._key and self._key[0] == month and not any(access.embargo for access in accesses):
            # A batch that is there already, though nobody said so: the word of its commit was lost.
            with contextlib.suppress(Conflict):
                async with self._node.alone(WHO) as tx:
                    return await _insert(tx, self._key, calls, [batch for batch in batches if batch.id not in self._kept], amounts)
        async with self._node.write(WHO) as tx:
            key = await keys.for_scope(tx, scope_of(month))
            await store.open_month(tx, key.id, month)
            await open_embargoes(tx, accesses)
            totals = await _insert(tx, (month, key), calls, await store.unknown(tx, batches), amounts)
        # Only now: a key made in a transaction that was undone opens nothing.
        self._key = month, key
        return totals


def _refuse(waiting: list[tuple[Sequence[Call], asyncio.Future[None]]], error: Exception) -> None:
    for _, done in waiting:
        if not done.done():
            done.set_exception(error)


async def _insert(
    tx: WriteTx, key: tuple[date, keys.DataKey], calls: list[Call], new: list[SignedBatch], amounts: dict[Use, Amount]
) -> dict[Use, int]:
    record, lines = ids.new_id(), lines_of(tx, [access for call in calls for access in call.accesses])
    await commit(tx, lines)
    if new:
        root = tree_root([batch.root for batch in new]).hex()
        await events.append(tx, WHO, str(record), EvidenceKept(root=root, batches=len(new), calls=len(calls)))
    return await store.keep(tx, record, new, [_kept(call, *key) for call in calls], lines, amounts)


def _batches(calls: list[Call]) -> list[SignedBatch]:
    found: dict[UUID, SignedBatch] = {}
    for call in calls:
        found[call.request.batch.id] = call.request.batch
        found[call.answer.batch.id] = call.answer.batch
    return list(found.values())


def _figures(call: Call) -> tuple[str, str, int, str, float]:
    """At the provider the name of a service is the client's word until a right allows it."""
    known = call.side == "client" or call.use is not None
    return call.service if known else "", call.side, call.status, call.refusal, (call.times.response_out - call.times.request_in).total_seconds()


def _amounts(calls: list[Call]) -> dict[Use, Amount]:
    found: dict[Use, Amount] = {}
    for call in calls:
        if call.use is None:
            continue
        one = found.setdefault(call.use, Amount())
        one.calls += not call.over
        one.refused += call.over
        one.bytes_in += call.request.size
        one.bytes_out += call.answer.size
    return found


def digests(signed: Signed) -> bytes:
    """SHA-512 of the message, then of the body if there is one."""
    body = b"" if signed.body is None else hashlib.sha512(signed.body).digest()
    return hashlib.sha512(signed.message).digest() + body


def _kept(call: Call, month: date, key: keys.DataKey) -> Kept:
    return Kept(call, digests(call.request), digests(call.answer), month, key.id, key.encrypt(_content(call), call.id.bytes))


def _content(call: Call) -> bytes:
    return msgspec.msgpack.encode((call.request.message, call.request.body, call.answer.message, call.answer.body))


def scope_of(month: date) -> str:
    return f"exchange:{month:%Y-%m}"


async def ended_contents(tx: ReadTx, wanted: Wanted) -> list[Ended]:
    """Months whose start lines, headers and bodies are over. Their evidence stays, and can be verified without them."""
    return await store.months(tx, wanted, str(tx.node.country.zone))


async def dispose_content(tx: WriteTx, who: Caller, record: UUID, reason: str) -> str | None:
    month = await store.dispose_month(tx, record)
    if month is None:
        return None
    await keys.destroy(tx, scope_of(month), f"retention: {reason}")
    await events.append(tx, who, scope_of(month), ContentDisposed(month=month))
    return scope_of(month)


async def forget(node: Node) -> int:
    """Marks of questions that are too old to be taken again anyway."""
    async with node.write(WHO) as tx:
        return await store.forget_taken(tx, tx.now - TAKEN)


holdings = {"exchange": Holding(ended_contents, dispose_content)}
