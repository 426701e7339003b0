"""Follow the registry: fetch what is newer, and go on without it for as long as the policy allows."""

import httpx

from dinh.exchange.members import service, store
from dinh.exchange.members.contracts import Revocations
from dinh.exchange.members.plugs import Source
from dinh.exchange.members.service import REVOCATIONS, SHAPES, Held
from dinh.kernel import clock, log
from dinh.kernel.caller import system
from dinh.kernel.errors import BadSignature, Conflict
from dinh.kernel.node import Node

WHO = system("configuration")
PATH = "/api/exchange/v1"
MOST_BYTES = 64 * 1024 * 1024
_log = log.get("exchange")


async def follow(node: Node) -> int:
    """One round; never raises for a registry that is down, slow or lies: what is held stays in use."""
    for kind in SHAPES:
        try:
            await _follow_one(node, kind)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _log.warning("registry_unreachable", node=node.code, kind=kind, reason=type(error).__name__)
        except (BadSignature, Conflict) as error:
            _log.error("configuration_refused", node=node.code, kind=kind, reason=str(error))
            async with node.write(WHO) as tx:
                await service.refuse(tx, WHO, kind, error.key if isinstance(error, Conflict) else "exchange.bad_signature")
    await node.part(Held).refresh(node)
    await _note_gap(node)
    return 0


async def _follow_one(node: Node, kind: str) -> None:
    async with node.glance(WHO) as tx:
        held = await store.newest(tx, kind)
    found = await _fetch(node.part(Source), kind, etag_of(*held) if held else "")
    async with node.write(WHO) as tx:
        if found is None:
            await service.confirm(tx, kind)
        else:
            await service.take(tx, WHO, kind, found)


def etag_of(version: int, made_at: object) -> str:
    """A version that was renewed is another document."""
    return f'"{version}-{made_at:%Y%m%d%H%M%S%f}"'


async def _fetch(source: Source, kind: str, etag: str) -> str | None:
    """None when nothing is newer. Raises httpx.HTTPError."""
    async with source.http.stream("GET", f"{source.url}{PATH}/{kind}", headers={"if-none-match": etag} if etag else {}) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        response.raise_for_status()
        read = bytearray()
        async for part in response.aiter_bytes():
            read += part
            if len(read) > MOST_BYTES:
                raise BadSignature("a document of the registry has no end")
    try:
        return read.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadSignature("not a signed document") from error


async def _note_gap(node: Node) -> None:
    """The list of revocations is current, or it is on record since when it is not."""
    membership = node.part(Held).membership
    listed: Revocations | None = membership.revocations if membership else None
    fresh = listed is not None and clock.now() < listed.valid_until
    async with node.write(WHO) as tx:
        await service.note_gap(tx, WHO, REVOCATIONS, fresh=fresh)
