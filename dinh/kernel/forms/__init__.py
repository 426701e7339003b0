"""Forms declared in data: pages of fields, groups that repeat, conditions that branch."""

from dinh.kernel.forms.conditions import Answers, Condition, atoms, holds, mentioned, verdict
from dinh.kernel.forms.contracts import Choice, Field, Form, Page, Source, flatten, items, root, slots
from dinh.kernel.forms.rules import check, digest, first_day, read, tidy, with_item, without_item
from dinh.kernel.forms.verification import condition_faults, form_faults, gates_of
from dinh.kernel.forms.words import in_words

__all__ = [
    "Answers",
    "Choice",
    "Condition",
    "Field",
    "Form",
    "Page",
    "Source",
    "atoms",
    "check",
    "condition_faults",
    "digest",
    "first_day",
    "flatten",
    "form_faults",
    "gates_of",
    "holds",
    "in_words",
    "items",
    "mentioned",
    "read",
    "root",
    "slots",
    "tidy",
    "verdict",
    "with_item",
    "without_item",
]  # fmt: skip
