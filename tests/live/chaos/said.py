"""What was said on the topics is what happened: each event of an outbox, and nothing else, in its order."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.live.chaos.books import Books
from tests.live.chaos.journal import Entry


def topics_are_outboxes(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P18, P20: every event is on its topic under its key, word by word, and nothing is there that is no event."""
    rows = {row["_id"]: row for service in books.kept for row in books.of(service, "outbox")}
    said = {each.id: each for each in books.said}
    for unsaid in rows.keys() - said.keys():
        yield f"{rows[unsaid]['type']} {unsaid} was never said on {rows[unsaid]['aggregatetype']}"
    for each in books.said:
        row = rows.get(each.id)
        if row is None:
            yield f"{each.type} {each.id} was said on {each.topic} and is in no outbox"
        elif (each.topic, each.key, each.body) != (row["aggregatetype"], row["aggregateid"], row["payload"]):
            yield f"{each.type} {each.id} was said otherwise than it is kept"
        if each.replayed:
            yield f"{each.type} {each.id} was said again as if the broker had forgotten it (P21)"


def no_key_is_out_of_order(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P12, P18, P20: the first copies of a key's events come in the order of their commits, and versions never fall."""
    recorded: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for service in books.kept:
        for row in books.of(service, "outbox"):
            recorded[row["aggregatetype"], row["aggregateid"]].append(row["_id"])
    for place, copies in books.first_copies.items():
        if [each.id for each in copies] != recorded.get(place, []):
            yield f"{place[0]} {place[1]}: first copies are not in the order of commits"
    for service, facts in books.facts.items():
        last: dict[tuple[str, str], int] = {}
        for fact in facts:
            place, version = (fact.event.topic, fact.event.key), fact.event.version
            if version < last.get(place, 0):
                yield f"{service}: {place[0]} {place[1]} went from version {last[place]} back to {version}"
            last[place] = version


def nothing_is_set_aside(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P6, P7: trouble with a server is nobody's attempt, so no message was given up."""
    for each in books.dead:
        yield f"{each.type} {each.id} was set aside on {each.topic}"
    for service in books.kept:
        for held in books.of(service, "held"):
            yield f"{service} holds {held['_id']} back"
