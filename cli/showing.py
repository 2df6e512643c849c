"""What the visitor sees: bars while it works, a report when it is done."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cli.comparing import Mismatch

MOST_SHOWN = 20


class Bars:
    """A bar for each part of the work, on stderr, so that stdout holds the report alone."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:>8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Show them."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the screen."""
        self._progress.stop()

    def begin(self, what: str, total: int) -> None:
        """Work on `total` pieces begins."""
        self._task = self._progress.add_task(what, total=total)

    def step(self) -> None:
        """One piece is done."""
        if self._task is not None:
            self._progress.advance(self._task)


def report(name: str, cells: list[Mismatch], tallies: list[Mismatch]) -> Iterator[str]:
    """The comparison, line by line; the last line holds both numbers."""
    wrong = cells + tallies
    if wrong:
        yield f"{name}: what the API shows is not what was published."
    else:
        yield f"{name}: what the API shows is what was published, to the cell."
    for one in wrong[:MOST_SHOWN]:
        yield f"  {one.where}: published {one.published}, shown {one.shown}"
    if len(wrong) > MOST_SHOWN:
        yield f"  … and {len(wrong) - MOST_SHOWN} more"
    yield f"cells: {len(cells)} mismatches, tallies: {len(tallies)} mismatches"
