"""docs/integrators.md says what is so."""

import re

from chassis.aside import MARKS
from contracts.topics import SERVICES, TOPICS
from deploy.local.process import HOME
from tests.contracts.integrators import PAGE, shown, table
from tests.contracts.listening import document

TEXT = PAGE.read_text()


def test_the_table_of_topics_is_that_of_the_contracts() -> None:
    assert shown() == table(), "put it there anew: make asyncapi"
    assert {topic.partitions for topic in TOPICS} == {12}
    assert "Each has 12 partitions" in TEXT


def test_every_header_is_told() -> None:
    told = set(re.findall(r"^\| `([a-z_-]+)` \|", TEXT.partition("## One record")[2], re.MULTILINE))

    assert told == set(document()["components"]["schemas"]["Headers"]["properties"])
    assert {mark for mark in MARKS if f"`{mark}`" not in TEXT} == set()
    assert all(f"`{service}`" in TEXT for service in SERVICES)


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:docs|tests|examples)/[\w./-]+)`", TEXT))

    assert len(named) >= 4
    assert [name for name in named if not (HOME / name).exists()] == []
