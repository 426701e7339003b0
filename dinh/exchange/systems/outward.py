"""Reaches the systems of the members that a node hosts."""

from io import BytesIO

import aiohttp
from yarl import URL

from dinh.exchange.gateway import Systems, Told
from dinh.exchange.members import Service
from dinh.kernel import log
from dinh.kernel.errors import TooLarge, Unavailable

MOST = 10 * 1024 * 1024
AT_ONCE = 512 * 1024
_log = log.get("exchange")


class HttpSystems(Systems):
    """Connections are kept open. What was matched with a right is what is sent: the address is not normalised again."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def call(self, service: Service, verb: str, target: str, headers: list[tuple[str, str]], body: bytes | None) -> Told:
        session = self._session = self._session or aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )  # fmt: skip
        limits = aiohttp.ClientTimeout(total=service.timeouts.answer, connect=service.timeouts.connect)
        address = URL(f"{(service.url or '').rstrip('/')}{target}", encoded=True)
        try:
            async with session.request(verb, address, headers=headers, data=_payload(body), allow_redirects=False, timeout=limits) as answer:
                content = await answer.content.read(MOST + 1) if answer.content_length is None else await _whole(answer)
                told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers]
                if len(content) > MOST:
                    raise TooLarge("exchange.too_large")
                return Told(answer.status, answer.reason or "", told, content or None)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # Not so when it could not even be reached in time.
            slow = isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ServerTimeoutError)
            _log.warning("system_slow" if slow else "system_down", service=service.code, reason=type(error).__name__)
            raise Unavailable("exchange.system_slow" if slow else "exchange.system_down") from error

    async def close(self) -> None:
        if self._session:
            await self._session.close()


def _payload(body: bytes | None) -> bytes | BytesIO | None:
    """A large one is written piece by piece, so that other calls go on meanwhile."""
    return BytesIO(body) if body is not None and len(body) > AT_ONCE else body


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    if (answer.content_length or 0) > MOST:
        raise TooLarge("exchange.too_large")
    return await answer.read()
