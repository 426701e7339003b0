"""Containers on demand: nothing of them is kept."""

from collections.abc import Sequence

import msgspec

from dinh.exchange.containers import rules, store
from dinh.exchange.containers.contracts import MOST, Call, Container, EvidenceHandedOut, Part, Stamped
from dinh.exchange.stamps import stamp_now
from dinh.kernel import events, keys
from dinh.kernel.caller import system
from dinh.kernel.errors import Invalid, NotFound, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.transactions import ReadTx

WHO = system("containers")
BOTH: tuple[Part, ...] = ("request", "response")
Content = tuple[bytes, bytes | None, bytes, bytes | None]


async def containers_of(
    node: Node, message_id: str, member: str, subsystem: str | None, parts: Sequence[Part] = BOTH, *, force: bool = False
) -> list[Container]:
    """Of every exchange with this id that the subsystem asked or answered; None is the platform's own. `force`: stamped now, if it was not yet.

    Raises NotFound, Invalid for more than MOST, and Unavailable (`exchange.not_stamped`) without a timestamp.
    """
    async with node.read(WHO) as tx:
        calls = await store.calls(tx, message_id, member, subsystem)
    if not calls:
        raise NotFound("exchange.no_evidence")
    if len(calls) > MOST:
        raise Invalid("exchange.much_evidence")
    batches = [call.batches[part] for call in calls for part in parts]
    if force:
        await stamp_now(node, batches)
    async with node.write(WHO) as tx:
        stamped = await store.stamped(tx, batches)
        if set(batches) - set(stamped):
            raise Unavailable("exchange.not_stamped")
        made = []
        for call in calls:
            content = await _content(tx, call)
            made += [_container(call, part, stamped[call.batches[part]], content) for part in parts]
            await events.append(tx, WHO, str(call.id), EvidenceHandedOut(subsystem=f"{member}/{subsystem or ''}", containers=len(parts)))
    return made


def _container(call: Call, part: Part, stamped: Stamped, content: Content | None) -> Container:
    message, body = (None, None) if content is None else content[:2] if part == "request" else content[2:]
    return Container(part, rules.pack_part(call, part, stamped, message, body), erased=content is None)


async def _content(tx: ReadTx, call: Call) -> Content | None:
    """None when it was erased: its row, or the key of its month."""
    if call.sealed is None or call.key is None:
        return None
    key = (await keys.by_ids(tx, [call.key])).get(call.key)
    return None if key is None else msgspec.msgpack.decode(key.decrypt(call.sealed, call.id.bytes), type=Content)
