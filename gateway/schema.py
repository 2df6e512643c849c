"""The schema: every page put together. `python -m gateway.schema` prints it."""

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from contracts.messages import Invalid
from gateway import comments, ideas, responses, shortlists, strategy, suggesting, voting
from gateway.context import Info
from gateway.lean import lighten
from gateway.nodes import Node, global_id, node
from gateway.terms import Audience, Role
from gateway.times import TIME
from gateway.watching import Subscription
from gateway.words import describe, said

MOST_NODES = 100


class TooManyIds(Invalid):
    """Ask for at most 100 nodes at a time."""


@strawberry.type
class Viewer:
    """Who is asking."""

    id: strawberry.ID = said("An id of the viewer as such.")
    member_id: strawberry.ID = said("The member's id, the same wherever the member appears.")
    name: str = said("Their name.")
    audience: Audience = said("Which side of the organization they stand on.")
    roles: list[Role] = said("What they may do beyond taking part.")


@strawberry.type
class Own:
    """What belongs to no street."""

    @strawberry.field
    async def viewer(self, info: Info) -> Viewer | None:
        """Who you are; null where you have not signed in."""
        member = info.context.viewer
        if member is None:
            return None
        return Viewer(
            id=global_id("Viewer", member.id),
            member_id=global_id("Member", member.id),
            name=member.name,
            audience=member.audience,
            roles=sorted(member.roles),
        )

    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        """Whatever has this id; null where there is none to see."""
        found: Node | None = await node(info.context, id)
        return found

    @strawberry.field
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None] | None:
        """Whatever has these ids, at most 100, in the order asked."""
        if len(ids) > MOST_NODES:
            raise TooManyIds
        return [node(info.context, one) for one in ids]  # type: ignore[misc]  # each is awaited, and fails, for itself


QUERIES = merge_types("Query", (Own, strategy.Query, ideas.Query, voting.Query, responses.Query))
MUTATIONS = merge_types(
    "Mutation",
    (
        strategy.Mutation,
        suggesting.Mutation,
        shortlists.Mutation,
        comments.Mutation,
        voting.Mutation,
        responses.Mutation,
    ),
)

schema = strawberry.Schema(
    query=QUERIES,
    mutation=MUTATIONS,
    subscription=Subscription,
    types=[strategy.Goal, ideas.Challenge, ideas.Idea, comments.Comment, voting.Ballot, responses.Case],
    config=StrawberryConfig(scalar_map=TIME),
)
describe(schema._schema)
lighten(schema._schema)

if __name__ == "__main__":
    print(schema.as_str())
