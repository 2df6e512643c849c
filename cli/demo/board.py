"""What whoever watches the demo sees while it is played: a line for each thing done, a bar for what goes on."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.text import Text


class Bar:
    """One thing that goes on."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def step(self) -> None:
        """One piece is done."""
        self._progress.advance(self._task)

    def at(self, done: float, news: str) -> None:
        """So much is done, and this is how it stands."""
        self._progress.update(self._task, completed=done, news=escape(news))


class Board:
    """On stderr, so that stdout holds the report alone."""

    def __init__(self, console: Console | None = None) -> None:
        self._progress = Progress(
            TextColumn("    {task.description:<9}"),
            BarColumn(bar_width=18),
            TextColumn("{task.completed:>3.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[news]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            console=console or Console(stderr=True),
            expand=True,
        )

    def __enter__(self) -> Self:
        """Show it."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the screen."""
        self._progress.stop()

    def say(self, what: str) -> None:
        """Something happened."""
        self._progress.console.print(Padding(Text(what), (0, 0, 0, 2)))

    def begin(self, what: str, total: int) -> Bar:
        """Something of `total` pieces, or seconds, goes on from here."""
        return Bar(self._progress, self._progress.add_task(what, total=total, news=""))
