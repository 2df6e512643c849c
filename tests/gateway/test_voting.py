"""Voting through the API."""

from uuid import UUID, uuid4, uuid5

from gateway.nodes import global_id
from tests.gateway.conftest import ADMIN, ANN_ID, House, member_id, ISSUER
from tests.gateway.standin import done, refused

BALLOT, IDEA = uuid4(), uuid4()
CAST = """mutation Cast($input: CastVoteInput!) {
  castVote(input: $input) {
    mark { optionId choice } paperVersion events { kind version } errors { code message path retryable }
  }
}"""


def vote(**more: object) -> dict[str, object]:
    return {
        "input": {
            "ballotId": global_id("Ballot", BALLOT),
            "optionId": global_id("Idea", IDEA),
            "choice": "AGREE",
            **more,
        }
    }


async def test_a_vote_reaches_voting_as_the_viewers_and_its_answer_comes_back(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: done(version=3)

    answer = await house.ask(CAST, vote())

    assert answer == {
        "data": {
            "castVote": {
                "mark": {"optionId": global_id("Idea", IDEA), "choice": "AGREE"},
                "paperVersion": 3,
                "events": [{"kind": "VoteCast", "version": 3}],
                "errors": [],
            }
        }
    }
    [cast] = house.voting.told("CastVote")
    assert (cast["ballot_id"], cast["option_id"], cast["choice"]) == (str(BALLOT), str(IDEA), "agree")
    assert (cast["member"]["id"], cast["member"]["name"]) == (str(ANN_ID), "Ann")
    assert cast["acted_by"] is None
    assert house.requests == 1
