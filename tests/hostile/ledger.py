"""What was answered: counted by door and code, and looked through for what nobody should see."""

import re
from collections import Counter
from collections.abc import Iterable

from deploy.local.process import HOME

TELLTALE = re.compile(
    r"Traceback|File \\?\"|site-packages|\bpy(mongo|dantic)\b|mongodb://|errors\.pydantic"
    r"|\$(match|group|set|inc|lookup|in|gte|lte|expr|push|max|min|project|unwind)\b|WriteConflict|E11000|"
    + re.escape(str(HOME))
)


class Ledger:
    """Counts, and what must not be: `wrong` says what was sent and what came back."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []
        self._secrets = tuple(secrets)

    def note(self, door: str, name: str, code: str, told: str, sent: object = "") -> None:
        """One input's answer: `code` is its status or close code, `told` all that came back."""
        self.counts[door, code] += 1
        named = "title" if door == "service" else "code"  # a problem's title; anybody may call an idea Fault
        for refusal in dict.fromkeys(re.findall(rf'"{named}": ?"([A-Za-z]+)"', told)):
            self.counts[f"{door}, named", refusal] += 1
        if found := self._telltale(told):
            self._fail(door, name, f"{code} leaks {found!r}", told, sent)
        if re.fullmatch(r"5\d\d", code) or code in ("1011", "1006", "hung"):
            self._fail(door, name, code, told, sent)
        if re.search(rf'"{named}": ?"Fault"|"status": ?5\d\d', told):
            self._fail(door, name, f"{code} with a fault", told, sent)

    def _telltale(self, told: str) -> str | None:
        for secret in self._secrets:
            if secret in told:
                return secret
        found = TELLTALE.search(told)
        return found[0] if found else None

    def _fail(self, door: str, name: str, what: str, told: str, sent: object) -> None:
        self.wrong.append(f"{door} {name}: {what}\n  told {told[:400]!r}\n  sent {sent!r:.1500}")

    @property
    def total(self) -> int:
        """How many inputs were answered."""
        return sum(count for (door, _), count in self.counts.items() if not door.endswith("named"))

    def __str__(self) -> str:
        lines = []
        for door in dict.fromkeys(sorted(door for door, _ in self.counts)):
            told = sorted(((count, code) for (each, code), count in self.counts.items() if each == door), reverse=True)
            whole = "" if door.endswith("named") else f" {sum(count for count, _ in told):,}:"
            lines.append(f"{door}{whole} " + ", ".join(f"{code} {count:,}" for count, code in told))
        return "\n".join(lines)
