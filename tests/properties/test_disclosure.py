"""No suppressed number can be worked out from what is published."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dinh.indicators.disclosure import TOTAL, Cell, Shown, publish
from dinh.indicators.disclosure.rules import with_totals

SMALLEST = 5
VALUES = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 7, 11, 40])


@st.composite
def tables(draw: st.DrawFn, most: int = 3) -> dict[Cell, int]:
    rows, columns = draw(st.integers(1, most)), draw(st.integers(1, most))
    return {(f"r{row}", f"c{column}"): draw(VALUES) for row, column in product(range(rows), range(columns))}


def _lines(shown: dict[Cell, Shown]) -> list[tuple[Cell, list[Cell]]]:
    """Each total with the cells that add up to it."""
    rows, columns = sorted({row for row, _ in shown} - {TOTAL}), sorted({column for _, column in shown} - {TOTAL})
    found = [((row, TOTAL), [(row, column) for column in columns]) for row in [*rows, TOTAL]]
    return found + [((TOTAL, column), [(row, column) for row in rows]) for column in [*columns, TOTAL]]


def _possible(shown: dict[Cell, Shown], truth: dict[Cell, int]) -> dict[Cell, set[int]]:
    """What a reader can work out, by trying every table that looks the same: for each hidden cell, the values that it can have.

    The inner cells decide the totals. A held cell is tried near its true value: others would only add possible values.
    """
    inner = [cell for cell, one in shown.items() if TOTAL not in cell and one.hidden]
    ranges = {cell: range(1, SMALLEST) if truth[cell] < SMALLEST else range(max(SMALLEST, truth[cell] - 2), truth[cell] + 3) for cell in inner}
    fixed = {cell: one.value or 0 for cell, one in shown.items() if TOTAL not in cell and not one.hidden}
    found: dict[Cell, set[int]] = {cell: set() for cell, one in shown.items() if one.hidden}
    for values in product(*ranges.values()):
        table = fixed | dict(zip(inner, values, strict=True))
        for total, parts in sorted(_lines(shown), key=lambda line: line[0] == (TOTAL, TOTAL)):
            if total != (TOTAL, TOTAL):
                table[total] = sum(table.get(part, 0) for part in parts)
        table[TOTAL, TOTAL] = sum(value for (row, column), value in table.items() if TOTAL not in {row, column})
        if all(_looks(table.get(cell, 0), one) for cell, one in shown.items()):
            for cell, values_of_it in found.items():
                values_of_it.add(table[cell])
    return found


def _looks(value: int, one: Shown) -> bool:
    if one.hidden == "small":
        return 1 <= value < SMALLEST
    return value >= SMALLEST if one.hidden == "held" else value == one.value


@settings(deadline=None, max_examples=150)
@given(tables())
def test_no_small_number_can_be_derived_from_anything_published(cells: dict[Cell, int]) -> None:
    shown = publish(cells, SMALLEST)
    hidden_inside = [cell for cell, one in shown.items() if TOTAL not in cell and one.hidden]
    if any(one.hidden == "none" for one in shown.values()) or len(hidden_inside) > 5:
        return
    possible = _possible(shown, cells)
    for cell, one in shown.items():
        if one.hidden == "small":
            assert len(possible[cell]) > 1, (cell, shown)


@settings(deadline=None)
@given(tables(8))
def test_what_is_shown_is_true_and_what_is_small_is_not_shown(cells: dict[Cell, int]) -> None:
    shown = publish(cells, SMALLEST)
    for (row, column), one in shown.items():
        value = sum(count for (r, c), count in cells.items() if row in {r, TOTAL} and column in {c, TOTAL})
        assert one.value in {value, None}
        assert (one.value is None) == (one.hidden is not None)
        assert value >= SMALLEST or one.hidden
        if one.hidden in {"small", "held"}:
            assert (value < SMALLEST) == (one.hidden == "small")
    assert all(cell in shown or not value for cell, value in cells.items())


@settings(deadline=None)
@given(tables(8))
def test_where_nothing_is_small_nothing_is_held_back(cells: dict[Cell, int]) -> None:
    large = {cell: value + SMALLEST for cell, value in cells.items() if value}
    assert all(one.hidden is None for one in publish(large, SMALLEST).values())


def test_a_lone_small_number_takes_the_cheapest_way_out() -> None:
    """Two units, two procedures, one small cell: three more cells close the square, and the totals stay."""
    cells = {("a", "x"): 3, ("a", "y"): 20, ("b", "x"): 30, ("b", "y"): 40, ("c", "x"): 50, ("c", "y"): 60}
    shown = publish(cells, SMALLEST)
    assert {cell: one.hidden for cell, one in shown.items() if one.hidden} == {
        ("a", "x"): "small", ("a", "y"): "held", ("b", "x"): "held", ("b", "y"): "held",
    }  # fmt: skip
    assert shown[TOTAL, TOTAL].value == 203


def test_the_bounds_of_the_marks_give_nothing_away() -> None:
    """Two ones in a row that adds up to two: the sum of two marks "1 to 4" would tell both."""
    cells = {("a", "x"): 1, ("a", "y"): 1, ("b", "x"): 50, ("b", "y"): 50}
    shown = publish(cells, SMALLEST)
    assert shown["a", TOTAL].hidden == "small"
    assert len(_possible(shown, cells)["a", "x"]) > 1


def test_bite_hiding_the_small_cells_alone_gives_them_away() -> None:
    """The test above sees it: what a naive suppression leaves open."""
    cells = {("a", "x"): 3, ("a", "y"): 20, ("b", "x"): 30, ("b", "y"): 40}
    naive = {cell: Shown(None, "small") if one == 3 else Shown(one) for cell, one in with_totals(cells).items()}
    assert _possible(naive, cells)["a", "x"] == {3}


@pytest.mark.parametrize("rows", [114])
def test_a_province_is_published_in_time(rows: int) -> None:
    cells = {(f"{row:03d}", f"p{column}"): (row * 7 + column * 13) % 17 for row, column in product(range(rows), range(10))}
    shown = publish(cells, SMALLEST)
    assert shown[TOTAL, TOTAL].value == sum(cells.values())
