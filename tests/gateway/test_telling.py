"""What is plain is told without ceremony, and word for word as graphql-core would tell it (G5)."""

import asyncio
import gc
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from graphql import Executor as GraphQLExecutor
from graphql import execute, parse
from graphql.execution.collect_fields import collect_subfields as graphql_cores
from hypothesis import given
from hypothesis import strategies as some

from gateway.answers import response
from gateway.lean import lighten
from gateway.operations import Executor


@strawberry.enum
class Colour(Enum):
    """A colour."""

    RED = "red"
    GREEN = "green"


@strawberry.interface
class Named:
    """What has a name."""

    name: str


@strawberry.type
class Leaf(Named):
    """A leaf of a branch."""

    colour: Colour
    size: int | None


@strawberry.type
class Branch:
    """A branch of a tree."""

    best: Leaf | None
    leaves: list[Leaf]
    sizes: list[int] | None

    @strawberry.field
    def count(self) -> int:
        """What takes a resolver."""
        return len(self.leaves)


@strawberry.type
class Query:
    """A tree."""

    @strawberry.field
    def branches(self, info: strawberry.Info[Any, None]) -> list[Branch] | None:
        """Its branches."""
        grown: list[Branch] = info.context.branches
        return grown


@strawberry.type
class Mutation:
    """What a tree may be asked."""

    @strawberry.mutation
    async def grow(self, info: strawberry.Info[Any, None], size: int) -> Leaf | None:
        """Another leaf, after a while."""
        await asyncio.sleep(0)
        return Leaf(name="new", colour=Colour.GREEN, size=size)


schema = strawberry.Schema(query=Query, mutation=Mutation, types=[Leaf])
lighten(schema._schema)
executor = Executor(schema._schema, open_to_questions=True)

QUERIES = [
    "{ branches { best { name colour size } leaves { name } sizes } }",
    "{ branches { __typename count best { __typename name } all: leaves { ...L } leaves { colour } } } "
    "fragment L on Named { called: name __typename }",
    "query($on: Boolean!) { branches { sizes @include(if: $on) best @skip(if: $on) { size } leaves { size } } }",
]
GROW = "mutation($size: Int!) { grow(size: $size) { size colour ...N } } fragment N on Named { name }"
leaves = some.builds(
    Leaf,
    name=some.one_of(some.text(max_size=3), some.none()),
    colour=some.sampled_from([*Colour, "blue", None]),
    size=some.one_of(some.integers(-(2**40), 2**40), some.none(), some.just("large")),
)
branches = some.builds(
    Branch,
    best=some.one_of(some.none(), leaves, some.just(SimpleNamespace(name="no leaf", colour=Colour.RED, size=1))),
    leaves=some.one_of(some.lists(some.one_of(leaves, some.none()), max_size=3), some.none()),
    sizes=some.one_of(some.none(), some.lists(some.one_of(some.integers(0, 9), some.none()), max_size=3)),
)


def asking(*grown: Branch) -> Any:
    """The context of a request."""
    return SimpleNamespace(branches=grown, traceparent=None, trace="none")


@given(some.sampled_from(QUERIES), some.booleans(), some.lists(branches, max_size=3))
async def test_it_is_told_as_graphql_core_tells_it_odd_values_too(text: str, on: bool, grown: list[Branch]) -> None:
    context = asking(*grown)

    told = await executor.run(executor.documents.get(text), None, {"on": on}, context, None)

    plainly: Any = execute(schema._schema, parse(text), context_value=context, variable_values={"on": on})
    assert told == response(plainly, "none")


async def test_graphql_core_is_asked_only_for_what_takes_a_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ceremony = GraphQLExecutor.execute_field

    def execute_field(self: Any, parent: Any, source: Any, details: Any, path: Any, place: Any) -> Any:
        asked.append(details[0].node.name.value)
        return ceremony(self, parent, source, details, path, place)

    monkeypatch.setattr(GraphQLExecutor, "execute_field", execute_field)
    leaf = Leaf(name="a", colour=Colour.RED, size=None)
    context = asking(Branch(best=leaf, leaves=[leaf, leaf], sizes=[1]))

    await executor.run(executor.documents.get(QUERIES[1]), None, {}, context, None)

    assert asked == ["branches", "count"]


async def test_what_an_operation_asks_is_found_once_for_all_its_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []

    def collect_subfields(*asked: Any) -> Any:
        found.append(asked[4].name)
        return graphql_cores(*asked)

    monkeypatch.setattr("gateway.telling.collect_subfields", collect_subfields)
    document = Executor(schema._schema, open_to_questions=True).documents.get(GROW)

    told = [await executor.run(document, None, {"size": size}, asking(), None) for size in (1, 2)]

    assert told == [{"data": {"grow": {"size": size, "colour": "GREEN", "name": "new"}}} for size in (1, 2)]
    assert found == ["Leaf"]


@pytest.mark.parametrize("text", [*QUERIES, GROW])
async def test_a_request_that_was_answered_leaves_nothing_for_the_collector(text: str) -> None:
    leaf = Leaf(name="a", colour=Colour.RED, size=None)
    context = asking(Branch(best=leaf, leaves=[leaf], sizes=None))
    document = executor.documents.get(text)
    await executor.run(document, None, {"on": True, "size": 1}, context, None)
    gc.collect()
    gc.disable()
    try:
        await executor.run(document, None, {"on": True, "size": 1}, context, None)
        assert gc.collect() == 0
    finally:
        gc.enable()
