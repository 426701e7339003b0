"""The register of processing: what is kept about people, read from what the code itself declares."""

import msgspec

from dinh.kernel.content import Text


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of one table that are kept on one basis for one time. `title` is a register's own; a room's tables are worded by their name."""

    room: str
    table: str
    columns: list[str]
    kinds: list[str]
    basis: str
    keep: str
    nodes: list[str]
    title: Text = {}
    ref: str = ""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event whose fields refer to a person or a case. Events are never erased; they hold no names, numbers or words."""

    type: str
    fields: list[str]


class Processing(msgspec.Struct, frozen=True):
    kept: list[Kept]
    events: list[Recorded]
