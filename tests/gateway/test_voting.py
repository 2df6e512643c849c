"""Voting through the API."""

from typing import Any
from uuid import uuid4, uuid5

import pytest

from chassis.identity import member_id
from gateway.nodes import global_id
from tests.gateway.conftest import ADMIN, ANN_ID, ISSUER, House
from tests.gateway.standin import done, fault, refused

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


async def test_votes_of_one_request_are_cast_one_after_the_other(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: done(version=3)
    twice = """mutation Twice($first: CastVoteInput!, $then: CastVoteInput!) {
      first: castVote(input: $first) { paperVersion }
      then: castVote(input: $then) { paperVersion }
    }"""

    answer = await house.ask(twice, {"first": vote(choice="PASS")["input"], "then": vote(choice="DISAGREE")["input"]})

    assert answer == {"data": {"first": {"paperVersion": 3}, "then": {"paperVersion": 3}}}
    assert [cast["choice"] for cast in house.voting.told("CastVote")] == ["pass", "disagree"]
    assert house.requests == 2


async def test_the_same_key_names_the_same_request_for_ever_p4(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: done()

    for _ in range(2):
        await house.ask(CAST, vote(idempotencyKey="monday"))
    await house.ask(CAST, vote())

    first, second, third = (cast["id"] for cast in house.voting.told("CastVote"))
    assert first == second == str(uuid5(ANN_ID, "castVote:monday"))
    assert third != first


async def test_p4_without_a_key_every_request_is_its_own(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: done()

    for _ in range(2):
        await house.ask(CAST, vote())

    assert len({cast["id"] for cast in house.voting.told("CastVote")}) == 2


async def test_an_administrator_votes_as_a_member_and_is_named(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: done()

    await house.ask(CAST, vote(), by=ADMIN, **{"Folkmoot-Act-As": "bea", "Folkmoot-Act-As-Name": "B%C3%A9a"})

    [cast] = house.voting.told("CastVote")
    assert (cast["member"]["id"], cast["member"]["name"]) == (str(member_id(ISSUER, "bea")), "Béa")
    assert cast["acted_by"] == str(member_id(ISSUER, "root"))


@pytest.mark.parametrize("code", ["NoSuchOption", "BallotIsClosed", "KeyReused", "NotEligible"])
async def test_what_voting_refuses_is_told_in_the_payload(house: House, code: str) -> None:
    house.voting.answers["CastVote"] = lambda data: refused(code, "So it is.", path=["option_id"], retryable=True)

    answer = await house.ask(CAST, vote())

    assert answer["data"]["castVote"]["errors"] == [
        {"code": code, "message": "So it is.", "path": ["optionId"], "retryable": True}
    ]
    assert answer["data"]["castVote"]["mark"] is None


@pytest.mark.parametrize(
    ("field", "id"),
    [
        ("ballotId", "garbage"),
        ("ballotId", ""),
        ("ballotId", "é"),
        ("ballotId", global_id("Idea", IDEA)),
        ("ballotId", global_id("Ballot", "not-a-uuid-but-just-as-long-as-one-is")),
        ("optionId", global_id("Ballot", BALLOT)),
    ],
)
async def test_an_id_that_is_none_is_named_by_its_field(house: House, field: str, id: str) -> None:
    answer = await house.ask(CAST, vote(**{field: id}))

    [error] = answer["data"]["castVote"]["errors"]
    assert (error["code"], error["path"]) == ("NotAnId", [field])
    assert house.requests == 0


async def test_a_visitor_is_asked_to_sign_in(house: House) -> None:
    answer = await house.ask(CAST, vote(), by=None)

    assert [error["code"] for error in answer["data"]["castVote"]["errors"]] == ["SignInFirst"]


async def test_an_unknown_position_is_a_typed_error(house: House) -> None:
    answer = await house.ask(CAST, vote(choice="MAYBE"))

    assert answer["errors"][0]["extensions"]["code"] == "VariablesAreNotValid"
    assert "data" not in answer


async def test_a_vote_nobody_answered_for_is_neither_done_nor_refused_p5(house: House) -> None:
    unknown = {"problem": {"title": "Unknown", "status": 504, "detail": "?"}}
    house.voting.answers["CastVote"] = lambda data: unknown

    answer = await house.ask(CAST, vote(idempotencyKey="tuesday"))

    assert answer["data"] == {"castVote": None}
    [error] = answer["errors"]
    assert "tuesday" in error["message"]
    assert error["extensions"] == {"code": "Unknown", "retryable": True, "idempotencyKey": "tuesday"}


async def test_a_key_minted_for_a_vote_that_is_unknown_repeats_that_very_vote(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: {"problem": {"title": "Unknown", "status": 504}}
    answer = await house.ask(CAST, vote())
    key = answer["errors"][0]["extensions"]["idempotencyKey"]

    await house.ask(CAST, vote(idempotencyKey=key))

    first, second = house.voting.told("CastVote")
    assert first["id"] == second["id"]


async def test_a_fault_is_masked_and_leads_to_its_trace(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: fault()

    answer = await house.ask(CAST, vote(), traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")

    [error] = answer["errors"]
    assert error["extensions"] == {"code": "Fault", "trace": "0af7651916cd43dd8448eb211c80319c"}
    assert "0af7651916cd43dd8448eb211c80319c" in error["message"]


async def test_the_trace_goes_on_with_each_command(house: House) -> None:
    house.voting.answers["CastVote"] = lambda data: done()

    await house.ask(CAST, vote(), traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")

    assert house.voting.items[0]["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")


async def test_only_the_ballot_asked_for_costs_a_further_request(house: House) -> None:
    house.voting.answers |= {"CastVote": lambda data: done(), "BallotsNamed": lambda data: {"answer": [BALLOT_DATA]}}
    query = "mutation M($input: CastVoteInput!) { castVote(input: $input) { ballot { id state } errors { code } } }"

    answer = await house.ask(query, vote())

    assert answer["data"]["castVote"]["ballot"] == {"id": global_id("Ballot", BALLOT), "state": "OPEN"}
    assert house.voting.told("BallotsNamed")[0]["viewer"]["id"] == str(ANN_ID)
    assert house.requests == 2


async def test_options_of_a_ballot_keep_their_ids_when_it_is_opened_again(house: House) -> None:
    house.voting.answers["OpenBallot"] = lambda data: done("BallotOpened")
    query = "mutation M($input: OpenBallotInput!) { openBallot(input: $input) { errors { code path } } }"
    ballot = {"question": "Which?", "purpose": {}, "options": [{"title": "This"}, {"title": "That"}]}

    for _ in range(2):
        await house.ask(query, {"input": {**ballot, "idempotencyKey": "one"}})

    first, second = house.voting.told("OpenBallot")
    assert first["options"] == second["options"]
    assert len({option["id"] for option in first["options"]}) == 2
    assert first["terms"]["positions"] == ["support"]


BALLOT_DATA: dict[str, Any] = {
    "id": str(BALLOT),
    "question": None,
    "goal_id": None,
    "challenge_id": str(uuid4()),
    "terms": {},
    "state": "open",
    "opened_at": "2026-11-23T12:00:00Z",
    "closed_at": None,
    "version": 1,
}
