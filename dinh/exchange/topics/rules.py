"""What a publication may say, and how much of it each subscriber is told."""

from typing import Any

from dinh.exchange.members import Subscription, Topic
from dinh.kernel.errors import Invalid


def check(topic: Topic, body: dict[str, Any]) -> None:
    """Raises Invalid, naming what is missing or is not carried by the topic."""
    allowed, needed = {one.removesuffix("?") for one in topic.carries}, {one for one in topic.carries if not one.endswith("?")}
    if wrong := sorted(needed - body.keys() | body.keys() - allowed):
        raise Invalid("exchange.bad_publication", fields=dict.fromkeys(wrong, "exchange.bad_publication"), name=wrong[0])


def part_of(subscription: Subscription, body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if not subscription.carries or name in subscription.carries}
