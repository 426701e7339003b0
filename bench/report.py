"""One shape for every figure: a line of JSON, and a line in the history with machine and commit."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

HISTORY = Path(__file__).parent / "history.jsonl"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`better` says on which side of the target a value has to lie; `met` follows from it."""

    name: str
    value: float
    unit: str
    target: float
    floor: float
    floor_name: str
    ratio: float
    met: bool


def figure(name: str, value: float, unit: str, target: float, floor: float, floor_name: str, better: Literal["higher", "lower"]) -> Figure:
    met = value >= target if better == "higher" else value <= target
    return Figure(
        name=name, value=round(value, 3), unit=unit, target=target, floor=round(floor, 3), floor_name=floor_name, ratio=round(value / floor, 3),
        met=met,
    )  # fmt: skip


def publish(figures: list[Figure]) -> None:
    for item in figures:
        sys.stdout.write(msgspec.json.encode(item).decode() + "\n")
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": _commit(), "machine": _machine(), "load": round(os.getloadavg()[0], 1)}
    with HISTORY.open("a") as stream:
        for item in figures:
            stream.write(msgspec.json.encode(about | msgspec.to_builtins(item)).decode() + "\n")


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], check=False, capture_output=True, text=True)
    return done.stdout.strip()


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
