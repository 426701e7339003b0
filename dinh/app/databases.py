"""One database per node, in the embedded server or in a real one (`DINH_DATABASE_URL`)."""

from functools import cached_property
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from dinh.app import release
from dinh.kernel import transactions
from dinh.kernel.database.embedded import APPLICATION, OWNER, Server
from dinh.kernel.settings import Settings

# The server ends what runs away: a timer for every statement in Python costs more than the statement's own parsing.
SESSION = {"search_path": "ext", "jit": "off", "statement_timeout": "30s", "idle_in_transaction_session_timeout": "60s"}


class Databases:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def server(self) -> Server | None:
        """The embedded server, unless a real one is configured."""
        return None if self._settings.database_url else Server(self._settings.home)

    @staticmethod
    def name(node: str) -> str:
        return f"dinh_{node}"

    def owner_dsn(self, database: str) -> str:
        if self.server:
            return self.server.dsn(database, OWNER)
        return urlunsplit(urlsplit(self._settings.database_url or "")._replace(path=f"/{database}"))

    async def owner(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(self.owner_dsn(database), timeout=10, server_settings={"application_name": release.current().mark})

    async def pool(self, node: str, *, min_size: int = 1, max_size: int = 12, role: str = APPLICATION) -> asyncpg.Pool:
        """Connections of the application's role, or of one that it may step into. In a real server the configured account steps into it."""
        # The release stands in the connection's name, so that an upgrade sees who still runs the one before.
        session = {**SESSION, "application_name": release.current().mark}
        dsn = self.server.dsn(self.name(node), APPLICATION) if self.server else self.owner_dsn(self.name(node))
        if not self.server or role != APPLICATION:
            session["role"] = role
        return await asyncpg.create_pool(
            dsn, min_size=min_size, max_size=max_size, init=transactions.prepare, reset=_as_it_is, timeout=5, server_settings=session
        )


async def _as_it_is(_: asyncpg.Connection) -> None:
    """A transaction ends with COMMIT or ROLLBACK and sets nothing beyond itself: there is nothing to reset, and a round trip to save."""
