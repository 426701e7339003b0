"""What a register's file may say about the quality of its records. Only the shapes: `quality` measures by them."""

from dinh.registers.measures.contracts import (
    SEVERITIES,
    WORDS,
    Agrees,
    Distinct,
    Exists,
    Filled,
    Fresh,
    Lived,
    Mutual,
    Number,
    Older,
    Order,
    Past,
    Pattern,
    Quality,
    Rule,
    UnitToday,
)  # fmt: skip

__all__ = [
    "SEVERITIES", "WORDS", "Agrees", "Distinct", "Exists", "Filled", "Fresh", "Lived", "Mutual", "Number", "Older", "Order", "Past", "Pattern", "Quality",
    "Rule", "UnitToday",
]  # fmt: skip
