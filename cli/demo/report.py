"""What came of the story: a line for each thing that was told, as the API showed it. Pure but for the printing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from textwrap import wrap

from rich.console import Console
from rich.text import Text

WHAT = 35  # characters for what it is; what was shown has the rest of the line


@dataclass(frozen=True)
class Line:
    """One thing that was told: what it is, what the API showed, and whether that is `told`."""

    what: str
    shown: str
    told: str
    as_told: bool


@dataclass
class Chapter:
    """The lines of one part of the story."""

    title: str
    lines: list[Line] = field(default_factory=list)

    def same(self, what: str, shown: object, told: object) -> None:
        """What was shown must equal what was told."""
        self.lines.append(Line(what, str(shown), str(told), shown == told))

    def holds(self, what: str, shown: object, told: str, as_told: bool) -> None:
        """What was shown differs from run to run, and must be `as_told`."""
        self.lines.append(Line(what, str(shown), told, as_told))


def came_out(chapters: Iterable[Chapter]) -> bool:
    """Whether all that was told came to be."""
    return all(line.as_told for chapter in chapters for line in chapter.lines)


def show(chapters: Iterable[Chapter], console: Console, whole: bool = True) -> None:
    """Print the report; its last line says how many lines there are, how many are as told, and whether it is whole."""
    told = list(chapters)
    if not told:
        return
    for each in told:
        console.print(Text(f"\n{each.title}", "bold"))
        for line in each.lines:
            for text in _texts(line, console.width):
                console.print(text)
    lines = [line for each in told for line in each.lines]
    wrong = sum(not line.as_told for line in lines)
    end = (f", {wrong} not" if wrong else "") + ("" if whole else ", and there the story broke off")
    console.print(Text(f"\n{len(lines) - wrong} of {len(lines)} lines as told{end}."))


def _texts(line: Line, width: int) -> Iterable[Text]:
    """A line as wide as the console, in as many rows as it takes."""
    mark, style = ("✓", "green") if line.as_told else ("✗", "bold red")
    shown = line.shown if line.as_told else f"{line.shown} (told: {line.told})"
    left, right = wrap(line.what, WHAT - 1), wrap(shown, max(width - WHAT - 5, 20))
    for row in range(max(len(left), len(right))):
        what, seen = (part[row] if row < len(part) else "" for part in (left, right))
        text = Text(f"  {' ' if row else mark} ", style)
        yield text.append(f"{what:<{WHAT}}{seen}".rstrip(), "red" if not line.as_told else "default")
