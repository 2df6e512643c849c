"""What the visitor asks against what the API understands."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from bench.community import CAST
from cli import documents
from cli.demo import documents as demo

SCHEMA = Path(__file__).parents[2] / "gateway" / "schema.graphql"
PIECES = ("REFUSED", "GOAL_SHOWN")
SPOKEN = {
    f"{room.__name__}.{name}": text
    for room in (documents, demo)
    for name, text in vars(room).items()
    if name.isupper() and name not in PIECES
}


@pytest.mark.parametrize("name", SPOKEN)
def test_the_api_understands_every_document(name: str) -> None:
    assert validate(build_schema(SCHEMA.read_text()), parse(SPOKEN[name])) == []


def test_the_api_understands_the_vote_that_is_measured() -> None:
    assert validate(build_schema(SCHEMA.read_text()), parse(CAST)) == []
