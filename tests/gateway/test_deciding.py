"""Shortlists and decisions through the API, and the pages that show them."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.ideas import PhaseMissed, Setback, ShortlistChanged, ShortlistingResumed
from contracts.messages import Event
from contracts.voting import decision_ballot
from gateway.nodes import global_id
from tests.gateway.conftest import House, News
from tests.gateway.standin import done, refused
from tests.gateway.test_pages import CHALLENGE, IDEAS, MOMENT, challenge, full, idea
from tests.gateway.test_watching import watching

__all__ = ["full"]
ASKED = global_id("Challenge", CHALLENGE)
TACOS, SOUP = IDEAS[:2]
DECISION = "method winners quorum electorate tieBreak anonymity publication openFor"
OPEN = f"""mutation Open($input: OpenChallengeInput!) {{ openChallenge(input: $input) {{
  challenge {{ decision {{ {DECISION} }} shortlistLimit }} errors {{ code path }} }} }}"""
SHOWN = f"""query Q($id: ID!) {{ challenge(id: $id) {{
  phase attempt decisionBallotId decisionBallot {{ id }} ballotClosesAt setback missedPhase shortlistLimit
  decision {{ {DECISION} }} shortlist {{ id title }} adopted {{ id }} }} }}"""


def shown(house: House, **more: Any) -> None:
    house.ideas.answers["ChallengesNamed"] = lambda data: {
        "answer": [challenge(one) | more for one in data["challenge_ids"]]
    }


async def test_a_challenge_declares_how_it_is_decided(house: House) -> None:
    house.ideas.answers["OpenChallenge"] = lambda data: done("ChallengeOpened")
    shown(house)
    asked = {"question": "What?", "shortlistLimit": 5, "decision": {"method": "APPROVAL", "winners": 2, "openFor": 60}}

    answer = await house.ask(OPEN, {"input": asked})

    assert answer["data"]["openChallenge"]["errors"] == []
    [told] = house.ideas.told("OpenChallenge")
    assert told["shortlist_limit"] == 5
    assert (told["decision"]["method"], told["decision"]["winners"], told["decision"]["open_for"]) == (
        "approval",
        2,
        60,
    )


async def test_a_challenge_that_says_nothing_of_it_is_decided_as_by_default(house: House) -> None:
    house.ideas.answers["OpenChallenge"] = lambda data: done("ChallengeOpened")
    shown(house)

    answer = await house.ask(OPEN, {"input": {"question": "What?"}})

    decision = answer["data"]["openChallenge"]["challenge"]["decision"]
    assert (decision["method"], decision["winners"], decision["openFor"]) == ("INSTANT_RUNOFF", 1, 604_800)
    assert house.ideas.told("OpenChallenge")[0]["shortlist_limit"] == 10


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"shortlistLimit": 51}, ["shortlistLimit"]),
        ({"decision": {"openFor": 59}}, ["decision", "openFor"]),
        ({"decision": {"quorum": 1.5}}, ["decision", "quorum"]),
    ],
)
async def test_what_is_out_of_bounds_is_named_by_its_field(
    house: House, field: dict[str, Any], path: list[str]
) -> None:
    answer = await house.ask(OPEN, {"input": {"question": "What?"} | field})

    assert [error["path"] for error in answer["data"]["openChallenge"]["errors"]] == [path]
    assert house.requests == 0


async def test_a_challenge_shows_its_decision_with_one_question_for_all_its_ideas(full: House) -> None:
    attempt, ballot = 2, decision_ballot(CHALLENGE, 2)
    lists = {"shortlist": [str(SOUP), str(TACOS)], "adopted": [str(SOUP)]}
    shown(full, **lists, attempt=attempt, setback="tie", missed="deciding", ballot_closes_at=MOMENT)
    full.voting.answers["BallotsNamed"] = lambda data: {"answer": [None]}

    answer = await full.ask(SHOWN, {"id": ASKED})

    told = answer["data"]["challenge"]
    assert (told["attempt"], told["decisionBallotId"], told["decisionBallot"]) == (2, global_id("Ballot", ballot), None)
    assert full.voting.told("BallotsNamed")[0]["ballot_ids"] == [str(ballot)]
    assert (told["setback"], told["missedPhase"], told["shortlistLimit"]) == ("TIE", "DECIDING", 10)
    assert told["ballotClosesAt"] == "2026-11-23T12:00:00+00:00"
    assert [each["id"] for each in told["shortlist"]] == [global_id("Idea", SOUP), global_id("Idea", TACOS)]
    assert told["adopted"] == [{"id": global_id("Idea", SOUP)}]
    assert [data["idea_ids"] for data in full.ideas.told("IdeasNamed")] == [[str(SOUP), str(TACOS)]]


async def test_before_the_first_attempt_there_is_no_decision_ballot(full: House) -> None:
    answer = await full.ask(SHOWN, {"id": ASKED})

    told = answer["data"]["challenge"]
    assert (told["attempt"], told["decisionBallotId"], told["decisionBallot"]) == (0, None, None)
    assert (told["shortlist"], told["adopted"], told["setback"], told["missedPhase"]) == ([], [], None, None)
    assert full.voting.requests == []


@pytest.mark.parametrize("mutation", ["shortlistIdeas", "takeIdeasOffShortlist"])
async def test_ideas_are_put_on_the_shortlist_and_taken_off(house: House, mutation: str) -> None:
    name = mutation[0].upper() + mutation[1:]
    query = f"""mutation M($input: {name}Input!) {{ {mutation}(input: $input) {{
      challenge {{ shortlist {{ id }} }} events {{ kind }} errors {{ code }} }} }}"""
    shown(house, shortlist=[str(TACOS)])
    house.ideas.answers["IdeasNamed"] = lambda data: {"answer": [idea(TACOS)]}
    house.ideas.answers[name] = lambda data: done("ShortlistChanged")
    asked = {"challengeId": ASKED, "ideaIds": [global_id("Idea", TACOS), global_id("Idea", SOUP)]}

    answer = await house.ask(query, {"input": asked})

    assert answer["data"][mutation] == {
        "challenge": {"shortlist": [{"id": global_id("Idea", TACOS)}]},
        "events": [{"kind": "ShortlistChanged"}],
        "errors": [],
    }
    [told] = house.ideas.told(name)
    assert (told["challenge_id"], told["idea_ids"]) == (str(CHALLENGE), [str(TACOS), str(SOUP)])

    house.ideas.answers[name] = lambda data: refused("NotShortlisting")
    answer = await house.ask(query, {"input": asked})
    assert answer["data"][mutation] == {"challenge": None, "events": [], "errors": [{"code": "NotShortlisting"}]}


async def test_an_idea_tells_whether_it_was_shortlisted_and_adopted(house: House) -> None:
    more = {"state": "adopted", "shortlisted": True, "adopted_at": MOMENT}
    house.ideas.answers["IdeasNamed"] = lambda data: {"answer": [idea(SOUP) | more]}

    answer = await house.ask(
        "query Q($id: ID!) { idea(id: $id) { state shortlisted adoptedAt } }", {"id": global_id("Idea", SOUP)}
    )

    assert answer["data"]["idea"] == {
        "state": "ADOPTED",
        "shortlisted": True,
        "adoptedAt": "2026-11-23T12:00:00+00:00",
    }


# -- the pages --------------------------------------------------------------------------------------------------------

PAGE = """query Page($challenge: ID!) {
  challenge(id: $challenge) { question phase ideaCount }
  ideas(challenge: $challenge, first: 50, orderBy: COMMENTS) { totalCount edges { node {
    id title author { name } goal { statement } myChoice support { support } commentCount shortlisted
    tally { version counts { optionId counts { position count } } }
  } } }
}"""


async def test_a_page_of_fifty_ideas_with_author_tally_goal_and_comments_costs_three_requests_in_all(
    full: House,
) -> None:
    answer = await full.ask(PAGE, {"challenge": ASKED})

    assert "errors" not in answer
    nodes = [edge["node"] for edge in answer["data"]["ideas"]["edges"]]
    assert len(nodes) == 50
    first = nodes[0]
    assert (first["author"], first["goal"], first["commentCount"]) == ({"name": "Ann"}, {"statement": "Waste less"}, 0)
    assert first["tally"]["counts"][0]["counts"] == [{"position": "AGREE", "count": 2}]
    assert answer["data"]["challenge"]["question"] == "What for lunch?"
    assert full.requests == 3


async def test_ideas_are_filtered_and_sorted_as_the_page_asks(full: House) -> None:
    query = """query Q($challenge: ID!, $author: ID!) { ideas(challenge: $challenge, orderBy: SUPPORT, state: ADOPTED,
      author: $author, tag: "hot", shortlisted: true, last: 3, before: "c9") { totalCount } }"""
    author = uuid4()

    await full.ask(query, {"challenge": ASKED, "author": global_id("Member", author)})

    [told] = full.ideas.told("IdeasPage")
    assert (told["challenge_id"], told["author_id"]) == (str(CHALLENGE), str(author))
    assert (told["order"], told["state"], told["tag"], told["shortlisted"]) == ("support", "adopted", "hot", True)
    assert told["window"] == {"first": None, "after": None, "last": 3, "before": "c9"}


async def test_a_challenge_finds_its_ideas_by_the_shortlist_too(full: House) -> None:
    query = "query Q($id: ID!) { challenge(id: $id) { ideas(shortlisted: false) { totalCount } } }"

    await full.ask(query, {"id": ASKED})

    assert full.ideas.told("IdeasPage")[0]["shortlisted"] is False


async def test_challenges_are_filtered_and_sorted_as_the_page_asks(full: House) -> None:
    empty = {"items": [], "cursors": [], "has_next": False, "has_previous": False, "total": 0}
    full.ideas.answers["ChallengesPage"] = lambda data: {"answer": empty}
    goal = uuid4()
    first_asked = "orderBy: DECISION_DATE, phase: DECIDING, goal: $goal, audience: VENDOR, openToMe: true"
    query = f"query Q($goal: ID!) {{ a: challenges({first_asked}) {{ totalCount }} b: challenges {{ totalCount }} }}"

    await full.ask(query, {"goal": global_id("Goal", goal)})

    first, second = full.ideas.told("ChallengesPage")
    assert (first["order"], first["phase"], first["goal_id"]) == ("decision_date", "deciding", str(goal))
    assert (first["audience"], first["open_to_me"]) == ("vendor", True)
    assert (second["order"], second["audience"], second["open_to_me"]) == ("newest", None, False)
    assert full.requests == 1


# -- live -------------------------------------------------------------------------------------------------------------

ABOUT: dict[str, Any] = {"challenge_id": CHALLENGE, "goal_id": uuid4(), "audiences": [], "public": True, "version": 2}
RESUMED = ABOUT | {"reason": Setback.TIE, "attempt": 1, "started_at": MOMENT, "votes_open": False}


@pytest.mark.parametrize(
    "event",
    [
        ShortlistChanged.model_validate(ABOUT | {"shortlist": [TACOS]}),
        ShortlistingResumed.model_validate(RESUMED),
        PhaseMissed.model_validate(ABOUT | {"phase": "deciding", "planned_for": MOMENT}),
    ],
    ids=lambda event: type(event).__name__,
)
async def test_whoever_watches_a_challenge_sees_what_becomes_of_its_decision(house: House, event: Event) -> None:
    query = "subscription W($id: ID!) { challengeChanged(challengeId: $id) { version setback } }"
    shown(house)
    async with watching(house, query, ASKED) as screen:
        assert (await screen.next())["data"]["challengeChanged"] == {"version": 1, "setback": None}
        shown(house, version=2, setback="tie")

        house.topics.put_nowait([News(event)])

        assert (await screen.next())["data"]["challengeChanged"] == {"version": 2, "setback": "TIE"}
