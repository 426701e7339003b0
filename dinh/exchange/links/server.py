"""The answering end of a connection: verifies what arrives, and lets no answer leave before its evidence is durable."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import msgspec

from dinh.exchange.links import batches
from dinh.exchange.links.contracts import MOST_MESSAGES, Batch, Channel, Fault, Frame, Handler, Item, Letter, Reply
from dinh.exchange.links.plugs import Letters
from dinh.exchange.links.pump import Pump
from dinh.kernel import log
from dinh.kernel.errors import BadSignature, Refused, Unavailable
from dinh.kernel.node import Node

# Under way on one connection: each costs signatures, and no right or limit of a member's stands before it.
MOST_LETTERS = 16
_log = log.get("exchange")


class Respondent:
    """One per connection. Messages are answered side by side; answers leave in the batches in which they become ready. `may_post` says whether the other
    end may still send a letter.
    """

    def __init__(self, node: Node, handler: Handler, channel: Channel, may_post: Callable[[], bool] = lambda: True) -> None:
        self._node, self._handler, self._channel, self._may_post = node, handler, channel, may_post
        self._pump: Pump[tuple[int, Reply]] = Pump(self._send, MOST_MESSAGES, lambda _: not self._asked)
        self._tasks: set[asyncio.Task[None]] = set()
        self._letters = self._asked = 0

    async def take(self, frame: bytes) -> None:
        """Raises BadSignature for what is no frame: its connection is closed."""
        try:
            found = msgspec.msgpack.decode(frame, type=Frame)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadSignature("no frame") from error
        refused = []
        for letter in found.letters:
            if self._letters < MOST_LETTERS and self._may_post():
                self._letters += 1
                self._run(self._answer_letter(letter))
            else:
                refused.append(Fault(letter.seq, Unavailable.default))
        await self._refuse(refused)
        for batch in found.batches:
            await self._take_batch(batch)

    async def _take_batch(self, batch: Batch) -> None:
        try:
            signed = await batches.verify(self._node, batch)
            answers = await self._handler.accept(signed, batch.items)
        except BadSignature:
            await self._refuse([Fault(item.seq, "exchange.bad_signature") for item in batch.items])
        except Refused as error:
            await self._refuse([Fault(item.seq, error.key) for item in batch.items])
        else:
            await self._refuse([Fault(item.seq, answer) for item, answer in zip(batch.items, answers, strict=True) if isinstance(answer, str)])
            for item, answer in zip(batch.items, answers, strict=True):
                if not isinstance(answer, str):
                    self._start(item.seq, answer)

    def _start(self, seq: int, answer: Awaitable[Reply]) -> None:
        self._asked += 1
        self._run(self._answer(seq, answer))

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_letter(self, letter: Letter) -> None:
        try:
            await self._read_letter(letter)
        finally:
            self._letters -= 1

    async def _read_letter(self, letter: Letter) -> None:
        answer = self._node.part(Letters).get(letter.kind)
        if answer is None:
            await self._refuse([Fault(letter.seq, "exchange.unusable")])
            return
        try:
            await self._deliver(Frame(letters=[Letter(letter.seq, letter.kind, await answer(self._node, letter.body))]))
        except BadSignature as error:
            _log.warning("letter_refused", node=self._node.code, kind=letter.kind, reason=str(error))
            await self._refuse([Fault(letter.seq, "exchange.bad_signature")])
        except Refused as error:
            await self._refuse([Fault(letter.seq, error.key)])
        except Exception as error:  # noqa: BLE001 - one letter that cannot be answered does not end the others
            _log.error("letter_failed", node=self._node.code, kind=letter.kind, exc_info=error)
            await self._refuse([Fault(letter.seq, Unavailable.default)])

    async def _answer(self, seq: int, answer: Awaitable[Reply]) -> None:
        try:
            reply = await answer
        except Refused as error:
            await self._refuse([Fault(seq, error.key)])
            return
        except Exception as error:  # noqa: BLE001 - one message that cannot be answered does not end the others
            _log.error("answer_failed", node=self._node.code, exc_info=error)
            await self._refuse([Fault(seq, Unavailable.default)])
            return
        finally:
            self._asked -= 1
        self._pump.put((seq, reply))

    async def _send(self, waiting: list[tuple[int, Reply]]) -> None:
        replies = dict(waiting)
        for by_member in batches.frames([(reply.member, Item(seq, reply.message, reply.body)) for seq, reply in waiting]):
            try:
                await self._send_frame(by_member, replies)
            except Exception as error:  # noqa: BLE001 - without evidence there is no answer
                _log.error("evidence_failed", node=self._node.code, exc_info=error)
                lost = [item.seq for items in by_member.values() for item in items]
                for seq in lost:
                    replies[seq].dropped()
                await self._refuse([Fault(seq, Unavailable.default) for seq in lost])

    async def _send_frame(self, by_member: dict[str, list[Item]], replies: dict[int, Reply]) -> None:
        made, evidence = [], []
        for member, items in by_member.items():
            batch, signed = await batches.sign(self._node, member, items)
            made.append(batch)
            evidence += [replies[item.seq].evidence(one) for item, one in zip(items, signed, strict=True)]
        await self._handler.keep(evidence)
        await self._deliver(Frame(made))

    async def _refuse(self, faults: list[Fault]) -> None:
        if faults:
            await self._deliver(Frame(faults=faults))

    async def _deliver(self, frame: Frame) -> None:
        try:
            await self._channel.send(msgspec.msgpack.encode(frame))
        except Unavailable:
            # Whoever asked has gone; what was answered stays as evidence.
            return

    def lost(self) -> None:
        """Answers under way are finished and kept: their askers may ask for them again."""
