"""What listeners were promised, and whether it is kept (E6). `promised.json` is the AsyncAPI document of the last
release. `python -m tests.contracts.promised` promises what is new too, and refuses where a promise would be broken."""

import json
import sys
from pathlib import Path
from typing import Any

from contracts.asyncapi import document, written

PROMISED = Path(__file__).parent / "promised.json"
WORDS = ("title", "description", "default", "summary", "examples")  # they bind nobody
PARTS = ("items", "additionalProperties", "propertyNames")
CHOICES = ("anyOf", "oneOf", "allOf", "prefixItems")

Document = dict[str, Any]


def promised() -> Document:
    """The document of the last release."""
    return dict(json.loads(PROMISED.read_text()))


def broken(before: Document, now: Document) -> list[str]:
    """Each promise of a document that another does not keep; empty where all that is new was added."""
    faults = []
    for name, channel in before["channels"].items():
        if name not in now["channels"]:
            faults.append(f"{name}: this topic is gone")
            continue
        faults += _channel(name, channel, now["channels"][name])
    for kind, message in before["components"]["messages"].items():
        if kind in now["components"]["messages"]:
            after = now["components"]["messages"][kind]
            faults += _Compared(before, now).schema(kind, message["payload"], after["payload"])
            faults += _Compared(before, now).schema(f"{kind} headers", message["headers"], after["headers"])
    return faults


def _channel(name: str, before: Document, now: Document) -> list[str]:
    faults = [f"{name}: {kind} is said there no more" for kind in before["messages"] if kind not in now["messages"]]
    if "bindings" not in before:
        return faults
    then, after = before["bindings"]["kafka"], now["bindings"]["kafka"]
    if then["partitions"] != after["partitions"]:
        faults.append(f"{name}: the partitions of a living topic never change (P22)")
    kept, keeps = (each["topicConfiguration"]["retention.ms"] for each in (then, after))
    if keeps != -1 and not 0 <= kept <= keeps:
        faults.append(f"{name}: it is kept for less long")
    return faults


class _Compared:
    """Two schemas, each read within its document."""

    def __init__(self, before: Document, now: Document) -> None:
        self._before = before
        self._now = now
        self._seen: set[tuple[str, str]] = set()

    def schema(self, place: str, before: Document, now: Document) -> list[str]:
        """Where events of the new schema would surprise who knows the old one, or the other way round."""
        pair = before.get("$ref", ""), now.get("$ref", "")
        if all(pair) and pair in self._seen:
            return []
        self._seen.add(pair)
        before, now = _plain(before, self._before), _plain(now, self._now)
        faults = self._fields(place, before, now)
        taken = [value for value in before.get("enum", ()) if value not in now.get("enum", ())]
        faults += [f"{place}: the value {value!r} is gone" for value in taken]
        for name in PARTS:
            if isinstance(before.get(name), dict) and isinstance(now.get(name), dict):
                faults += self.schema(f"{place}/{name}", before.pop(name), now.pop(name))
        for name in CHOICES:
            faults += self._choices(f"{place}/{name}", before.pop(name, []), now.pop(name, []))
        rest = (
            {*before, *now} - {"properties", "required"} - ({"enum"} if "enum" in before and "enum" in now else set())
        )
        changed = sorted(name for name in rest if before.get(name) != now.get(name))
        return faults + [f"{place}: {name} was {before.get(name)}, is {now.get(name)}" for name in changed]

    def _fields(self, place: str, before: Document, now: Document) -> list[str]:
        fields, others = before.get("properties", {}), now.get("properties", {})
        faults = [f"{place}/{name}: this field is gone" for name in fields if name not in others]
        for name in fields.keys() & others.keys():
            faults += self.schema(f"{place}/{name}", fields[name], others[name])
        had, has = set(before.get("required", ())), set(now.get("required", ()))
        faults += [f"{place}/{name}: earlier events lack this, and it is required" for name in has - had]
        return faults + [f"{place}/{name}: this may be missing now" for name in (had - has) & others.keys()]

    def _choices(self, place: str, before: list[Document], now: list[Document]) -> list[str]:
        if len(before) != len(now):
            return [f"{place}: there were {len(before)} forms, there are {len(now)}"]
        pairs = enumerate(zip(before, now, strict=True))
        return [fault for number, pair in pairs for fault in self.schema(f"{place}/{number}", *pair)]


def _plain(schema: Document, whole: Document) -> Document:
    """A schema itself, without its words; what may have one value only may have one of a list of one."""
    while "$ref" in schema:
        found: Any = whole
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    plain = {name: value for name, value in schema.items() if name not in WORDS}
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    return plain


def main() -> int:
    """Promise what is said now. Exit status 1 where that would break what was promised."""
    faults = broken(promised(), document()) if PROMISED.exists() else []
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    PROMISED.write_text(written(document()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
