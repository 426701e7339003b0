"""A node: one or more agencies on one database, with its own keys, files, sealer and jobs."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from dinh.kernel import transactions
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country, NodePlan
from dinh.kernel.settings import Settings

Part = TypeVar("Part")


class Node:
    """What every verb can reach through its transaction: settings, the country, the pool, and the parts that app plugged in."""

    def __init__(self, plan: NodePlan, country: Country, settings: Settings, pool: asyncpg.Pool, lone: asyncpg.Pool) -> None:
        self.plan = plan
        self.code = plan.code
        self.country = country
        self.settings = settings
        self.pool, self.lone = pool, lone
        self._parts: dict[type, Any] = {}

    @property
    def home(self) -> Path:
        return self.settings.home / "nodes" / self.code

    @property
    def origin(self) -> str:
        """Where browsers reach this node."""
        port = "" if self.settings.port in {80, 443} else f":{self.settings.port}"
        return f"{self.settings.public_scheme}://{self.plan.host}{port}"

    def origin_of(self, plan: NodePlan) -> str:
        """Where browsers reach another node of this country."""
        return self.origin.replace(self.plan.host, plan.host, 1)

    def read(self, who: Caller) -> AbstractAsyncContextManager[transactions.ReadTx]:
        return transactions.reading(self, who)

    def glance(self, who: Caller) -> AbstractAsyncContextManager[transactions.ReadTx]:
        return transactions.glancing(self, who)

    def write(self, who: Caller) -> AbstractAsyncContextManager[transactions.WriteTx]:
        return transactions.writing(self, who)

    def alone(self, who: Caller) -> AbstractAsyncContextManager[transactions.WriteTx]:
        return transactions.alone(self, who)

    def plug(self, kind: type[Part], part: Part) -> None:
        """App only. A lower room names a protocol; app plugs in what an upper room offers for it."""
        self._parts[kind] = part

    def part(self, kind: type[Part]) -> Part:
        found = self._parts.get(kind)
        if found is None:
            message = f"node {self.code} has no {kind.__name__}"
            raise LookupError(message)
        return found  # type: ignore[no-any-return]
