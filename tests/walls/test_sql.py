"""SQL stays in its place: in `store.py`, in its room's own schema, and with a word on every column about personal data."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.walls.source import COUNTRIES, PACKAGE, ROOMS, files, listed, literals, name_of, parse, read, room_of, text_literals, walk

# SQL outside a store, each with its reason. One that is no longer needed fails too.
ELSEWHERE = {
    "dinh/identity/accounts/limiter.py": "the storage of `limits`: commits by itself, apart from every transaction",
    "dinh/kernel/database/migrations.py": "applies the rooms' SQL and keeps its own table of what was applied",
    "dinh/kernel/database/setup.py": "databases and roles, as the owner",
    "dinh/kernel/files.py": "a noun of one file: rows of `kernel.file` beside the bytes they describe",
    "dinh/kernel/jobs.py": "sets up and drains the schema of pgqueuer",
    "dinh/kernel/keys.py": "a noun of one file: rows of `kernel.data_key`",
    "dinh/kernel/transactions.py": "begins and ends transactions",
    "dinh/kernel/web/server.py": "the health check's SELECT 1",
    "dinh/registers/description/rules.py": "writes DDL from a description, as text; nothing runs there",
}
SCHEMAS = {**{room: {room} for room in ROOMS}, "kernel": {"kernel", "jobs"}}
EVERYONE = {"ext", "pg_catalog", "information_schema"}
VERB = re.compile(
    r"\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|FROM|JOIN|WHERE|RETURNING|ON CONFLICT|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|COPY|SET LOCAL"
    r"|BEGIN|COMMIT|ROLLBACK)\b(?!-)"
)
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE|REFERENCES)\s+(?:ONLY\s+|IF NOT EXISTS\s+|IF EXISTS\s+)?([a-z_]+)(\.|\s*\()?")
# Words that look like tables: `DO UPDATE SET`, `FOR UPDATE OF`, `IS DISTINCT FROM excluded.x`.
NO_TABLE = {"set", "of", "skip", "nowait", "excluded", "new", "old", "lateral"}
NOTE = re.compile(r"--\s*pii: (?:none|[a-z][a-z ]*; basis: [^;]+; keep: [^;]+)$")
CONSTRAINTS = ("PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT", "EXCLUDE", "LIKE")
CREATE = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([\w.]+) \((.*?)\n?\)(?: PARTITION BY [^;]*)?;", re.DOTALL)


def sql_in(texts: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(line, text) for line, text in texts if VERB.match(text)]


def foreign_schemas(sql: str, own: set[str]) -> set[str]:
    """Schemas that a room names and may not: another room's anywhere, any unknown one where a table stands, and `?` for a table without one."""
    plain = re.sub(r"'[^']*'|--[^\n]*", "''", sql)
    named = set(re.findall(r"\b([a-z_]+)\.", plain)) & ({*ROOMS, "jobs", "public"} - own)
    common = set(re.findall(r"\b([a-z_]+)(?: \([^)]*\))? AS (?:NOT MATERIALIZED |MATERIALIZED )?\(", plain))
    for name, after in TABLE.findall(plain):
        if name in NO_TABLE or after.endswith("(") or name in common or name.startswith("pg_"):
            continue
        if after != ".":
            named.add("?")
        elif name not in own | EVERYONE and not _is_alias(name, plain):
            named.add(name)
    return named


def _is_alias(name: str, sql: str) -> bool:
    return bool(re.search(rf"\b[a-z_]+\.[a-z_]+ (?:AS )?{name}\b", sql))


def copied_schemas(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """First arguments of `tx.copy(schema, table, ...)`."""
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and len(node.args) > 2:
            schema = node.args[0]
            yield node.lineno, str(schema.value) if isinstance(schema, ast.Constant) else "?"


def unannotated(sql: str) -> list[str]:
    """Columns that say nothing, or something else than the grammar, about personal data."""
    found = []
    for table, body in CREATE.findall(sql):
        for line in body.splitlines():
            column, _, _ = line.strip().partition("--")
            if column and not column.startswith(CONSTRAINTS):
                found += [f"{table}: {line.strip()}"] if not NOTE.search(line) or _several(column) else []
    added = re.findall(r"^.*ADD COLUMN.*$", sql, re.MULTILINE)
    return found + [line.strip() for line in added if not NOTE.search(line)]


def _several(column: str) -> bool:
    """One column a line: else one note would speak for many."""
    flat = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", column))
    return "," in flat.rstrip().removesuffix(",")


# Expand, then contract: nodes upgrade one by one, so a file may only add; what takes away waits, and says whose work it completes.

FIRST_LINE = re.compile(r"-- kind: (?:expand|contract of \d+\.\d+\.\d+)\n")
TAKES_AWAY = re.compile(
    r"\bDROP\s+(?!POLICY|NOT\s+NULL)\w+(?:\s+\w+)?|\bRENAME\b|\bTYPE\s+\w+\s+USING\b|\bALTER\s+COLUMN\s+\S+\s+(?:SET\s+DATA\s+)?TYPE\b|\bSET\s+NOT\s+NULL\b"
    r"|\bTRUNCATE\b|\bDELETE\s+FROM\b|\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?\S+\s+(?:(?!DEFAULT|,|;)[^\n])*\bNOT\s+NULL\b(?:(?!DEFAULT|,|;)[^\n])*(?:,|;|$)"
    r"|\bREVOKE\b(?!\s+ALL\s+ON\s+FUNCTION)",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip


def takes_away(sql: str) -> list[str]:
    """What the release before could miss."""
    return [match[0].strip() for match in TAKES_AWAY.finditer(re.sub(r"--[^\n]*", "", sql))]


def kind_faults(name: str, sql: str) -> list[str]:
    """The rooms' first files are older than the line."""
    if not FIRST_LINE.match(sql):
        return (
            [] if name.startswith("0001_") and not takes_away(sql) else ["does not begin with `-- kind: expand` or `-- kind: contract of <release>`"]
        )
    return takes_away(sql) if sql.startswith("-- kind: expand") else []


def silent_fields(description: str) -> list[str]:
    """Fields of a register's description without `pii` or `keep`."""
    fields = yaml.load(description, Loader=yaml.BaseLoader)["fields"]  # noqa: S506 - reads strings only
    return [field["name"] for field in fields if not field.get("pii", "").strip() or not field.get("keep", "").strip()]


def _migrations() -> list[Path]:
    return files("schema/*.sql")


# The house


def test_sql_stands_in_stores_only() -> None:
    holders = {name_of(path) for path in files("*.py") if path.name != "store.py" and sql_in(literals(path))}
    found = holders - set(ELSEWHERE)
    assert not found, listed(found)


def test_exceptions_are_still_needed() -> None:
    holders = {name_of(path) for path in files("*.py") if sql_in(literals(path))}
    assert set(ELSEWHERE) - holders == set()


def test_a_room_names_its_own_schema_only() -> None:
    found = []
    for path in files("*.py"):
        own = SCHEMAS.get(room_of(path), set())
        found += [f"{name_of(path)}:{line} {sorted(strange)}" for line, sql in sql_in(literals(path)) if (strange := foreign_schemas(sql, own))]
        found += [f"{name_of(path)}:{line} {schema}" for line, schema in copied_schemas(parse(path)) if schema not in own]
    assert not found, listed(found)


def test_migrations_keep_to_their_schema() -> None:
    found = {name_of(path): strange for path in _migrations() if (strange := foreign_schemas(read(path), SCHEMAS[room_of(path)]))}
    assert not found, listed(found)


def test_every_column_says_whether_it_is_personal() -> None:
    in_code = [(path, sql) for path in files("*.py") for _, sql in literals(path) if CREATE.search(sql)]
    texts = [(path, read(path)) for path in _migrations()] + in_code
    found = [f"{name_of(path)}: {line}" for path, sql in texts for line in unannotated(sql)]
    assert not found, listed(found)


def test_migrations_are_read_completely() -> None:
    """Every table of the migrations has been looked into."""
    made = sum(len(re.findall(r"^CREATE (?:UNLOGGED )?TABLE [\w.]+ \(", read(path), re.MULTILINE)) for path in _migrations())
    assert made == sum(len(CREATE.findall(read(path))) for path in _migrations()) > 0


@pytest.mark.parametrize("path", files("*/registers/*.yaml", COUNTRIES), ids=lambda path: path.parent.parent.name + "/" + path.stem)
def test_registers_say_what_is_personal(path: Path) -> None:
    assert silent_fields(read(path)) == []


def test_room_names_are_schema_names() -> None:
    made = {room_of(path): re.findall(r"CREATE SCHEMA (\w+)", read(path)) for path in _migrations()}
    assert {room: schemas for room, schemas in made.items() if schemas not in ([room], [])} == {}
    assert set(made) <= {folder.name for folder in PACKAGE.iterdir()}


def test_migrations_expand_or_say_what_they_complete() -> None:
    found = {name_of(path): wrong for path in _migrations() if (wrong := kind_faults(path.name, read(path)))}
    assert not found, listed(found)


# Their bite


@pytest.mark.parametrize(
    "code", ['x = "SELECT 1"', 'def f(t):\n    return f"DELETE FROM {t}"', 'SQL = """\n  WITH a AS (SELECT 1) SELECT 2"""', 'x = "FROM cases.case c"']
)
def test_bite_sql_is_recognised(code: str) -> None:
    assert sql_in(text_literals(ast.parse(code)))


@pytest.mark.parametrize("code", ['"""SELECT is a word of a docstring."""', 'x = "From here on"', 'x = "Select a file"', 'x = "SET-COOKIE"'])
def test_bite_prose_is_not_sql(code: str) -> None:
    assert not sql_in(text_literals(ast.parse(code)))


@pytest.mark.parametrize(
    ("sql", "strange"),
    [
        ("SELECT 1 FROM vault.document", {"vault"}),
        ("SELECT 1 FROM cases.case c, vault.document d", {"vault"}),
        ("SELECT 1 FROM cases.case c JOIN registers.person p ON p.ref = c.id", {"registers"}),
        ("INSERT INTO elsewhere.thing VALUES (1)", {"elsewhere"}),
        ("SELECT kernel.ensure_years($1)", {"kernel"}),
        ("UPDATE case SET state = $1", {"?"}),
        ("CREATE TABLE cases.a (b uuid REFERENCES identity.account (id));", {"identity"}),
        ("DELETE FROM public.case", {"public"}),
    ],
)
def test_bite_foreign_schemas(sql: str, strange: set[str]) -> None:
    assert foreign_schemas(sql, {"cases"}) == strange


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT c.id FROM cases.case c JOIN cases.role r ON r.case_id = c.id FOR UPDATE OF c",
        "WITH fresh AS (SELECT 1) SELECT * FROM fresh",
        "INSERT INTO cases.counter AS k (unit) VALUES ($1) ON CONFLICT (unit) DO UPDATE SET last = k.last + 1",
        "SELECT m FROM unnest($1) m",
        "SELECT 1 FROM cases.case WHERE note = 'FROM vault.document'",
        "SELECT 1 FROM cases.case c WHERE c.state IS DISTINCT FROM c.before",
    ],
)
def test_bite_own_schema_passes(sql: str) -> None:
    assert foreign_schemas(sql, {"cases"}) == set()


def test_bite_copy() -> None:
    assert list(copied_schemas(ast.parse('await_ = tx.copy("vault", name, columns, rows)'))) == [(1, "vault")]


@pytest.mark.parametrize(
    "column",
    [
        "name text",
        "name text -- personal",
        "name text -- pii: name",
        "name text -- pii: name; basis: law",
        "name text -- pii: name; basis: ; keep: 1 day",
        "a text, b text -- pii: none",
    ],
)
def test_bite_columns_without_a_word(column: str) -> None:
    assert unannotated(f"CREATE TABLE cases.a (\n  id uuid PRIMARY KEY, -- pii: none\n  {column}\n);") == [f"cases.a: {column}"]


def test_bite_added_column() -> None:
    assert unannotated("ALTER TABLE cases.a ADD COLUMN name text;") != []


def test_bite_annotated_columns_pass() -> None:
    sql = "CREATE TABLE cases.a (\n  name numeric(4, 2) NOT NULL, -- pii: name; basis: task of the agency; keep: 1 day\n  PRIMARY KEY (name)\n);"
    assert unannotated(sql) == []


def test_bite_silent_field() -> None:
    assert silent_fields("fields:\n  - {name: a, pii: none, keep: permanent}\n  - {name: b, pii: name}\n  - {name: c, keep: ''}\n") == ["b", "c"]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE cases.a;", "ALTER TABLE cases.a DROP COLUMN b;", "ALTER TABLE cases.a RENAME COLUMN b TO c;", "ALTER TABLE cases.a ALTER COLUMN b TYPE int;",
        "ALTER TABLE cases.a ALTER COLUMN b SET NOT NULL;", "ALTER TABLE cases.a ADD COLUMN b text NOT NULL; -- pii: none", "TRUNCATE cases.a;",
        "DELETE FROM cases.a;", "REVOKE SELECT ON cases.a FROM dinh_rows;", "ALTER TABLE cases.a DROP CONSTRAINT a_pkey;", "alter table cases.a drop column b;",
    ],
)  # fmt: skip
def test_bite_expansion_that_takes_away(sql: str) -> None:
    assert kind_faults("0002_a.sql", f"-- kind: expand\n{sql}")
    assert not kind_faults("0002_a.sql", f"-- kind: contract of 0.2.0\n{sql}")


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE cases.a ADD COLUMN b text; -- pii: none", "ALTER TABLE cases.a ADD COLUMN b text NOT NULL DEFAULT ''; -- pii: none",
        "ALTER TABLE cases.a ADD COLUMN b int DEFAULT 0 NOT NULL; -- pii: none", "CREATE TABLE cases.a (b text NOT NULL); -- DROP TABLE", "DROP POLICY p ON cases.a;",
        "ALTER TABLE cases.a ALTER COLUMN b DROP NOT NULL;", "CREATE INDEX ON cases.a (b);", "REVOKE ALL ON FUNCTION cases.f FROM PUBLIC;",
    ],
)  # fmt: skip
def test_bite_expansion_that_adds_passes(sql: str) -> None:
    assert kind_faults("0002_a.sql", f"-- kind: expand\n{sql}") == []


def test_bite_migration_without_a_kind() -> None:
    assert kind_faults("0002_a.sql", "CREATE INDEX ON cases.a (b);")
    assert kind_faults("0003_a.sql", "-- kind: contract\nDROP TABLE cases.a;")
    assert kind_faults("0001_a.sql", "CREATE SCHEMA cases;") == []
