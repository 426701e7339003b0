"""The asking end of a connection between two nodes: questions leave in signed batches, answers come back as they are ready."""

import asyncio
from itertools import count
from typing import TypeVar

import msgspec

from dinh.exchange.links import batches
from dinh.exchange.links.contracts import MOST_MESSAGES, Channel, Frame, Item, Letter, Signed
from dinh.exchange.links.plugs import Wire
from dinh.exchange.links.pump import COMPANY, Pump
from dinh.kernel import log
from dinh.kernel.errors import BadSignature, NotAllowed, Refused, Unavailable
from dinh.kernel.node import Node

Answered = tuple[Signed, Signed]
Answer = TypeVar("Answer")
UNREACHABLE, NO_ANSWER = "exchange.unreachable", "exchange.no_answer"
# Another node's word that nobody signed: it can only say that the message was not taken.
_FAULTS = {"exchange.not_fresh", "exchange.replayed", "exchange.bad_signature", "exchange.unusable", "exchange.no_member"}
_DOWN = {"exchange.system_down", "exchange.system_slow", "exchange.stale"}
_log = log.get("exchange")


class _Question(msgspec.Struct):
    member: str
    item: Item
    answered: asyncio.Future[Answered]
    sent: Signed | None = None


class _Letter(msgspec.Struct):
    letter: Letter
    answered: asyncio.Future[bytes]
    sent: bool = False


class Link:
    """To one other node. Opened at the first question, again after it was lost; a question under way when it is lost is not sent twice."""

    def __init__(self, node: Node, peer: str) -> None:
        self._node, self._peer = node, peer
        self.channel: Channel | None = None
        self._pump: Pump[_Question | _Letter] = Pump(self._send, MOST_MESSAGES, lambda here: COMPANY * here >= len(self._open))
        self._open: dict[int, _Question] = {}
        self._letters: dict[int, _Letter] = {}
        self._numbers = count(1)

    async def call(self, member: str, message: bytes, body: bytes | None, timeout: float) -> Answered:  # noqa: ASYNC109 - of the protocol
        """The question and its answer, each in its batch. Raises Unavailable without an answer: whether it arrived is then unknown."""
        item = Item(next(self._numbers), message, body)
        question = _Question(member, item, asyncio.get_running_loop().create_future())
        self._open[item.seq] = question
        self._pump.put(question)
        try:
            return await _within(timeout, question.answered)
        finally:
            self._open.pop(item.seq, None)

    async def post(self, kind: str, body: bytes, timeout: float) -> bytes:  # noqa: ASYNC109 - of the protocol
        """A letter and its answer, of which nobody knows yet whose it is. Raises Unavailable without one, and what the other node refused with."""
        letter = _Letter(Letter(next(self._numbers), kind, body), asyncio.get_running_loop().create_future())
        self._letters[letter.letter.seq] = letter
        self._pump.put(letter)
        try:
            return await _within(timeout, letter.answered)
        finally:
            self._letters.pop(letter.letter.seq, None)

    async def _send(self, waiting: list[_Question | _Letter]) -> None:
        try:
            await self._send_letters([one for one in waiting if isinstance(one, _Letter)])
            for items in batches.frames([(one.member, one.item) for one in waiting if isinstance(one, _Question)]):
                await self._send_frame(items)
        except Exception as error:  # noqa: BLE001 - the askers are told
            if not isinstance(error, Refused):
                _log.error("link_failed", node=self._node.code, peer=self._peer, exc_info=error)
            for question in waiting:
                if not question.answered.done():
                    question.answered.set_exception(error if isinstance(error, Refused) else Unavailable(UNREACHABLE))

    async def _send_letters(self, letters: list[_Letter]) -> None:
        if letters:
            channel = self.channel or await self._connect()
            for one in letters:
                one.sent = True
            await channel.send(msgspec.msgpack.encode(Frame(letters=[one.letter for one in letters])))

    async def _send_frame(self, by_member: dict[str, list[Item]]) -> None:
        channel = self.channel or await self._connect()
        made = []
        for member, items in by_member.items():
            batch, sent = await batches.sign(self._node, member, items)
            made.append(batch)
            for item, signed in zip(items, sent, strict=True):
                if question := self._open.get(item.seq):
                    question.sent = signed
        await channel.send(msgspec.msgpack.encode(Frame(made)))

    async def _connect(self) -> Channel:
        self.channel = await self._node.part(Wire).transport.open(self._peer, self)
        return self.channel

    async def take(self, frame: bytes) -> None:
        try:
            found = msgspec.msgpack.decode(frame, type=Frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            _log.error("frame_unusable", node=self._node.code, peer=self._peer)
            return
        for fault in found.faults:
            self._fail(fault.seq, NotAllowed(fault.key) if fault.key in _FAULTS else Unavailable(fault.key if fault.key in _DOWN else UNREACHABLE))
        for letter in found.letters:
            waiting = self._letters.get(letter.seq)
            if waiting and not waiting.answered.done():
                waiting.answered.set_result(letter.body)
        for batch in found.batches:
            try:
                kept = await batches.verify(self._node, batch)
            except BadSignature as error:
                for item in batch.items:
                    self._fail(item.seq, error)
                continue
            for item, signed in zip(batch.items, batches.signed(kept, batch.items), strict=True):
                question = self._open.get(item.seq)
                if question and question.sent and not question.answered.done():
                    question.answered.set_result((question.sent, signed))

    def _fail(self, seq: int, error: Exception) -> None:
        waiting = self._open.get(seq) or self._letters.get(seq)
        if waiting and not waiting.answered.done():
            waiting.answered.set_exception(error)

    def lost(self) -> None:
        """What was sent has no answer any more; what waits goes by the next connection."""
        self.channel = None
        under_way: list[_Question | _Letter] = [*self._open.values(), *self._letters.values()]
        for waiting in under_way:
            if waiting.sent and not waiting.answered.done():
                waiting.answered.set_exception(Unavailable(UNREACHABLE))


async def _within(seconds: float, answered: "asyncio.Future[Answer]") -> Answer:
    """By a timer: `asyncio.timeout` costs several times as much, for every message."""
    timer = asyncio.get_running_loop().call_later(seconds, _too_late, answered)
    try:
        return await answered
    finally:
        timer.cancel()


def _too_late(answered: "asyncio.Future[Answer]") -> None:
    if not answered.done():
        answered.set_exception(Unavailable(NO_ANSWER))


class Links(dict[str, Link]):
    """Those of one node, by the code of the other."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def to(self, peer: str) -> Link:
        if peer not in self:
            self[peer] = Link(self._node, peer)
        return self[peer]
