"""How the other processes ask the signer."""

import asyncio
import hashlib
from pathlib import Path
from typing import NoReturn, Self

import msgspec

from dinh.trust.signer import wire


class SignerError(Exception):
    """The signer gave no signature; the subclass says why."""


class SignerUnavailable(SignerError):
    """No answer in time. A ticket sent with the request may have been counted."""


class SignerRefused(SignerError):
    """The signer understood and said no."""


class TicketRefused(SignerRefused):
    """A person's key was asked without a ticket that allows it."""


class UnknownKey(SignerRefused):
    """No key has this handle."""


_REFUSALS: dict[str, type[SignerRefused]] = {"ticket_refused": TicketRefused, "unknown_key": UnknownKey}
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class SignerClient:
    """A few connections to one signer, kept open between requests.

    Nothing is sent twice: a request whose answer is lost raises `SignerUnavailable`,
    because a ticket may have been spent and only the caller can get a new one.
    Belongs to the event loop it is first used in.
    """

    def __init__(self, path: Path, *, connections: int = 4, timeout: float = 5.0) -> None:
        self._path = path
        self._timeout = timeout
        self._free = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []

    async def create(self, handle: str, kind: wire.Kind) -> str:
        """The public key (PEM) of a new key, or of the key made by an earlier call."""
        return _public(await self._ask(wire.Create(handle, kind)))

    async def public(self, handle: str) -> str:
        return _public(await self._ask(wire.Public(handle)))

    async def sign(
        self, handle: str, digest: bytes, ticket: str | None = None, subject: str | None = None, *, hash_name: wire.HashName = "sha256"
    ) -> wire.Signature:
        """A DER signature over a digest made with `hash_name`; `subject` is what the ticket was given for, a person's key demands both."""
        answer = await self._ask(wire.Sign(handle, digest, ticket, subject, hash_name))
        if not isinstance(answer, wire.Signature):
            _refuse(answer)
        if answer.algorithm != wire.ALGORITHMS[hash_name]:
            raise SignerUnavailable(f"the signer answered with {answer.algorithm}")
        return answer

    async def sign_data(self, handle: str, data: bytes) -> bytes:
        return (await self.sign(handle, hashlib.sha256(data).digest())).value

    async def close(self) -> None:
        self._drop_idle()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(self, request: wire.Request) -> wire.Answer:
        try:
            async with self._free, asyncio.timeout(self._timeout):
                return await self._exchange(request)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            raise SignerUnavailable(f"{self._path}: {error or type(error).__name__}") from error

    async def _exchange(self, request: wire.Request) -> wire.Answer:
        """A connection returns to the pool only after a whole answer, so answers never mix.

        After a failure the idle ones go too: the signer has probably been restarted.
        """
        connection = self._take() or await asyncio.open_unix_connection(self._path)
        reader, writer = connection
        try:
            await wire.write_frame(writer, request)
            answer = wire.answers.decode(await wire.read_frame(reader))
        except BaseException:
            writer.close()
            self._drop_idle()
            raise
        self._idle.append(connection)
        return answer

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    def _take(self) -> _Connection | None:
        """An idle connection the signer has not closed meanwhile (it closes them when restarted)."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None


def _public(answer: wire.Answer) -> str:
    return answer.pem if isinstance(answer, wire.PublicKey) else _refuse(answer)


def _refuse(answer: wire.Answer) -> NoReturn:
    if isinstance(answer, wire.Refusal):
        raise _REFUSALS.get(answer.code, SignerRefused)(answer.message)
    raise SignerUnavailable(f"unexpected answer {msgspec.to_builtins(answer)}")
