"""The table of topics in docs/integrators.md, from the contracts: `make asyncapi` has this put it there."""

from contracts.asyncapi import events_of, key_of
from contracts.topics import TOPICS, Topic
from tests.contracts.listening import DOCS

PAGE = DOCS / "integrators.md"
BEGIN, END = "<!-- topics: begin -->\n", "<!-- topics: end -->\n"


def table() -> str:
    """A line for each topic."""
    return "\n".join(["| topic | key | kept | events |", "|---|---|---|---|", *map(_line, TOPICS)]) + "\n"


def _line(topic: Topic) -> str:
    key = key_of(topic.name).rstrip(".").lower()
    keeps = "for ever" if topic.keeps_seconds is None else f"{topic.keeps_seconds // 3600} hours"
    return f"| `{topic.name}` | {key} | {keeps} | {', '.join(event.__name__ for event in events_of(topic.name))} |"


def shown() -> str:
    """The table on the page."""
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0]


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2])
