"""Single votes with their store: papers, limits, and what was heard of ballots and options (P3, P8, P9, P11, P13)."""

import asyncio
from datetime import timedelta
from uuid import uuid4, uuid5

import pytest

from contracts.ideas import IdeaWithdrawn
from contracts.messages import Event, Window
from contracts.strategy import GoalActivated, GoalRetired
from contracts.voting import (
    BallotIsClosed,
    CloseBallot,
    MyPapers,
    NoSuchOption,
    OptionIsDropped,
    PapersAreSecret,
    PapersPage,
    Publication,
    TooManyMarks,
    VoteCast,
    WithdrawVote,
    paper_id,
    standing_ballot,
)
from tests.stage import ANN, BOB, Place, member, now, said
from tests.voting.conftest import (
    AGREE,
    BURRITO,
    GOAL,
    PASS,
    TACO,
    challenge_opened,
    idea_submitted,
    news,
    opened,
    tally,
    vote,
)


async def test_a_vote_is_counted_and_told(place: Place) -> None:
    ballot = await opened(place)

    await place.tell(vote(ballot))

    assert (await tally(place, ballot)).counts == {TACO: {AGREE: 1}}
    [event] = await news(place, VoteCast)
    assert isinstance(event, VoteCast)
    assert (event.paper_id, event.choice, event.goal_id) == (paper_id(ballot, BOB.id), AGREE, GOAL)


async def test_a_vote_taken_back_leaves_no_trace_in_the_tally(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))

    await place.tell(said(WithdrawVote, BOB, ballot_id=ballot, option_id=TACO))

    found = await tally(place, ballot)
    assert (found.turnout, found.counts) == (0, {TACO: {}})


async def test_p8_two_votes_at_once_keep_the_limit(place: Place) -> None:
    """Each alone is within it; the paper, written by both, lets only one of them commit as it saw it."""
    ballot = await opened(place, at_most=1)
    other = place.replica("other")
    for name in (f"m{number}" for number in range(15)):
        by = member(name)
        both = (place.tell(vote(ballot, by)), other.tell(vote(ballot, by, BURRITO)))

        results = await asyncio.gather(*both, return_exceptions=True)

        assert sum(isinstance(result, TooManyMarks) for result in results) == 1


async def test_p8_a_document_written_as_it_was_guards_all_the_same(place: Place) -> None:
    """MongoDB drops a write that changes nothing, and then it conflicts with nobody: every write raises `rev`."""
    challenge = uuid4()
    await place.hear(idea_submitted(TACO, challenge), idea_submitted(BURRITO, challenge))

    for option in (TACO, BURRITO):
        await place.hear(IdeaWithdrawn(idea_id=option, challenge_id=challenge, goal_id=GOAL, version=2))
    await place.hear(challenge_opened(challenge))

    row = await place.database.collection("skeletons").find_one({"_id": standing_ballot(challenge)})
    assert row is not None
    assert row["rev"] == 3


def test_p9_the_standing_ballot_is_known_to_all_by_its_challenge() -> None:
    challenge = uuid4()

    assert standing_ballot(challenge) == uuid5(challenge, "standing")


@pytest.mark.parametrize("order", [(2, 3), (3, 2)])
async def test_p11_an_older_fact_about_a_goal_changes_nothing(place: Place, order: tuple[int, ...]) -> None:
    goal = uuid4()
    activated = GoalActivated(goal_id=goal, version=2, owner_id=ANN.id, starts=now(), ends=now() + timedelta(days=9))
    facts: dict[int, Event] = {2: activated, 3: GoalRetired(goal_id=goal, version=3)}

    for version in order:
        await place.hear(facts[version])

    row = await place.database.collection("goals").find_one({"_id": goal})
    assert row is not None
    assert (row["active"], row["version"]) == (False, 3)
    assert await place.count("receipts") == 0


@pytest.mark.parametrize("idea_first", [True, False])
async def test_p9_ballot_and_option_are_there_in_whichever_order_they_were_heard(
    place: Place, idea_first: bool
) -> None:
    challenge = uuid4()
    facts = [challenge_opened(challenge), idea_submitted(TACO, challenge)]
    for fact in reversed(facts) if idea_first else facts:
        await place.hear(fact)

    assert (await place.tell(vote(standing_ballot(challenge)))).events


async def test_p9_an_idea_withdrawn_before_its_ballot_was_open_is_off_it(place: Place) -> None:
    challenge = uuid4()
    await place.hear(idea_submitted(TACO, challenge))
    await place.hear(IdeaWithdrawn(idea_id=TACO, challenge_id=challenge, goal_id=GOAL, version=2))
    await place.hear(challenge_opened(challenge))

    with pytest.raises(OptionIsDropped):
        await place.tell(vote(standing_ballot(challenge)))


async def test_p9_opening_and_dropping_at_once_conflict_on_the_skeleton(place: Place) -> None:
    challenge = uuid4()
    await place.hear(idea_submitted(TACO, challenge))
    withdrawn = IdeaWithdrawn(idea_id=TACO, challenge_id=challenge, goal_id=GOAL, version=2)

    await asyncio.gather(place.hear(challenge_opened(challenge)), place.replica("b").hear(withdrawn))

    row = await place.database.collection("skeletons").find_one({"_id": standing_ballot(challenge)})
    gates = await place.database.collection("gates").find({}).to_list(None)
    assert row is not None
    assert row["rev"] == 2 or all(gate["n"] == 1 for gate in gates)


async def test_p13_a_member_has_one_paper_with_all_their_choices(place: Place) -> None:
    ballot = await opened(place)
    await asyncio.gather(place.tell(vote(ballot)), place.replica("b").tell(vote(ballot, option=BURRITO, choice=PASS)))

    [paper] = await place.ask(MyPapers(viewer=BOB, ballot_ids=(ballot,)))

    assert paper.marks == {TACO: AGREE, BURRITO: PASS}
    assert await place.count("papers") == 1


async def test_p13_votes_travel_by_their_paper(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    await place.tell(said(WithdrawVote, BOB, ballot_id=ballot, option_id=TACO))

    rows = await place.database.collection("outbox").find({"aggregatetype": "voting.votes"}).to_list(None)

    assert [row["aggregateid"] for row in rows] == [paper_id(ballot, BOB.id)] * 2
    assert paper_id(ballot, BOB.id) == f"{ballot}:{BOB.id}"


async def test_p13_a_confidential_ballot_shows_nobody_the_papers(place: Place) -> None:
    ballot = await opened(place, anonymity="confidential")
    await place.tell(vote(ballot))

    [event] = await news(place, VoteCast)

    assert isinstance(event, VoteCast)
    assert event.choice is None
    with pytest.raises(PapersAreSecret):
        await place.ask(PapersPage(viewer=ANN, ballot_id=ballot, window=Window()))


async def test_p3_a_vote_repeated_after_the_closing_is_answered_as_the_first_time(place: Place) -> None:
    """Receipts come before any rule about time."""
    ballot = await opened(place)
    command, nothing_new = vote(ballot), vote(ballot)
    first = await place.tell(command)
    assert (await place.tell(nothing_new)).events == ()
    await place.tell(said(CloseBallot, ANN, ballot_id=ballot))

    assert await place.tell(command) == first
    assert (await place.tell(nothing_new)).events == ()
    with pytest.raises(BallotIsClosed):
        await place.tell(vote(ballot))


async def test_results_shown_after_the_vote_are_shown_to_those_who_voted(place: Place) -> None:
    ballot = await opened(place, publication=Publication.AFTER_VOTE)
    await place.tell(vote(ballot))

    assert (await tally(place, ballot, BOB)).counts == {TACO: {AGREE: 1}}
    assert (await tally(place, ballot, ANN)).counts is None


async def test_an_option_of_no_ballot_is_refused_by_name(place: Place) -> None:
    ballot = await opened(place)

    with pytest.raises(NoSuchOption):
        await place.tell(vote(ballot, option=uuid4()))


async def test_votes_on_a_hot_ballot_touch_no_document_of_the_ballot(place: Place) -> None:
    ballot = await opened(place)
    before = await place.database.collection("ballots").find_one({"_id": ballot})

    for number in range(5):
        await place.tell(vote(ballot, member(f"m{number}")))

    assert await place.database.collection("ballots").find_one({"_id": ballot}) == before
