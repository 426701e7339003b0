"""`pages`: how long the desk's pages take with 1,000,000 cases, through the real web stack, beside the same pages' own SQL statements.

The cases lie in every commune, the busiest with forty times those of the quietest; one in twenty is open. Officials of 20 communes,
the busiest among them, ask by turns; two requests are on the way at any time.
"""

import asyncio
import random
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec

from bench.report import Figure, figure
from bench.stack import home, running
from bench.submit import ANSWERS
from dinh.app.databases import Databases
from dinh.app.nodes import open_nodes
from dinh.app.serve import build
from dinh.cases import catalogue_of
from dinh.identity import Arrival, open_session
from dinh.kernel import clock, ids, keys, languages
from dinh.kernel.caller import PUBLIC
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.transactions import WriteTx
from dinh.kernel.web.server import Nodes
from dinh.kernel.web.visit import SESSION
from dinh.offices import directory_of
from tests.statements import Statement, watched

CASES, DESKS, OPENED, SECONDS, CONNECTIONS, TARGET = 1_000_000, 20, 10, 10, 2, 50
# As in the SQL.
SLOTS = 1024
LOAD_SQL = Path(__file__).parent / "pages_load.sql"
MEASURED = 200
PAGES = ("inbox", "late", "settled", "search", "case")


class Names(msgspec.Struct):
    """Of `names.yaml`, what a name is made of."""

    class Weighted(msgspec.Struct):
        name: str
        weight: float = 1

    surnames: list[Weighted]
    female_middle: list[Weighted]
    female_given: list[str]


class Ask(msgspec.Struct, frozen=True):
    path: str
    secret: str


def run() -> list[Figure]:
    with home() as folder:
        with running(folder, DINH_PERSONS="3000"):
            pass
        with running(folder) as (_, port):
            settings = Settings(home=folder, port=port)
            asyncio.run(load(settings))
            asks, floors = asyncio.run(prepare(settings))
            taken = {page: measure(port, asks[page]) for page in PAGES}
    return [
        figure(
            f"pages_{page}",
            taken[page],
            f"ms p95, {CASES:,} cases",
            TARGET,
            floors[page],
            "p95 of the page's own SQL statements, rolled back",
            "lower",
        )
        for page in PAGES
    ]


# A million cases


async def load(settings: Settings, cases: int = CASES) -> None:
    async with open_nodes(settings, web=False) as nodes:
        node = next(node for node in nodes.values() if node.plan.units)
        async with node.read(PUBLIC) as tx:
            posts = await tx.all("SELECT unit, code, template FROM offices.post WHERE template IN ('registrar', 'chairperson') ORDER BY unit")
        by_unit: dict[str, dict[str, str]] = {}
        for post in posts:
            by_unit.setdefault(post["unit"], {})[post["template"]] = post["code"]
        directory = directory_of(node.country)
        places = [
            (n, unit, directory.agency_of_unit(unit).code, found["registrar"], found["chairperson"])
            for n, (unit, found) in enumerate((unit, found) for unit, found in by_unit.items() if len(found) == 2)
        ]
        procedures = catalogue_of(node.country).all_on(node.country.local_date(clock.now()))
        connection = await Databases(settings).owner(Databases.name(node.code))
        try:
            await _tables(connection, node, places, [(n, found.code, found.valid_from) for n, found in enumerate(procedures)])
            sql = LOAD_SQL.read_text()
            for name, value in (("places", len(places)), ("cases", cases), ("zone", f"'{node.country.zone}'"), ("node", f"'{node.code}'")):
                sql = sql.replace(f":{name}", str(value))
            for statement in re.split(r";\n+(?=\S)", sql):
                started = time.perf_counter()
                await connection.execute(statement, timeout=3600)
                print(f"{time.perf_counter() - started:8.1f} s  {statement.strip().splitlines()[0][:100]}", flush=True)  # noqa: T201
            await connection.execute("VACUUM (ANALYZE)", timeout=3600)
        finally:
            await connection.close()


async def _tables(connection: asyncpg.Connection, node: Node, places: Sequence[tuple[object, ...]], kinds: Sequence[tuple[object, ...]]) -> None:
    await connection.execute("CREATE TEMP TABLE place (n int, unit text, agency text, handler text, decider text)")
    await connection.copy_records_to_table("place", records=places)
    await connection.execute("CREATE TEMP TABLE kind (n int, procedure text, version date)")
    await connection.copy_records_to_table("kind", records=kinds)
    await connection.execute("CREATE TEMP TABLE word (kind text, n int, mark bytea, PRIMARY KEY (kind, n))")
    await connection.copy_records_to_table("word", records=list(_words(node)))


def _words(node: Node) -> Iterator[tuple[str, int, bytes]]:
    """For each part of a name a table of SLOTS words: those that are common take many slots."""
    names, fold = node.country.read("names.yaml", Names), languages.of(node.country.languages[0]).fold
    for kind, words in (
        ("surname", names.surnames),
        ("middle", names.female_middle),
        ("given", [Names.Weighted(name) for name in names.female_given]),
    ):
        drawn = random.Random(SLOTS).choices([fold(one.name) for one in words], [one.weight for one in words], k=SLOTS)
        for slot, word in enumerate(drawn):
            yield kind, slot, keys.pseudonym(node, "name", word)


# Who asks for what


async def prepare(settings: Settings) -> tuple[dict[str, list[Ask]], dict[str, float]]:
    """Sessions of officials, the addresses they open, and how long the statements behind these take alone."""
    async with open_nodes(settings) as nodes:
        node = next(node for node in nodes.values() if node.plan.units)
        async with node.write(PUBLIC) as tx:
            asks = await _asks(tx)
        floors = {page: await _floor(node, asks[page]) for page in PAGES}
    return asks, floors


async def _asks(tx: WriteTx) -> dict[str, list[Ask]]:
    names = tx.node.country.read("names.yaml", Names)
    sql = "SELECT p.unit, h.person FROM offices.holder h JOIN offices.post p ON p.code = h.post WHERE p.template = 'registrar' ORDER BY 1"
    holders = await tx.all(sql)
    found: dict[str, list[Ask]] = {page: [] for page in PAGES}
    for at, holder in enumerate(holders[:: max(1, len(holders) // DESKS)]):
        arrival = Arrival(sub=holder["person"], acr="urn:dinh:eid:id:2:auth:2", auth_time=int(tx.now.timestamp()), id_token="")
        secret = await open_session(tx, PUBLIC, arrival, "")
        name = f"{names.surnames[at % 10].name} {names.female_middle[0].name} {names.female_given[at % len(names.female_given)]}"
        paths = {
            "inbox": ["/desk"],
            "late": ["/desk?show=late"],
            "settled": ["/desk?show=settled"],
            "case": [f"/desk/{code}" for code in await _real(tx, holder["unit"])],
        }
        paths["search"] = [str(httpx.URL("/desk/search", params={"q": text})) for text in (name, name.split(maxsplit=1)[0], f"0311900{at:05d}")]
        for page, opened in paths.items():
            found[page] += [Ask(path, secret) for path in opened]
    return found


async def _real(tx: WriteTx, unit: str) -> list[str]:
    """Some of a unit's cases with content that opens."""
    await tx.run("SET LOCAL ROLE dinh_system")
    rows = await tx.all(
        "(SELECT id, code, key FROM cases.case WHERE unit = $1 AND settled_at IS NULL LIMIT $2) UNION ALL "
        "(SELECT id, code, key FROM cases.case WHERE unit = $1 AND settled_at IS NOT NULL LIMIT $2)",
        unit,
        OPENED // 2,
    )
    for row in rows:
        secret = ids.token().encode()[:32]
        content = msgspec.json.encode({"answers": ANSWERS | {"unit": unit}, "sources": {}, "files": {}})
        key = keys.DataKey(row["key"], secret)
        await tx.run("UPDATE kernel.data_key SET wrapped = $2 WHERE id = $1", row["key"], keys.wrap(tx.node, row["key"], secret))
        birth = next(one for one in catalogue_of(tx.node.country).all_on(tx.node.country.local_date(tx.now)) if one.heading_field == "child_name")
        await tx.run(
            "UPDATE cases.case SET content = $2, procedure = $3, version = $4 WHERE id = $1",
            row["id"],
            key.encrypt(content, row["id"].bytes),
            birth.code,
            birth.valid_from,
        )
        await tx.run("UPDATE cases.proposal SET note = $2 WHERE case_id = $1", row["id"], key.encrypt("Đủ điều kiện".encode(), b"note"))
    await tx.run("RESET ROLE")
    return [row["code"] for row in rows]


# The floor: what each page asks of the database, asked without the page


async def _floor(node: Node, asks: list[Ask]) -> float:
    site = Nodes({node.plan.host: build(node)}, None)  # type: ignore[arg-type]
    captured = [await _statements(site, node, ask) for ask in random.Random(DESKS).sample(asks, DESKS)]
    times = []
    async with node.pool.acquire() as connection:
        for at in range(MEASURED):
            started = time.perf_counter()
            for sql, values in captured[at % len(captured)]:
                await (connection.fetch(sql, *_anew(sql, values)) if values else connection.execute("ROLLBACK" if sql == "COMMIT" else sql))
            times.append((time.perf_counter() - started) * 1000)
    return statistics.quantiles(times, n=20)[18]


def _anew(sql: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """What was written once is written again under another id: the first value of an INSERT of ours."""
    if "INSERT INTO" not in sql:
        return values
    first = [uuid4() for _ in values[0]] if isinstance(values[0], list) else uuid4() if isinstance(values[0], UUID) else values[0]
    return (first, *values[1:])


async def _statements(site: Nodes, node: Node, ask: Ask) -> list[Statement]:
    async with watched(node) as (watch,), httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url=node.origin) as http:  # type: ignore[arg-type]
        http.cookies.set(SESSION, ask.secret)
        answer = await http.get(ask.path)
        if answer.status_code != 200:
            raise RuntimeError(f"{ask.path}: {answer.status_code} {answer.text[:500]}")
        return watch.statements


# The measure


def measure(port: int, asks: list[Ask]) -> float:
    """The 95th percentile in milliseconds."""
    rows = ",\n".join(f"{{{msgspec.json.encode(ask.path).decode()}, {msgspec.json.encode(f'{SESSION}={ask.secret}').decode()}}}" for ask in asks)
    text = f"""
local rows = {{{rows}}}
local at = 0
request = function()
  at = at % #rows + 1
  return wrk.format("GET", rows[at][1], {{["Host"] = "haiphong.localhost:{port}", ["Cookie"] = rows[at][2]}})
end
done = function(summary, latency, requests)
  print(string.format("percentiles %.3f %.3f %d", latency:percentile(50) / 1000, latency:percentile(95) / 1000, summary.errors.status))
end
"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(text)
        file.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", file.name, f"http://127.0.0.1:{port}"]
        for _ in range(2):
            done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"percentiles ([\d.]+) ([\d.]+) (\d+)", done.stdout)
    if not found or found[3] != "0":
        raise RuntimeError(done.stdout)
    print(f"{asks[0].path}: p50 {found[1]} ms, p95 {found[2]} ms", flush=True)  # noqa: T201
    return float(found[2])
