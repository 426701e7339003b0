"""Whether the address that a member has written down leads anywhere: said to a person, and no reason to refuse."""

import asyncio
import contextlib
import ipaddress
import socket
from urllib.parse import urlsplit

SECONDS = 5.0
UNKNOWN = "{host} is no name that this machine can find: check how it is written, and its entry in the DNS. Other nodes will not reach {url}."
SILENT = "{url} does not answer: check the address and that the firewalls between let port {port} through, from this machine and from every node that will ask."
CLOSED = "The machine of {url} answers, but nothing listens on port {port} yet. That is as it should be before the agency has joined; afterwards look there with dinh doctor."
OWN = "{url} leads every node to itself: only nodes on this machine will reach it. Check the address if the agency's is another."


async def advice_on(url: str) -> str:
    """One sentence or two for the operator; empty where somebody listens."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    own = host == "localhost" or host.endswith(".localhost")
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1" if own else host, port)
    except (socket.gaierror, UnicodeError):
        found = UNKNOWN
    except ConnectionRefusedError:
        found = CLOSED
    except (OSError, TimeoutError):
        found = SILENT
    else:
        found = ""
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    sentences = [found] if found else []
    if own or _loopback(host):
        sentences.append(OWN)
    return " ".join(sentences).format(host=host, port=port, url=url)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
