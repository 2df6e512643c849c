"""What members were told is what is kept: accepted is stored, refused is not, and nobody is told two things."""

import json
from collections.abc import Iterator, Sequence

from chassis.outbox import event_id
from tests.live.chaos.books import Books, Document
from tests.live.chaos.journal import Entry

NEVER_LEFT = ("ServiceIsAway",)


def accepted_is_stored(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P3, P5: an accepted request has left its events or its receipt, and the events are those it was told."""
    for entry in journal:
        if entry.accepted is None:
            continue
        if not _is_stored(books, entry):
            yield f"{entry} was accepted and is not stored"
        rows = _rows(books, entry.service)
        for told_id, kind, version in entry.accepted.events:
            row = rows.get(told_id)
            if row is None or not row["type"].endswith(f".{kind}.v1"):
                yield f"{entry} was told of {kind} {told_id}, which is not in the outbox"
            elif json.loads(row["payload"])["version"] != version:
                yield f"{entry} was told of version {version} of {kind} {told_id}; it is another"


def refused_is_not_stored(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """A request that was only ever refused has left nothing."""
    for entry in journal:
        if entry.told and entry.accepted is None and _is_stored(books, entry):
            yield f"{entry} was refused ({entry.told[0].refused}) and is stored"


def all_is_known(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P5: whoever repeats with their key learns in the end what became of it."""
    for entry in journal:
        if not entry.told:
            yield f"{entry} was never answered"


def one_answer(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P3, P5: once accepted, a repetition under the same key is told the same, whatever has happened since.

    One that never left a gateway is told so, and that is no verdict on what another gateway had done.
    """
    for entry in journal:
        accepted = [told for told in entry.told if not told.refused]
        if len({told.events for told in accepted}) > 1:
            yield f"{entry} was told different things: {sorted({told.events for told in accepted})}"
        after = entry.told[entry.told.index(entry.accepted) :] if entry.accepted else []
        if refused := [told.refused for told in after if told.refused not in ((), NEVER_LEFT)]:
            yield f"{entry} was accepted, and refused when it was repeated: {refused}"


def _is_stored(books: Books, entry: Entry) -> bool:
    command = entry.command_id
    rows, receipts = _rows(books, entry.service), _receipts(books, entry.service)
    return str(event_id(command, entry.service, 0)) in rows or str(command) in receipts


def _rows(books: Books, service: str) -> dict[str, Document]:
    return books.by_id.get((service, "outbox"), {})


def _receipts(books: Books, service: str) -> dict[str, Document]:
    return books.by_id.get((service, "receipts"), {})
