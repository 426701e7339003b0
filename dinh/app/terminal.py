"""What every command says and how: sentences on standard error, JSON on standard output."""

import sys
import time
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from dinh.kernel import log
from dinh.kernel.settings import Settings, load

console = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def settings() -> Settings:
    chosen = load()
    log.set_up("warning" if chosen.log_level == "info" else chosen.log_level, pretty=sys.stderr.isatty())
    return chosen


def answer(value: object, words: str, *, json: bool) -> None:
    """One result: as JSON on standard output, or as a sentence for people."""
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value)).decode() + "\n")
    else:
        console.print(words, highlight=False, soft_wrap=True)


def fail(sentence: str) -> NoReturn:
    console.print(f"[red]{sentence}[/red]", highlight=False, soft_wrap=True)
    sys.exit(1)


class Bar:
    """Shows progress only for what takes long enough to want it."""

    def __init__(self, label: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} / {task.total:,}"), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task(label, total=1)
        self.started = time.perf_counter()
        self.made = 0

    def __call__(self, made: int, total: int) -> None:
        if not self.made:
            self._progress.start()
        self.made = made
        self._progress.update(self._task, completed=min(made, total), total=total)

    def close(self) -> None:
        if self.made:
            self._progress.stop()

    @property
    def rate(self) -> float:
        return self.made / max(time.perf_counter() - self.started, 0.001)
