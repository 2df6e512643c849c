"""Records on the topics that are no events of ours, or none that can be true."""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Any
from uuid import uuid4

from chassis.service import Service
from contracts.topics import EVENTS, dead_letters
from services.ideas.app import ideas
from services.responses.app import responses
from services.strategy.app import strategy
from services.voting.app import voting
from tests.contracts.examples import example_of
from tests.hostile.wild import as_json, mangled, nested, wild

SERVICES: tuple[Service, ...] = (ideas, voting, responses, strategy)
HEARD = {kind.type(): kind for service in SERVICES for kind in service.reactions}


class Fate(Enum):
    """What becomes of a record."""

    ASIDE = "set aside by every group that hears it"
    SKIPPED = "skipped"
    EITHER = "done or set aside"


@dataclass(frozen=True)
class Sent:
    """A record to send, and its fate. Its key is its own, so that it holds up nothing else."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    fate: Fate
    name: str

    def dead(self) -> list[str]:
        """Where it must lie once it is set aside."""
        said = dict(self.headers).get("ce_type")
        kind = None if said is None else said.decode("utf-8", "replace")
        return [
            dead_letters(self.topic, service.name)
            for service in SERVICES
            if self.topic in service.hears() and (kind is None or kind in {event.type() for event in service.reactions})
        ]


def drawn(hand: Random, organization: str) -> Sent:
    """A record with something wrong."""
    kind = hand.choice(sorted(HEARD))
    topic, key = EVENTS[kind].topic, str(uuid4())
    said: dict[str, Any] = example_of(kind).model_dump(mode="json") | {"version": 1}
    for name in said:
        if name.endswith("_id"):
            said[name] = key if f"{name}" in ("goal_id", "ballot_id", "challenge_id", "idea_id") else str(uuid4())
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": str(uuid4()).encode(),
        "ce_source": f"/folkmoot/{organization}/{topic.split('.')[0]}".encode(),
        "ce_type": kind.encode(),
        "ce_time": b"2026-11-26T09:00:00.000Z",
        "ce_subject": key.encode(),
        "content-type": b"application/json",
        "recorded": b"1790000000.1",
    }
    name = hand.choice(sorted(WRONGS))
    value, headers, fate = WRONGS[name](hand, said, headers)
    return Sent(topic, _key(hand, key, fate), value, [*headers.items()], fate, name)


def _key(hand: Random, key: str, fate: Fate) -> bytes | None:
    """Mostly its own; where nothing can be held by it, at times another's or none."""
    if fate is Fate.SKIPPED:
        return hand.choice((key.encode(), None, b"", b"\xff\x00", b"x" * 5000))
    return hand.choice((key.encode(), key.encode(), b"\xff" + key.encode(), key.encode() * 50))


def _without(headers: dict[str, bytes], *names: str) -> dict[str, bytes]:
    return {name: value for name, value in headers.items() if name not in names}


def _header(name: str, *values: bytes) -> Any:
    def wrong(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
        return as_json(said), headers | {name: hand.choice(values)}, Fate.ASIDE

    return wrong


def _of_no_kind(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    alien = hand.choice(
        (b"org.folkmoot.voting.Nothing.v1", b"com.example.Order", b"", headers["ce_type"][:-1] + b"2", b"\xff")
    )
    value = hand.choice((as_json(said), b"", None, b"\x00\xff", hand.randbytes(300)))
    return value, headers | {"ce_type": alien}, Fate.SKIPPED


def _of_another_organization(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    return as_json(said), headers | {"ce_source": b"/folkmoot/another/voting"}, Fate.EITHER


def _to_another_group(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    return b"{", headers | {"redriven": hand.choice((b"nobody", b"\xff", b""))}, Fate.SKIPPED


def _broken(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    text = hand.choice((b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, as_json(said)[:-1]))
    return text, headers, Fate.ASIDE


def _lacking(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    said = dict(said)
    said.pop("version")
    return as_json(said), headers, Fate.ASIDE


def _of_wrong_type(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    wrong: Any = hand.choice(("x", None, [], {"a": 1}, 1.5, nested("[]", 100)))
    return as_json(said | {"version": wrong}), headers, Fate.ASIDE


def _wild(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    name = hand.choice(sorted(said))
    return as_json(said | {name: wild(hand)}), headers, Fate.EITHER


def _mangled(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    return mangled(hand, as_json(said)), headers, Fate.EITHER


def _huge_numbers(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    huge = hand.choice((2**31, 2**63, -(2**63) - 1, 10**30, 10**400))
    numbers = [name for name, value in said.items() if isinstance(value, int | float) and not isinstance(value, bool)]
    return as_json(said | {hand.choice(numbers): huge}), headers, Fate.EITHER


def _moments(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    edge = hand.choice(("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00Z", "2026-01-01"))
    times = [name for name, value in said.items() if isinstance(value, str) and "T" in value and value[:2] == "20"]
    return as_json(said | dict.fromkeys(times, edge)), headers | {"ce_time": edge.encode()}, Fate.EITHER


def _large(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    return as_json(said | {"more": "x" * hand.choice((100_000, 600_000))}), headers | {"x": b"y" * 20_000}, Fate.EITHER


def _bare(hand: Random, said: dict[str, Any], headers: dict[str, bytes]) -> Any:
    return hand.choice((as_json(said), b"", None, b"\x00")), {}, Fate.ASIDE


WRONGS: dict[str, Any] = {
    "no headers": _bare,
    "no type": lambda hand, said, headers: (as_json(said), _without(headers, "ce_type"), Fate.ASIDE),
    "no id": lambda hand, said, headers: (as_json(said), _without(headers, "ce_id"), Fate.ASIDE),
    "no time": lambda hand, said, headers: (as_json(said), _without(headers, "ce_time"), Fate.ASIDE),
    "wrong id": _header("ce_id", b"7", b"", b"\xff", b"x" * 300, b"'; --"),
    "wrong time": _header("ce_time", b"yesterday", b"", b"2026-13-01T00:00:00Z", b"9" * 30, b"\xff"),
    "time without zone": _header("ce_time", b"2026-11-26T09:00:00", b"2026-11-26"),
    "wrong place in the journal": _header("recorded", b"x", b"-1.-1", b"9" * 30, b"1.x", b"\xff"),
    "header that is no text": _header("x-more", b"\xff\xfe"),
    "no value": lambda hand, said, headers: (None, headers, Fate.ASIDE),
    "broken JSON": _broken,
    "field missing": _lacking,
    "wrong type": _of_wrong_type,
    "unknown kind": _of_no_kind,
    "for another group": _to_another_group,
    "of another organization": _of_another_organization,
    "wild": _wild,
    "mangled": _mangled,
    "huge numbers": _huge_numbers,
    "edges of the calendar": _moments,
    "large": _large,
    "trace": lambda hand, said, headers: (as_json(said), headers | {"traceparent": b"00-x-\x01"}, Fate.EITHER),
}
