"""The shape of an outcome: pure questions and comparisons, and the steps that tell the registers."""

from datetime import date, datetime
from typing import Any, Protocol

import msgspec

from dinh.kernel.caller import Caller
from dinh.kernel.node import Node

Answers = dict[str, str]
Steps = dict[str, dict[str, Any]]


class Check(msgspec.Struct, frozen=True):
    """One line of the checklist: a text key with its parameters, and whether it holds (None: nothing to compare)."""

    text: str
    good: bool | None
    params: dict[str, str] = {}


class Finding(msgspec.Struct, frozen=True):
    """What the registers answered. `barred` are persons who may not decide: the family. `persons` are their records by role."""

    checks: list[Check]
    persons: dict[str, dict[str, Any]]
    barred: list[str]


class Filed(msgspec.Struct, frozen=True):
    """The filed case, as an outcome needs it."""

    code: str
    unit: str
    agency: str
    applicant: str
    answers: Answers


class Paper(msgspec.Struct, frozen=True):
    """Who signs what, when: the rest of the paper's data comes from the outcome."""

    agency: str
    upper_agency: str
    place: str
    signer_name: str
    signer_post: str
    decided_at: datetime
    signed_on: str
    day: date


class Outcome(Protocol):
    """`steps` names the register steps in order; each is idempotent by the case's code."""

    @property
    def steps(self) -> tuple[str, ...]: ...

    async def examine(self, node: Node, who: Caller, filed: Filed) -> Finding: ...

    async def carry_out(self, node: Node, who: Caller, step: str, filed: Filed, finding: Finding, done: Steps) -> dict[str, Any]: ...

    def paper(self, node: Node, filed: Filed, finding: Finding, done: Steps, paper: Paper) -> dict[str, Any]: ...
