"""Values that nobody should send, drawn by a seeded hand."""

import json
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ufeff",
    "\u202etxt.exe",
    "é" * 3,
    "\U0001f9c0" * 20,
    "x" * 201,
    "y" * 21_000,
    "$where",
    "a.b.$c",
    "__proto__",
    "null",
    "'; --",
    "${7*7}{{7*7}}",
    "../../etc/passwd",
    "<script>1</script>",
    "%00%ff%c0%ae",
    "\r\nx-injected: 1",
    "\\ud800",
)
MOMENTS = (
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-11-26T10:00:00",
    "2026-11-26T10:00:00+99:99",
    "2016-12-31T23:59:60Z",
    "20261126T100000Z",
    "yesterday",
    "-1",
)
NUMBERS = (0, -1, 1, 101, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400)
FLOATS = (0.5, -0.0, 1e-320, 1e308, -1e308)
NOT_JSON = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "9" * 5000,
    '"\\ud800"',
    '"\\udc00x"',
    "{",
    "undefined",
    "'x'",
    "01",
)


def wild(hand: Random, depth: int = 0) -> Any:
    """Any JSON value, mostly a wrong one."""
    kind = hand.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return hand.choice((None, True, False))
    if kind == 1:
        return hand.choice(NUMBERS)
    if kind == 2:
        return hand.choice(FLOATS)
    if kind == 3:
        return hand.choice(MOMENTS)
    if kind in (4, 5):
        return hand.choice(TEXTS)
    if kind == 6:
        return [wild(hand, depth + 1) for _ in range(hand.randrange(4))]
    if kind == 7:
        return {hand.choice(TEXTS)[:30]: wild(hand, depth + 1) for _ in range(hand.randrange(4))}
    return nested(hand.choice(("[]", "{}")), hand.choice((20, 200, 900)))


def nested(kind: str, deep: int) -> Any:
    """A value nested so deep."""
    value: Any = 1
    for _ in range(deep):
        value = [value] if kind == "[]" else {"a": value}
    return value


def mangled(hand: Random, text: bytes) -> bytes:
    """Bytes with something wrong in them: cut, doubled, flipped, or with what is no UTF-8."""
    place = hand.randrange(len(text) + 1)
    kind = hand.randrange(6)
    if kind == 0:
        return text[:place]
    if kind == 1:
        return (
            text[:place]
            + hand.choice((b"\x00", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"))
            + text[place:]
        )
    if kind == 2:
        return text[:place] + text[place + hand.randrange(1, 8) :]
    if kind == 3:
        return text[:place] + text
    if kind == 4:
        flipped = bytearray(text or b"x")
        for _ in range(hand.randrange(1, 6)):
            flipped[hand.randrange(len(flipped))] ^= 1 << hand.randrange(8)
        return bytes(flipped)
    return text.replace(b":", b":" + hand.choice(NOT_JSON).encode() + b",", 1)


def spoilt(hand: Random, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields with one of them wrong, missing or too many."""
    fields, name = dict(fields), hand.choice(sorted(fields) or ["x"])
    kind = hand.randrange(4)
    if kind == 0:
        fields.pop(name, None)
    elif kind == 1:
        fields[hand.choice(TEXTS)[:40]] = wild(hand)
    elif kind == 2 and isinstance(fields.get(name), dict):
        fields[name] = spoilt(hand, fields[name])
    else:
        fields[name] = wild(hand)
    return fields


def as_json(value: Any) -> bytes:
    """The value as JSON; what is too deep for that is written by hand."""
    try:
        return json.dumps(value, allow_nan=True).encode()
    except RecursionError:
        return b"[" * 5000 + b"]" * 5000
