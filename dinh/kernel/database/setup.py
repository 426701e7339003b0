"""Create a node's database and roles. Runs as the owner, before any pool exists."""

from datetime import datetime

import asyncpg

from dinh.kernel.database.embedded import APPLICATION

ROWS = "dinh_rows"
SYSTEM = "dinh_system"


async def ensure_roles(connection: asyncpg.Connection) -> None:
    """Three roles without DDL. `dinh_rows` holds the grants; `dinh_app` connects and sees what its caller may see;
    `dinh_system` is what a transaction of the platform itself steps into (SET LOCAL ROLE): its policies see all rows.
    """
    known = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    for role, login in ((ROWS, "NOLOGIN"), (SYSTEM, "NOLOGIN"), (APPLICATION, "LOGIN")):
        if role not in known:
            await connection.execute(f"CREATE ROLE {role} {login} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
    if APPLICATION not in known:
        await connection.execute(f"GRANT {ROWS} TO {APPLICATION}, {SYSTEM}")
        await connection.execute(f"GRANT {SYSTEM} TO {APPLICATION} WITH INHERIT FALSE, SET TRUE")


async def ensure_database(connection: asyncpg.Connection, name: str) -> bool:
    """True when it was made now."""
    if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        return False
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {APPLICATION}')
    return True


async def server_time(connection: asyncpg.Connection) -> datetime:
    """What the server's own clock shows."""
    found: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return found
