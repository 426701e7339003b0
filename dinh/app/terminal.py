"""What a person at a terminal sees while something takes long. Light to import."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

console = Console(stderr=True)


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
