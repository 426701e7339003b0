"""From a description to its table."""

from dinh.registers.description.contracts import Column, Register

_TYPES = {"text": "text", "date": "date", "bool": "bool"}


def ddl(register: Register) -> str:
    """Idempotent. Names come from a pattern that allows letters and underscores only."""
    table = f"registers.{register.name}"
    lines = [_column(column) for column in register.fields]
    lines += [f"  {column.name}_{suffix} text NOT NULL" for column in register.fields if column.search for suffix in ("folded", "order")]
    statements = [f"CREATE TABLE IF NOT EXISTS {table} (\n" + ",\n".join(lines) + "\n)"]
    for column in register.fields:
        if column.index:
            statements.append(f"CREATE INDEX IF NOT EXISTS {register.name}_{column.name} ON {table} ({column.name})")
        if column.search:
            name = f"{column.name}_folded"
            statements.append(f"CREATE INDEX IF NOT EXISTS {register.name}_{name} ON {table} USING gin ({name} ext.gin_trgm_ops)")
    statements.append(f"GRANT SELECT, INSERT, UPDATE ON {table} TO dinh_rows")
    return ";\n".join(statements) + ";"


def _column(column: Column) -> str:
    rule = " PRIMARY KEY" if column.key else "" if column.optional else " NOT NULL"
    return f"  {column.name} {_TYPES[column.type]}{rule}{' UNIQUE' if column.unique else ''}"
