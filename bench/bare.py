"""The ceiling of the library: strawberry's own view with its caches, castVote as the gateway declares it, no work."""

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from gateway.schema import QUERIES
from gateway.times import TIME
from gateway.voting import CastVoteInput, CastVotePayload, Mark


@strawberry.type
class Mutation:
    """The one mutation that is measured."""

    @strawberry.mutation
    async def cast_vote(self, input: CastVoteInput) -> CastVotePayload | None:
        """Answer at once."""
        return CastVotePayload(mark=Mark(option_id=input.option_id, choice=input.choice), paper_version=1)


schema = strawberry.Schema(
    query=QUERIES,
    mutation=Mutation,
    extensions=[ParserCache, ValidationCache],
    config=StrawberryConfig(scalar_map=TIME),
)

app = Starlette(routes=[Route("/graphql", GraphQL[None, None](schema))])
