"""Whole papers, terms and outcomes through the API."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.voting import Outcome, Round, TieBreak, Verdict
from gateway.nodes import global_id
from tests.gateway.conftest import ANN_ID, House
from tests.gateway.standin import done, refused
from tests.gateway.test_voting import BALLOT, BALLOT_DATA

TACO, SOUP = uuid4(), uuid4()
HAND_IN = """mutation HandIn($input: HandInPaperInput!) {
  handInPaper(input: $input) {
    numbers { optionId number } paperVersion events { kind version } errors { code message path }
  }
}"""
WITHDRAW = """mutation Withdraw($input: WithdrawPaperInput!) {
  withdrawPaper(input: $input) { paperVersion errors { code } }
}"""
OPEN = "mutation Open($input: OpenBallotInput!) { openBallot(input: $input) { errors { code path } } }"
READ = """query Read($id: ID!) {
  ballot(id: $id) {
    terms { method winners tieBreak roles byRoll electorate quorum lowest highest }
    tally { turnout counts { support } standing { optionId standing } }
    myPaper { numbers { optionId number } marks { choice } counted }
    outcome {
      verdict winners tied decidedBy eligible turnout rounds { support }
      count { standing { optionId standing } elected eliminated exhausted tieBrokenBy }
    }
  }
}"""


def handed_in(*marks: tuple[object, int], **more: object) -> dict[str, object]:
    listed = [{"optionId": global_id("Idea", option), "number": number} for option, number in marks]
    return {"input": {"ballotId": global_id("Ballot", BALLOT), "marks": listed, **more}}


async def test_a_paper_reaches_voting_as_the_viewers_and_its_answer_comes_back(house: House) -> None:
    house.voting.answers["HandInPaper"] = lambda data: done("PaperHandedIn", version=2)

    answer = await house.ask(HAND_IN, handed_in((SOUP, 2), (TACO, 1)))

    assert answer["data"]["handInPaper"] == {
        "numbers": [
            {"optionId": global_id("Idea", SOUP), "number": 2},
            {"optionId": global_id("Idea", TACO), "number": 1},
        ],
        "paperVersion": 2,
        "events": [{"kind": "PaperHandedIn", "version": 2}],
        "errors": [],
    }
    [told] = house.voting.told("HandInPaper")
    assert told["marks"] == [{"option_id": str(SOUP), "number": 2}, {"option_id": str(TACO), "number": 1}]
    assert (told["ballot_id"], told["member"]["id"]) == (str(BALLOT), str(ANN_ID))
    assert house.requests == 1


async def test_an_option_named_twice_is_told_twice_and_left_to_voting(house: House) -> None:
    """The gateway has no rule of its own, and repairs nothing silently (V2)."""
    house.voting.answers["HandInPaper"] = lambda data: refused("OptionIsMarkedTwice", path=["marks", "1"])

    answer = await house.ask(HAND_IN, handed_in((TACO, 1), (TACO, 2)))

    [error] = answer["data"]["handInPaper"]["errors"]
    assert (error["code"], error["path"]) == ("OptionIsMarkedTwice", ["marks", "1"])
    assert answer["data"]["handInPaper"]["numbers"] == []
    assert len(house.voting.told("HandInPaper")[0]["marks"]) == 2


async def test_an_id_that_is_none_is_named_by_its_place_among_the_marks(house: House) -> None:
    paper: Any = handed_in((TACO, 1))
    paper["input"]["marks"].append({"optionId": "garbage", "number": 2})

    answer = await house.ask(HAND_IN, paper)

    [error] = answer["data"]["handInPaper"]["errors"]
    assert (error["code"], error["path"]) == ("NotAnId", ["marks", "1", "optionId"])
    assert house.requests == 0


async def test_a_paper_is_withdrawn(house: House) -> None:
    house.voting.answers["WithdrawPaper"] = lambda data: done("PaperWithdrawn", version=3)

    answer = await house.ask(WITHDRAW, {"input": {"ballotId": global_id("Ballot", BALLOT)}})

    assert answer["data"]["withdrawPaper"] == {"paperVersion": 3, "errors": []}
    assert house.voting.told("WithdrawPaper")[0]["ballot_id"] == str(BALLOT)


@pytest.mark.parametrize(("query", "field"), [(HAND_IN, "handInPaper"), (WITHDRAW, "withdrawPaper")])
async def test_a_visitor_is_asked_to_sign_in(house: House, query: str, field: str) -> None:
    asked: Any = handed_in((TACO, 1)) if query == HAND_IN else {"input": {"ballotId": global_id("Ballot", BALLOT)}}

    answer = await house.ask(query, asked, by=None)

    assert [error["code"] for error in answer["data"][field]["errors"]] == ["SignInFirst"]


async def test_a_ballot_is_opened_with_all_that_it_may_declare(house: House) -> None:
    house.voting.answers["OpenBallot"] = lambda data: done("BallotOpened")
    terms = {"method": "SCORE", "lowest": -5, "highest": 5, "winners": 2, "tieBreak": "EARLIEST_OPTION"}
    terms |= {"roles": ["MODERATOR"], "quorum": 0.25}
    ballot = {"question": "Which?", "purpose": {}, "options": [{"title": "This"}], "terms": terms}

    await house.ask(OPEN, {"input": {**ballot, "roll": [global_id("Member", ANN_ID)]}})
    await house.ask(OPEN, {"input": {**ballot, "terms": {"electorate": 40}}})

    rolled, sized = house.voting.told("OpenBallot")
    assert rolled["roll"] == [str(ANN_ID)]
    told = {name: rolled["terms"][name] for name in ("method", "lowest", "highest", "winners", "tie_break", "roles")}
    assert told == {
        "method": "score",
        "lowest": -5,
        "highest": 5,
        "winners": 2,
        "tie_break": "earliest_option",
        "roles": ["moderator"],
    }
    assert (rolled["terms"]["quorum"], rolled["terms"]["by_roll"]) == (0.25, False)
    assert (sized["roll"], sized["terms"]["electorate"], sized["terms"]["method"]) == (None, 40, "stance")


async def test_a_roll_names_members(house: House) -> None:
    ballot = {"question": "Which?", "purpose": {}, "options": [{"title": "This"}]}

    answer = await house.ask(
        OPEN, {"input": {**ballot, "roll": [global_id("Member", ANN_ID), global_id("Idea", TACO)]}}
    )

    assert answer["data"]["openBallot"]["errors"] == [{"code": "NotAnId", "path": ["roll", "1"]}]


async def test_a_decided_ballot_shows_its_terms_tally_paper_and_every_round(house: House) -> None:
    rounds = (
        Round(standing={TACO: 2, SOUP: 2}, eliminated=(SOUP,), tie_broken_by=TieBreak.EARLIEST_OPTION),
        Round(standing={TACO: 3}, elected=(TACO,), exhausted=1),
    )
    outcome = Outcome(
        ballot_id=BALLOT,
        turnout=4,
        rounds=(),
        support={},
        verdict=Verdict.WON,
        winners=(TACO,),
        decided_by=(TieBreak.EARLIEST_OPTION,),
        eligible=9,
        count=rounds,
    )
    ballot = BALLOT_DATA | {"terms": {"method": "instant_runoff", "electorate": 9, "quorum": 0.25}}
    own = {"id": "x", "ballot_id": str(BALLOT), "member_id": str(ANN_ID), "marks": {}, "counted": True, "version": 1}
    tally = {"ballot_id": str(BALLOT), "version": 4, "turnout": 4, "counts": {}, "standing": {str(TACO): 2}}
    house.voting.answers |= {
        "BallotsNamed": lambda data: {"answer": [ballot]},
        "TalliesOf": lambda data: {"answer": [tally]},
        "MyPapers": lambda data: {"answer": [own | {"numbers": {str(SOUP): 2, str(TACO): 1}}]},
        "OutcomesOf": lambda data: {"answer": [outcome.model_dump(mode="json")]},
    }

    answer = await house.ask(READ, {"id": global_id("Ballot", BALLOT)})

    taco, soup = global_id("Idea", TACO), global_id("Idea", SOUP)
    assert answer == {
        "data": {
            "ballot": {
                "terms": {
                    "method": "INSTANT_RUNOFF",
                    "winners": 1,
                    "tieBreak": "BY_HAND",
                    "roles": None,
                    "byRoll": False,
                    "electorate": 9,
                    "quorum": 0.25,
                    "lowest": 0,
                    "highest": 10,
                },
                "tally": {"turnout": 4, "counts": [], "standing": [{"optionId": taco, "standing": 2}]},
                "myPaper": {
                    "numbers": [{"optionId": taco, "number": 1}, {"optionId": soup, "number": 2}],
                    "marks": [],
                    "counted": True,
                },
                "outcome": {
                    "verdict": "WON",
                    "winners": [taco],
                    "tied": [],
                    "decidedBy": ["EARLIEST_OPTION"],
                    "eligible": 9,
                    "turnout": 4,
                    "rounds": [],
                    "count": [
                        {
                            "standing": [{"optionId": taco, "standing": 2}, {"optionId": soup, "standing": 2}],
                            "elected": [],
                            "eliminated": [soup],
                            "exhausted": 0,
                            "tieBrokenBy": "EARLIEST_OPTION",
                        },
                        {
                            "standing": [{"optionId": taco, "standing": 3}],
                            "elected": [taco],
                            "eliminated": [],
                            "exhausted": 1,
                            "tieBrokenBy": None,
                        },
                    ],
                },
            }
        }
    }
    assert house.requests == 2
