"""Suppression of small cells, with whatever else must go so that no total gives one back.

A table with its totals is a circulation: a count flows from the total of its row through its cell to the total of its column.
What a reader cannot know is then what can still flow otherwise: a hidden cell may have another value exactly if the residual
network of the hidden cells has a cycle through it, within what its mark gives away (`small`: from 1 up to the smallest number
published; `held`: from that number on). A cell without such a cycle is derivable, and the cheapest further cells that
close one are held back as well. Nothing is approximate: flows of whole numbers are enough.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping

from dinh.indicators.disclosure.contracts import TOTAL, Cell, Shown

Node = tuple[str, str]
_ROWS, _COLUMNS = ("rows", TOTAL), ("columns", TOTAL)
# Totals are what people look for: they are held back last.
_TOTAL_COST = 1_000_000
_Arc = tuple[Node, Cell, int]


def with_totals(cells: Mapping[Cell, int]) -> dict[Cell, int]:
    """Zeros are left out: they are published as they are."""
    table: defaultdict[Cell, int] = defaultdict(int)
    for (row, column), value in cells.items():
        for cell in ((row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            table[cell] += value
    return {cell: value for cell, value in table.items() if value}


def publish(cells: Mapping[Cell, int], smallest: int) -> dict[Cell, Shown]:
    """The table with its totals as it may be seen. Absent cells are zero."""
    table = with_totals(cells)
    small = {cell for cell, value in table.items() if value < smallest}
    hidden = set(small)
    for cell in sorted(small):
        if not changeable(table, hidden, cell, smallest):
            more = _cheapest(table, hidden, cell, smallest)
            hidden |= set(table) if more is None else more
    if not all(changeable(table, hidden, cell, smallest) for cell in small):
        return dict.fromkeys(table, Shown(None, "none"))
    return {cell: Shown(None, "small" if cell in small else "held") if cell in hidden else Shown(value) for cell, value in table.items()}


def changeable(table: Mapping[Cell, int], hidden: set[Cell], cell: Cell, smallest: int) -> bool:
    """Whether the published numbers and marks leave this hidden cell more than one possible value."""
    arcs = _residual(table, hidden - {cell}, smallest)
    return any(_reaches(arcs, start, end) for start, end in _ways_around(cell, table[cell], smallest))


def _ends(cell: Cell) -> tuple[Node, Node]:
    row, column = cell
    tail = _ROWS if row != TOTAL and column == TOTAL else ("row", row)
    head = _COLUMNS if column != TOTAL and row == TOTAL else ("column", column)
    if cell == (TOTAL, TOTAL):
        return _COLUMNS, _ROWS
    if column == TOTAL:
        return tail, ("row", row)
    return (("column", column), head) if row == TOTAL else (tail, head)


def _may_grow(value: int, smallest: int) -> bool:
    return value != smallest - 1


def _may_shrink(value: int, smallest: int) -> bool:
    return value not in {1, smallest}


def _ways_around(cell: Cell, value: int, smallest: int) -> Iterator[tuple[Node, Node]]:
    """From where to where a path must lead for the cell to be one more, or one less."""
    tail, head = _ends(cell)
    if _may_grow(value, smallest):
        yield head, tail
    if _may_shrink(value, smallest):
        yield tail, head


def _residual(table: Mapping[Cell, int], cells: set[Cell], smallest: int) -> dict[Node, list[_Arc]]:
    """Where one more can flow, or one less; published cells cost what is lost with them, hidden ones nothing."""
    arcs: defaultdict[Node, list[_Arc]] = defaultdict(list)
    for cell in sorted(cells):
        (tail, head), value = _ends(cell), table[cell]
        cost = value + (_TOTAL_COST if TOTAL in cell else 0)
        if _may_grow(value, smallest):
            arcs[tail].append((head, cell, cost))
        if _may_shrink(value, smallest):
            arcs[head].append((tail, cell, cost))
    return arcs


def _reaches(arcs: Mapping[Node, list[_Arc]], start: Node, end: Node) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        for following, _, _ in arcs.get(waiting.pop(), ()):
            if following == end:
                return True
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def _cheapest(table: Mapping[Cell, int], hidden: set[Cell], cell: Cell, smallest: int) -> set[Cell] | None:
    """The cells of the cheapest cycle through this one; None when there is none."""
    arcs = _residual(table, set(table) - {cell}, smallest)
    found = [path for start, end in _ways_around(cell, table[cell], smallest) if (path := _path(arcs, hidden, start, end))]
    return min(found, key=lambda path: (path[0], sorted(path[1])))[1] if found else None


def _path(arcs: Mapping[Node, list[_Arc]], hidden: set[Cell], start: Node, end: Node) -> tuple[int, set[Cell]] | None:
    """Dijkstra's, with what is hidden already for nothing."""
    best: dict[Node, float] = {start: 0}
    came: dict[Node, tuple[Node, Cell]] = {}
    waiting: list[tuple[int, Node]] = [(0, start)]
    while waiting:
        so_far, node = heapq.heappop(waiting)
        if node == end:
            return so_far, set(_walk_back(came, end, start))
        for following, cell, cost in arcs.get(node, ()):
            reached = so_far + (0 if cell in hidden else cost)
            if reached < best.get(following, math.inf):
                best[following] = reached
                came[following] = (node, cell)
                heapq.heappush(waiting, (reached, following))
    return None


def _walk_back(came: Mapping[Node, tuple[Node, Cell]], node: Node, start: Node) -> Iterator[Cell]:
    while node != start:
        node, cell = came[node]
        yield cell
