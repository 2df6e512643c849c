"""The schema: printed, described, and never broken."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
)
from graphql.utilities import find_breaking_changes

import gateway
from gateway.schema import schema

PRINTED = Path(gateway.__file__).parent / "schema.graphql"
PROMISED = Path(__file__).parent / "baseline.graphql"
KINDS = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType, GraphQLEnumType)


def test_the_printed_schema_is_the_one_that_is_served() -> None:
    assert PRINTED.read_text() == schema.as_str() + "\n", "print it anew: make schema"


def test_no_client_breaks() -> None:
    """`baseline.graphql` is what clients were promised; extend it when something is added, never take from it."""
    promised, served = build_schema(PROMISED.read_text()), build_schema(schema.as_str())

    assert [str(change.description) for change in find_breaking_changes(promised, served)] == []


def test_taking_something_away_would_be_noticed() -> None:
    promised = build_schema(PROMISED.read_text())
    poorer = build_schema(PROMISED.read_text().replace("castVote(", "cast("))

    assert find_breaking_changes(promised, poorer)


def test_everything_is_described() -> None:
    mute = []
    for name, kind in build_schema(schema.as_str()).type_map.items():
        if name.startswith("__") or not isinstance(kind, KINDS):
            continue
        mute += [] if kind.description else [name]
        parts = kind.values if isinstance(kind, GraphQLEnumType) else kind.fields
        mute += [f"{name}.{part}" for part, what in parts.items() if not what.description]

    assert mute == []


@pytest.mark.parametrize(
    "mutation", sorted(schema._schema.mutation_type.fields if schema._schema.mutation_type else ())
)
def test_every_mutation_has_one_input_and_one_payload_with_errors(mutation: str) -> None:
    assert schema._schema.mutation_type is not None
    field = schema._schema.mutation_type.fields[mutation]
    name = mutation[0].upper() + mutation[1:]

    assert {argument: str(what.type) for argument, what in field.args.items()} == {"input": f"{name}Input!"}
    assert str(field.type) == f"{name}Payload"
    assert isinstance(field.type, GraphQLObjectType)
    assert str(field.type.fields["errors"].type) == "[UserError!]!"
    given = schema._schema.type_map[f"{name}Input"]
    assert isinstance(given, GraphQLInputObjectType)
    assert str(given.fields["idempotencyKey"].type) == "String"
