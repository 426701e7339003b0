"""A round of the worker: what was kept since the last one is stamped."""

from dinh.exchange.stamps import service
from dinh.kernel import log
from dinh.kernel.errors import BadSignature, Conflict, Unavailable
from dinh.kernel.node import Node

_log = log.get("exchange")


async def stamp_evidence(node: Node) -> int:
    """How many, if more may wait; 0 otherwise. Never raises for an authority that is down or lies: batches wait, and the gap is on record."""
    try:
        count = await service.stamp_now(node)
    except Unavailable:
        _log.warning("stamps_wait", node=node.code)
    except BadSignature as error:
        _log.error("stamp_refused", node=node.code, reason=str(error))
    except Conflict:
        return 1
    else:
        return count if count == service.MOST else 0
    return 0
