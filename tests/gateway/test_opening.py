"""Opening challenges and submitting ideas through the API."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from contracts.ideas import OpenChallenge
from contracts.messages import Audience, Member, Refused
from contracts.purpose import Purpose
from gateway.nodes import global_id
from tests.gateway.conftest import House
from tests.gateway.standin import done

OPEN = "mutation Open($input: OpenChallengeInput!) { openChallenge(input: $input) { errors { code path message } } }"
GOAL, OWNER = uuid4(), uuid4()
PURPOSE = {
    "goalId": global_id("Goal", GOAL),
    "ownerId": global_id("Member", OWNER),
    "statement": "So that less is thrown away",
    "measure": {"name": "kg a week", "baseline": 12.5, "date": "2027-01-31T12:00:00Z"},
}


def gate(data: dict[str, object]) -> dict[str, object]:
    """What ideas answers: the purpose gate, for real."""
    try:
        Purpose.model_validate(data["purpose"]).complete()
    except Refused as refused:
        errors = [problem.model_dump(mode="json") for problem in refused.problems]
        return {"problem": {"title": type(refused).__name__, "status": 409, "detail": "No.", "errors": errors}}
    return done("ChallengeOpened")


async def test_each_missing_piece_of_the_purpose_is_named_s5(house: House) -> None:
    house.ideas.answers["OpenChallenge"] = gate

    answer = await house.ask(OPEN, {"input": {"question": "What for lunch?"}})

    assert [(error["code"], error["path"]) for error in answer["data"]["openChallenge"]["errors"]] == [
        ("NoGoal", ["purpose", "goalId"]),
        ("NoOwner", ["purpose", "ownerId"]),
        ("NoPurpose", ["purpose", "statement"]),
        ("NoMeasure", ["purpose", "measure", "name"]),
        ("NoBaseline", ["purpose", "measure", "baseline"]),
        ("NoMeasureDate", ["purpose", "measure", "date"]),
    ]


async def test_an_input_written_into_the_document_has_the_same_defaults(house: House) -> None:
    house.ideas.answers["OpenChallenge"] = gate
    literal = OPEN.replace("($input: OpenChallengeInput!)", "").replace("$input", '{question: "What for lunch?"}')

    for query, variables in ((literal, {}), (OPEN, {"input": {"question": "What for lunch?"}})):
        answer = await house.ask(query, variables)
        assert [error["code"] for error in answer["data"]["openChallenge"]["errors"]][:2] == ["NoGoal", "NoOwner"]

    told = [OpenChallenge.model_validate(data) for data in house.ideas.told("OpenChallenge")]
    assert told[0].stance == told[1].stance
    assert (told[0].decision, told[0].purpose) == (told[1].decision, told[1].purpose)


async def test_a_challenge_arrives_as_it_was_put(house: House) -> None:
    house.ideas.answers["OpenChallenge"] = gate
    stance = {"positions": ["AGREE", "PASS", "DISAGREE"], "anonymity": "CONFIDENTIAL", "atLeast": 3}
    plan = [{"phase": "SHORTLISTING", "starts": "2027-02-01T00:00:00+01:00", "votes": True}]

    answer = await house.ask(
        OPEN,
        {
            "input": {
                "question": "What for lunch?",
                "purpose": PURPOSE,
                "stance": stance,
                "plan": plan,
                "audiences": ["VENDOR"],
                "ideasPerMember": 2,
                "idempotencyKey": "one",
            }
        },
    )

    assert answer["data"]["openChallenge"]["errors"] == []
    command = OpenChallenge.model_validate(house.ideas.told("OpenChallenge")[0])
    assert isinstance(command.member, Member)
    assert (command.purpose.goal_id, command.purpose.owner_id) == (GOAL, OWNER)
    assert command.stance.positions == ("agree", "pass", "disagree")
    assert (command.stance.anonymity, command.stance.at_least) == ("confidential", 3)
    assert command.plan[0].open.votes
    assert command.plan[0].starts == datetime(2027, 1, 31, 23, tzinfo=UTC)
    assert (command.audiences, command.ideas_per_member) == (frozenset({Audience.VENDOR}), 2)
    assert command.arrived.microsecond % 1000 == 0


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"question": ""}, ["question"]),
        ({"question": "x" * 201}, ["question"]),
        ({"description": "x" * 20_001}, ["description"]),
        ({"stance": {"atLeast": 0}}, ["stance", "atLeast"]),
        ({"audiences": []}, ["audiences"]),
    ],
)
async def test_an_input_out_of_bounds_is_named_by_its_field(
    house: House, more: dict[str, object], path: list[str]
) -> None:
    answer = await house.ask(OPEN, {"input": {"question": "What for lunch?", "purpose": PURPOSE, **more}})

    [error] = answer["data"]["openChallenge"]["errors"]
    assert (error["code"], error["path"]) == ("Invalid", path)
    assert house.requests == 0


@pytest.mark.parametrize(
    "moment",
    ["2027-01-31T12:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"],
    ids=lambda each: each[:4],
)
async def test_a_moment_without_its_zone_or_outside_the_calendar_is_refused(house: House, moment: str) -> None:
    answer = await house.ask(OPEN, {"input": {"question": "?", "decisionDate": moment}})

    assert answer["errors"][0]["extensions"]["code"] == "VariablesAreNotValid"
    assert "zone" in answer["errors"][0]["message"]


async def test_an_idea_may_carry_a_link_of_the_web_alone(house: House) -> None:
    query = "mutation M($input: SubmitIdeaInput!) { submitIdea(input: $input) { errors { code path } } }"
    fields = {"challengeId": global_id("Challenge", uuid4()), "title": "Soup", "links": ["javascript:alert(1)"]}

    answer = await house.ask(query, {"input": fields})

    assert answer["data"]["submitIdea"]["errors"] == [{"code": "Invalid", "path": ["links", "0"]}]


async def test_goals_are_set_and_moved_on(house: House) -> None:
    house.strategy.answers |= {
        "SetGoal": lambda data: done("GoalSet"),
        "ActivateGoal": lambda data: done("GoalActivated"),
    }
    query = """mutation M($set: SetGoalInput!, $activate: ActivateGoalInput!) {
      setGoal(input: $set) { events { kind } errors { code } }
      activateGoal(input: $activate) { events { kind } errors { code } }
    }"""
    fields = {"statement": "Waste less", "advantage": "We listen", "starts": PURPOSE["measure"]["date"]}  # type: ignore[index]

    answer = await house.ask(
        query,
        {"set": {**fields, "ends": "2027-12-31T00:00:00Z"}, "activate": {"goalId": global_id("Goal", GOAL)}},
    )

    assert answer["data"]["setGoal"] == {"events": [{"kind": "GoalSet"}], "errors": []}
    assert answer["data"]["activateGoal"] == {"events": [{"kind": "GoalActivated"}], "errors": []}
    assert house.strategy.told("ActivateGoal")[0]["goal_id"] == str(GOAL)
