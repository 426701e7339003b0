"""What happens on a node, sealed, and a round of showing its head."""

from dinh.exchange import show_heads
from dinh.kernel import events
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from dinh.offices import Appointed

WHO = system("test")


async def happen(node: Node, post: str = "post", times: int = 1) -> None:
    for at in range(times):
        async with node.write(WHO) as tx:
            day = tx.node.country.local_date(tx.now)
            await events.append(tx, WHO, f"{post}-{at}", Appointed(post=post, unit="u", person="p", since=day))
    while await events.seal(node):
        pass


async def show_round(node: Node) -> None:
    while await events.seal(node):
        pass
    await show_heads(node)


async def newest(node: Node) -> tuple[int, int]:
    async with node.read(WHO) as tx:
        head = await events.newest_head(tx)
    assert head
    return head.epoch, head.size
