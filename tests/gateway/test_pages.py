"""Reading: ids, pages, and one question per service for a whole page."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.voting import standing_ballot
from gateway.nodes import NotAnId, global_id, parted
from tests.gateway.conftest import ANN_ID, House
from tests.gateway.standin import fault, refused

CHALLENGE, GOAL = uuid4(), uuid4()
IDEAS = [uuid4() for _ in range(50)]
MOMENT = "2026-11-23T12:00:00Z"


def goal(id: str) -> dict[str, Any]:
    return {
        "id": id,
        "statement": "Waste less",
        "advantage": "We listen",
        "owner_id": str(ANN_ID),
        "owner_name": "Ann",
        "supports": None,
        "starts": MOMENT,
        "ends": MOMENT,
        "state": "active",
        "voices": {"heard": 3, "voters": 2, "contributors": 1},
        "version": 1,
    }


def challenge(id: str) -> dict[str, Any]:
    return {
        "id": id,
        "question": "What for lunch?",
        "description": "",
        "purpose": {"goal_id": str(GOAL), "owner_id": str(ANN_ID), "statement": "Because", "measure": {"name": "kg"}},
        "owner_name": "Ann",
        "decision_date": None,
        "audiences": ["employee"],
        "public": True,
        "stance": {"positions": ["agree", "disagree"]},
        "phase": "gathering",
        "plan": [{"phase": "gathering", "starts": None, "open": {"ideas": True, "votes": True}}],
        "ideas_per_member": None,
        "threshold": 5,
        "idea_count": 50,
        "opened_at": MOMENT,
        "version": 1,
    }


def idea(id: UUID) -> dict[str, Any]:
    return {
        "id": str(id),
        "challenge_id": str(CHALLENGE),
        "goal_id": str(GOAL),
        "author_id": str(ANN_ID),
        "author_name": "Ann",
        "title": "Soup",
        "body": "",
        "tags": [],
        "links": [],
        "state": "open",
        "support": {"counts": {"agree": 2}, "support": 2, "version": 9},
        "reached_threshold": False,
        "submitted_at": MOMENT,
        "version": 1,
    }


@pytest.fixture
def full(house: House) -> House:
    house.strategy.answers["GoalsNamed"] = lambda data: {"answer": [goal(one) for one in data["goal_ids"]]}
    house.ideas.answers |= {
        "ChallengesNamed": lambda data: {
            "answer": [challenge(one) if one == str(CHALLENGE) else None for one in data["challenge_ids"]]
        },
        "IdeasPage": lambda data: {
            "answer": {
                "items": [idea(one) for one in IDEAS],
                "cursors": [f"c{n}" for n in range(50)],
                "has_next": True,
                "has_previous": False,
                "total": 99,
            }
        },
        "IdeasNamed": lambda data: {"answer": [idea(UUID(one)) for one in data["idea_ids"]]},
    }
    house.voting.answers |= {
        "TalliesOf": lambda data: {
            "answer": [
                {
                    "ballot_id": ballot,
                    "version": 7,
                    "turnout": 2,
                    "counts": {option: {"agree": 2} for option in data["option_ids"]},
                }
                for ballot in data["ballot_ids"]
            ]
        },
        "MyPapers": lambda data: {
            "answer": [
                {
                    "id": "p",
                    "ballot_id": data["ballot_ids"][0],
                    "member_id": str(ANN_ID),
                    "marks": {str(IDEAS[0]): "agree"},
                    "counted": True,
                    "version": 1,
                }
            ]
        },
    }
    return house


PAGE = """query Page($challenge: ID!) {
  challenge(id: $challenge) { question ballotId owner { name } ideas(first: 50) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { cursor node {
      id title author { name } goal { statement } myChoice support { support }
      tally { version counts { optionId counts { position count } } }
    } }
  } }
}"""


async def test_a_page_of_fifty_ideas_with_author_tally_goal_and_choice_costs_one_request_per_service(
    full: House,
) -> None:
    answer = await full.ask(PAGE, {"challenge": global_id("Challenge", CHALLENGE)})

    assert "errors" not in answer
    page = answer["data"]["challenge"]["ideas"]
    assert (page["totalCount"], page["pageInfo"]) == (99, {"hasNextPage": True, "endCursor": "c49"})
    assert len(page["edges"]) == 50
    assert page["edges"][0]["node"] == {
        "id": global_id("Idea", IDEAS[0]),
        "title": "Soup",
        "author": {"name": "Ann"},
        "goal": {"statement": "Waste less"},
        "myChoice": "AGREE",
        "support": {"support": 2},
        "tally": {
            "version": 7,
            "counts": [
                {"optionId": global_id("Idea", IDEAS[0]), "counts": [{"position": "AGREE", "count": 2}]},
            ],
        },
    }
    assert page["edges"][1]["node"]["myChoice"] is None
    # one for the challenge that was asked by its id, then one per service for the page and what hangs on it
    assert (len(full.ideas.requests), len(full.voting.requests), len(full.strategy.requests)) == (2, 1, 1)
    assert len(full.voting.told("TalliesOf")[0]["option_ids"]) == 50


async def test_a_page_whose_tallies_failed_says_so_by_each_and_has_asked_once(full: House) -> None:
    full.voting.answers["TalliesOf"] = lambda data: fault("abc")

    answer = await full.ask(PAGE, {"challenge": global_id("Challenge", CHALLENGE)})

    nodes = [edge["node"] for edge in answer["data"]["challenge"]["ideas"]["edges"]]
    assert [node["tally"] for node in nodes] == [None] * 50
    assert {node["goal"]["statement"] for node in nodes} == {"Waste less"}
    assert nodes[0]["myChoice"] == "AGREE"
    assert [error["path"][-1] for error in answer["errors"]] == ["tally"] * 50
    assert len(full.voting.told("TalliesOf")) == 1


async def test_a_visitor_has_made_no_choice_and_nobody_is_asked(full: House) -> None:
    query = "query Q($id: ID!) { idea(id: $id) { myChoice } }"

    answer = await full.ask(query, {"id": global_id("Idea", IDEAS[0])}, by=None)

    assert answer["data"] == {"idea": {"myChoice": None}}
    assert full.voting.requests == []
    assert full.ideas.told("IdeasNamed")[0]["viewer"] is None


async def test_the_standing_ballot_is_known_by_its_id_before_it_is_open(full: House) -> None:
    full.voting.answers["BallotsNamed"] = lambda data: {"answer": [None]}
    query = "query Q($id: ID!) { challenge(id: $id) { ballotId ballot { id } } }"

    answer = await full.ask(query, {"id": global_id("Challenge", CHALLENGE)})

    expected = global_id("Ballot", standing_ballot(CHALLENGE))
    assert answer["data"]["challenge"] == {"ballotId": expected, "ballot": None}


async def test_a_node_is_found_again_by_its_id(full: House) -> None:
    query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Goal { statement } } }"
    ids = [global_id("Goal", GOAL), global_id("Challenge", CHALLENGE), global_id("Challenge", uuid4())]

    answer = await full.ask(query, {"ids": ids})

    assert answer["data"]["nodes"] == [
        {"__typename": "Goal", "id": ids[0], "statement": "Waste less"},
        {"__typename": "Challenge", "id": ids[1]},
        None,
    ]


async def test_one_garbage_id_among_several_nulls_itself_alone(full: House) -> None:
    query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } viewer { name } }"

    answer = await full.ask(query, {"ids": ["garbage", global_id("Goal", GOAL), global_id("Nothing", GOAL)]})

    assert answer["data"] == {"nodes": [None, {"id": global_id("Goal", GOAL)}, None], "viewer": {"name": "Ann"}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["nodes", 0], "NotAnId"),
        (["nodes", 2], "NotAnId"),
    ]


def test_what_is_longer_than_any_id_is_none_and_not_remembered() -> None:
    with pytest.raises(NotAnId):
        parted(global_id("Goal" * 100, GOAL))


@pytest.mark.parametrize("field", ["challenge", "idea", "goal", "ballot", "node"])
@pytest.mark.parametrize("id", ["garbage", "", "////", "Vmlld2VyOg==", global_id("Viewer", uuid4())])
async def test_a_garbage_id_is_a_typed_error_of_its_field_alone(house: House, field: str, id: str) -> None:
    answer = await house.ask(f"query Q($id: ID!) {{ {field}(id: $id) {{ id }} viewer {{ name }} }}", {"id": id})

    assert answer["data"] == {field: None, "viewer": {"name": "Ann"}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NotAnId"]


async def test_a_garbage_cursor_is_told_in_the_services_words(full: House) -> None:
    full.ideas.answers["IdeasPage"] = lambda data: refused("NoSuchCursor", "Start again.", 422)
    query = 'query Q($id: ID!) { challenge(id: $id) { question ideas(after: "garbage") { totalCount } } }'

    answer = await full.ask(query, {"id": global_id("Challenge", CHALLENGE)})

    assert answer["data"] == {"challenge": {"question": "What for lunch?", "ideas": None}}
    assert answer["errors"][0]["extensions"]["code"] == "NoSuchCursor"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 101", "PageIsOutOfBounds"),
        ("last: -1", "PageIsOutOfBounds"),
        ("first: 1, last: 1", "FirstOrLast"),
        ('first: 1, goal: "garbage"', "NotAnId"),
    ],
)
async def test_a_page_out_of_bounds_is_refused(house: House, arguments: str, code: str) -> None:
    answer = await house.ask(f"{{ challenges({arguments}) {{ totalCount }} }}")

    assert answer["errors"][0]["extensions"]["code"] == code
    assert house.requests == 0


async def test_a_page_has_twenty_unless_said_and_passes_on_what_is_asked(full: House) -> None:
    query = """query Q($id: ID!) { challenge(id: $id) {
      a: ideas { totalCount } b: ideas(last: 3, before: "c9", orderBy: SUPPORT, state: null, tag: "x") { totalCount }
    } }"""

    await full.ask(query, {"id": global_id("Challenge", CHALLENGE)})

    first, second = full.ideas.told("IdeasPage")
    assert first["window"] == {"first": 20, "after": None, "last": None, "before": None}
    assert (first["order"], first["state"]) == ("newest", "open")
    assert second["window"] == {"first": None, "after": None, "last": 3, "before": "c9"}
    assert (second["order"], second["state"], second["tag"]) == ("support", None, "x")


async def test_what_may_not_be_seen_nulls_its_field_alone(full: House) -> None:
    full.strategy.answers["GoalsNamed"] = lambda data: refused("SignInFirst", "Sign in.", 403)
    query = "query Q($id: ID!) { challenge(id: $id) { question goal { statement } } }"

    answer = await full.ask(query, {"id": global_id("Challenge", CHALLENGE)}, by=None)

    assert answer["data"] == {"challenge": {"question": "What for lunch?", "goal": None}}
    assert answer["errors"][0]["extensions"]["code"] == "SignInFirst"
