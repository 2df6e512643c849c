"""A page of the documentation, read as the programs that it shows."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^<[a-z ]+>$")


@dataclass(frozen=True)
class Block:
    """One example: its language and its text."""

    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """Every example of a page, in order."""
    return [Block(language, text) for language, text in FENCE.findall((DOCS / page).read_text())]


def told(block: Block) -> bool:
    """Whether a block shows an answer, and no variables."""
    return block.language == "json" and bool(json.loads(block.text).keys() & {"data", "errors"})


@dataclass
class Names:
    """What the page's `<words>` stand for, learnt from answers, and used in what follows."""

    known: dict[str, Any] = field(default_factory=dict)

    def filled(self, shown: Any) -> Any:
        """A shown value with its names replaced."""
        if isinstance(shown, dict):
            return {key: self.filled(value) for key, value in shown.items()}
        if isinstance(shown, list):
            return [self.filled(value) for value in shown]
        return self.known[shown] if isinstance(shown, str) and NAME.match(shown) else shown

    def differences(self, shown: Any, real: Any, place: str = "") -> Iterator[str]:
        """Where an answer is not the shown one; a name that is new takes what stands there."""
        if isinstance(shown, str) and NAME.match(shown):
            shown = self.known.setdefault(shown, real)
        if isinstance(shown, dict) and isinstance(real, dict) and shown.keys() == real.keys():
            for key in shown:
                yield from self.differences(shown[key], real[key], f"{place}/{key}")
        elif isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
            for number, pair in enumerate(zip(shown, real, strict=True)):
                yield from self.differences(*pair, f"{place}/{number}")
        elif shown != real:
            yield f"{place}: the page shows {shown!r}, it is {real!r}"
