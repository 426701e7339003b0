"""The OpenAPI documents of services, on any node: fetched once, checked with the digest that the signed configuration names."""

from typing import Any

import httpx

from dinh.exchange.members import Service, Source
from dinh.exchange.registry import openapi, store
from dinh.exchange.registry.contracts import digest_of
from dinh.kernel.caller import system
from dinh.kernel.errors import Invalid, Unavailable
from dinh.kernel.node import Node

WHO = system("exchange")
PATH = "/api/exchange/v1/openapi/"


async def description_of(node: Node, service: Service, address: str, language: str) -> dict[str, Any]:
    """`address` stands for the servers, for nobody reaches a provider's own. Raises Invalid without a document, Unavailable while the registry is down."""
    if service.openapi is not None:
        found = openapi.read(await _document(node, service.openapi))
    elif service.url is None:
        found = openapi.written(service, language)
    else:
        raise Invalid("exchange.no_openapi")
    return found | {"servers": [{"url": address}]}


async def _document(node: Node, digest: str) -> str:
    async with node.read(WHO) as tx:
        known = await store.openapi(tx, digest)
    if known is not None:
        return known
    found = await _fetched(node.part(Source), digest)
    async with node.write(WHO) as tx:
        await store.keep_openapi(tx, digest, found)
    return found


async def _fetched(source: Source, digest: str) -> str:
    read = bytearray()
    try:
        async with source.http.stream("GET", f"{source.url}{PATH}{digest}") as response:
            response.raise_for_status()
            async for part in response.aiter_bytes():
                read += part
                if len(read) > openapi.MOST_BYTES:
                    break
        found = read.decode()
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeDecodeError) as error:
        raise Unavailable("exchange.unreachable") from error
    if digest_of(found) != digest:
        raise Unavailable("exchange.unreachable")
    return found
