"""What was set up here: database, migrations, signer, heads, and what each node needs of its operator."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg

from dinh.app.certificates import SOON, certificates_of
from dinh.app.databases import Databases
from dinh.app.doctor.contracts import Finding
from dinh.app.nodes import open_nodes
from dinh.app.operator import Need, health
from dinh.app.pending import look
from dinh.exchange import states_of
from dinh.kernel import clock, country, events
from dinh.kernel.caller import PUBLIC
from dinh.kernel.database.setup import server_time
from dinh.kernel.errors import BadSignature, Unavailable
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.texts import Texts
from dinh.trust import SignerError

OLDEST_POSTGRESQL = 17
CLOCKS_APART = 2.0
# Said by the machine's own checks, or only true while the worker runs.
ELSEWHERE, ONLY_RUNNING = {"disk", "settings", "database", "exchange"}, {"loops", "jobs", "outbox", "seals"}
STAYS = {"app.need_held", "app.need_dead", "app.need_broken_seal", "app.need_contradiction", "app.need_dispute", "app.need_unwitnessed"}


async def database(settings: Settings) -> AsyncIterator[Finding]:
    first = next(iter(country.of(settings).hosted))
    databases = Databases(settings)
    try:
        connection = await databases.owner(databases.name(first))
    except (OSError, asyncpg.PostgresError) as error:
        yield Finding("database", "bad", f"cannot be reached: {error}", "Start it, or look at DINH_DATABASE_URL")
        return
    try:
        version = connection.get_server_version()
        apart = abs((await server_time(connection) - datetime.now(UTC)).total_seconds())
    finally:
        await connection.close()
    if version.major < OLDEST_POSTGRESQL:
        yield Finding("database", "bad", f"PostgreSQL {version.major} is too old", "Use version 17 or later")
    elif apart > CLOCKS_APART:
        yield Finding("database", "warning", f"its clock is {apart:.1f} s from this machine's", "Set both by NTP: events carry this time")
    else:
        yield Finding("database", "ok", f"PostgreSQL {version.major}.{version.minor}, its clock agrees")


async def migrations(settings: Settings) -> AsyncIterator[Finding]:
    try:
        steps = await look(settings)
    except ValueError as error:
        yield Finding("migrations", "bad", str(error), "Put the file back as it was released")
        return
    waiting = sorted({name for step in steps for name in step.expand})
    later = sorted({name for step in steps for name in step.contract})
    if waiting:
        yield Finding("migrations", "warning", f"{', '.join(waiting)} not applied yet", "Run: make upgrade")
    elif later:
        yield Finding("migrations", "warning", f"{', '.join(later)} waits until every process is new", "Then run: dinh upgrade --contract")
    else:
        yield Finding("migrations", "ok", f"all applied on {len(steps)} nodes")


async def nodes(settings: Settings, *, running: bool) -> AsyncIterator[Finding]:
    """Signer, heads, and what `/operator` would say."""
    try:
        async with open_nodes(settings, web=False) as found:
            yield Finding("signer", "ok", "it answers")
            for node in found.values():
                async for finding in _node(node, running=running):
                    yield finding
    except SignerError as error:
        yield Finding("signer", "bad", f"it does not answer: {error}", "Start it: dinh run starts it with everything else")
    except Unavailable:
        yield Finding("database", "bad", "it stopped answering", "Start it again")


async def _node(node: Node, *, running: bool) -> AsyncIterator[Finding]:
    try:
        count = await events.agree(node)
        yield Finding(f"{node.code} heads", "ok", f"{count:,} published heads agree with the database")
    except BadSignature as error:
        yield Finding(f"{node.code} heads", "bad", str(error), "Keep everything as it is, and run: dinh verify events")
    async for finding in _held(node, running=running):
        yield finding
    async with node.read(PUBLIC) as tx:
        first = next(iter(await certificates_of(tx)), None)
    if first and first.until > clock.now() + SOON:
        yield Finding(f"{node.code} certificates", "ok", f"the first ends on {first.until:%Y-%m-%d}: {first.kind} {first.name}".rstrip())
    needs = [need for need in (await health(node, PUBLIC)).needs if need.part not in ELSEWHERE and (running or not _passes(need))]
    for need in needs:
        said, _, todo = node.part(Texts).word("en", need.key, **need.params).partition(": ")
        yield Finding(f"{node.code} {need.part}", need.level, said, todo[:1].upper() + todo[1:])
    if not needs:
        yield Finding(f"{node.code}", "ok", f"nothing needs its operator ({clock.now():%H:%M} UTC)")


async def _held(node: Node, *, running: bool) -> AsyncIterator[Finding]:
    """The registry's documents. Where nothing runs, the next start fetches them."""
    async with node.read(PUBLIC) as tx:
        states = await states_of(tx)
    for state in states:
        late = running and state.until <= clock.now()
        age = int((clock.now() - state.made_at).total_seconds()) // 60
        words = f"version {state.version}, signed {age:,} minutes ago, holds until {state.until:%Y-%m-%d %H:%M} UTC"
        yield Finding(f"{node.code} {state.kind}", "warning" if late else "ok", words, "See why the registry is not reached" if late else "")


def _passes(need: Need) -> bool:
    """What waits because nothing runs here; a job that is held does not pass by itself."""
    return need.part in ONLY_RUNNING and need.key not in STAYS
