"""Ideas with its store: the purpose gate, limits, earlier texts, and the support that ideas show (S5, I1-I3)."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.attempt import Outcome
from contracts.ideas import (
    Idea,
    IdeaHasChanged,
    IdeaIsWithdrawn,
    IdeaReachedThreshold,
    IdeaRevised,
    IdeasNamed,
    IdeaState,
    IdeaText,
    IdeaWithdrawn,
    NoSuchChallenge,
    NoSuchIdea,
    NotInvited,
    NotTheAuthor,
    PhaseTakesNoIdeas,
    ReviseIdea,
    SubmitIdea,
    TextsOf,
    TooManyIdeas,
    WithdrawIdea,
)
from contracts.messages import Audience, Event, Member, Role
from contracts.purpose import Measure, NoActiveGoal, PurposeIsIncomplete
from contracts.strategy import GoalAchieved
from contracts.voting import BallotClosed, Position, TallyChanged, decision_ballot, standing_ballot
from tests.ideas.conftest import GOAL, goal_activated, opened, purpose, question, submitted
from tests.stage import ANN, BOB, EVE, Place, member, now, said

AGREE = Position.AGREE
MODERATOR = member("mo", Audience.EMPLOYEE, Role.MODERATOR)
VISITOR = None


async def read(place: Place, idea: UUID, viewer: Member | None = ANN) -> Idea:
    """An idea as somebody sees it."""
    [found] = await place.ask(IdeasNamed(idea_ids=(idea,), viewer=viewer))
    assert isinstance(found, Idea)
    return found


async def texts(place: Place, idea: UUID, viewer: Member | None = ANN) -> list[IdeaText]:
    """What it said before."""
    [found] = await place.ask(TextsOf(idea_ids=(idea,), viewer=viewer))
    return list(found)


async def ideas_on(place: Place, challenge: UUID) -> int:
    """The count beside the challenge."""
    row = await place.database.collection("idea_counts").find_one({"_id": challenge})
    return 0 if row is None else int(row["ideas"])


async def news(place: Place, kind: type[Event]) -> list[Any]:
    """Events of a kind."""
    return [event for event in await place.journal() if isinstance(event, kind)]


def tally(challenge: UUID, version: int, counts: dict[UUID, dict[Position, int]] | None) -> TallyChanged:
    """How the votes stand."""
    return TallyChanged(ballot_id=standing_ballot(challenge), version=version, turnout=9, counts=counts)


def closed(challenge: UUID, version: int, counts: dict[UUID, dict[Position, int]]) -> BallotClosed:
    """How the votes stood in the end."""
    about = {"ballot_id": standing_ballot(challenge), "goal_id": GOAL, "challenge_id": challenge}
    told = {"version": 3, "closed_at": now(), "turnout": 9, "tally_version": version}
    return BallotClosed(**about, **told, counts=counts)


def revision(idea: UUID, by: Member = BOB, title: str = "Burritos", **fields: object) -> ReviseIdea:
    """Another text."""
    return said(ReviseIdea, by, idea_id=idea, title=title, **fields)


# -- the purpose gate (S5) --------------------------------------------------------------------------------------------

MEASURE = Measure(name="guests a day", baseline=40, date=now())
MISSING: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "NoGoal": (("purpose", "goalId"), {"goal_id": None}),
    "NoOwner": (("purpose", "ownerId"), {"owner_id": None}),
    "NoPurpose": (("purpose", "statement"), {"statement": " "}),
    "NoMeasure": (("purpose", "measure", "name"), {"measure": MEASURE.model_copy(update={"name": None})}),
    "NoBaseline": (("purpose", "measure", "baseline"), {"measure": MEASURE.model_copy(update={"baseline": None})}),
    "NoMeasureDate": (("purpose", "measure", "date"), {"measure": MEASURE.model_copy(update={"date": None})}),
}


@pytest.mark.parametrize("code", MISSING)
async def test_a_missing_piece_of_the_purpose_is_named(place: Place, code: str) -> None:
    path, without = MISSING[code]

    with pytest.raises(PurposeIsIncomplete) as refused:
        await place.tell(question(purpose=purpose(**without)))

    assert [(each.code, each.path) for each in refused.value.problems] == [(code, path)]
    assert await place.count("challenges") == 0


async def test_every_missing_piece_is_its_own_refusal(place: Place) -> None:
    empty: dict[str, Any] = {"goal_id": None, "owner_id": None, "statement": None, "measure": None}

    with pytest.raises(PurposeIsIncomplete) as refused:
        await place.tell(question(purpose=purpose(**empty)))

    assert [each.code for each in refused.value.problems] == list(MISSING)


async def test_a_baseline_of_nought_is_a_baseline(place: Place) -> None:
    await place.tell(question(purpose=purpose(measure=MEASURE.model_copy(update={"baseline": 0}))))

    assert await place.count("challenges") == 1


async def test_p10_a_goal_heard_a_moment_later_is_in_time(place: Place) -> None:
    goal = uuid4()
    opening = asyncio.create_task(place.tell(question(purpose=purpose(goal_id=goal))))
    await asyncio.sleep(0.05)
    assert not opening.done()

    await place.hear(goal_activated(goal))

    assert (await opening).events[0].kind == "ChallengeOpened"


async def test_nothing_opens_under_a_goal_that_has_ended(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.work.PATIENCE", 0.05)
    await place.hear(GoalAchieved(goal_id=GOAL, version=3))

    with pytest.raises(NoActiveGoal) as refused:
        await place.tell(question())

    assert refused.value.path == ("purpose", "goalId")


async def test_p11_an_older_fact_about_a_goal_changes_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.work.PATIENCE", 0.05)
    await place.hear(GoalAchieved(goal_id=GOAL, version=3))
    await place.hear(goal_activated(GOAL, version=2))

    with pytest.raises(NoActiveGoal):
        await place.tell(question())


# -- submitting -------------------------------------------------------------------------------------------------------


async def test_an_idea_takes_the_id_of_its_command_and_says_what_was_typed(place: Place) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge, body="with beans", tags=("lunch",), links=("https://example.org",))

    found = await read(place, idea)

    assert (found.title, found.body, found.tags, found.links) == (
        "Tacos",
        "with beans",
        ("lunch",),
        ("https://example.org",),
    )
    assert (found.author_id, found.author_name, found.state, found.version) == (BOB.id, "Bob", IdeaState.OPEN, 1)


async def test_the_uninvited_submit_nothing(place: Place) -> None:
    challenge = await opened(place, audiences=frozenset({Audience.CUSTOMER}))

    with pytest.raises(NotInvited):
        await submitted(place, challenge, EVE)


async def test_an_idea_for_no_challenge_is_refused_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.work.PATIENCE", 0.05)

    with pytest.raises(NoSuchChallenge):
        await submitted(place, uuid4())


async def test_p8_two_replicas_at_once_keep_the_limit_of_ideas(place: Place) -> None:
    challenge = await opened(place, ideas_per_member=1)
    other = place.replica("other")
    for name in (f"m{number}" for number in range(8)):
        by = member(name)
        both = (submitted(place, challenge, by), submitted(other, challenge, by, "Burritos"))

        results = await asyncio.gather(*both, return_exceptions=True)

        assert sorted(isinstance(result, TooManyIdeas) for result in results) == [False, True]
    assert await place.count("ideas") == await ideas_on(place, challenge) == 8


async def test_the_limit_is_each_members_own_and_each_challenges_own(place: Place) -> None:
    challenge, other = await opened(place, ideas_per_member=2), await opened(place, ideas_per_member=2)
    for title in ("Tacos", "Burritos"):
        await submitted(place, challenge, title=title)

    with pytest.raises(TooManyIdeas, match="2 ideas"):
        await submitted(place, challenge, title="Nachos")
    await submitted(place, challenge, EVE)
    await submitted(place, other)


async def test_withdrawing_makes_room_for_another(place: Place) -> None:
    challenge = await opened(place, ideas_per_member=1)
    idea = await submitted(place, challenge)

    await place.tell(said(WithdrawIdea, BOB, idea_id=idea))

    assert await submitted(place, challenge, title="Burritos")
    with pytest.raises(TooManyIdeas):
        await submitted(place, challenge, title="Nachos")


async def test_ideas_are_counted_as_they_come_and_go_at_two_replicas(place: Place) -> None:
    challenge = await opened(place)
    places = (place, place.replica("other"))
    found = await asyncio.gather(*(submitted(places[n % 2], challenge, member(f"m{n}")) for n in range(10)))
    gone = [said(WithdrawIdea, member(f"m{n}"), idea_id=found[n]) for n in range(4)]

    await asyncio.gather(*(places[n % 2].tell(command) for n, command in enumerate(gone)))

    assert await ideas_on(place, challenge) == 6


async def test_a_repeated_submission_is_one_idea(place: Place) -> None:
    challenge = await opened(place)
    command = said(SubmitIdea, BOB, challenge_id=challenge, title="Tacos")

    answers = [await place.tell(command), await place.replica("other").tell(command)]

    assert answers[0] == answers[1]
    assert await place.count("ideas") == await ideas_on(place, challenge) == 1


# -- revising and withdrawing (I2) ------------------------------------------------------------------------------------


async def test_every_text_it_ever_had_is_kept(place: Place) -> None:
    idea = await submitted(place, await opened(place))
    for number, title in enumerate(("Burritos", "Nachos", "Soup"), start=1):
        await place.tell(revision(idea, title=title, seen_version=number))

    before = await texts(place, idea)

    assert (await read(place, idea)).title == "Soup"
    assert [(text.version, text.title) for text in before] == [(3, "Nachos"), (2, "Burritos"), (1, "Tacos")]
    assert [event.version for event in await news(place, IdeaRevised)] == [2, 3, 4]


async def test_at_most_a_hundred_earlier_texts_are_told_and_none_at_the_cost_of_another_idea(place: Place) -> None:
    challenge = await opened(place)
    much, little = await submitted(place, challenge), await submitted(place, challenge)
    await asyncio.gather(*(place.tell(revision(much, title=f"Title {number}")) for number in range(102)))
    await place.tell(revision(little))

    told = await place.ask(TextsOf(idea_ids=(little, much), viewer=ANN))

    assert [len(each) for each in told] == [1, 100]
    assert [text.version for text in told[1]] == list(range(102, 2, -1))


async def test_the_same_text_again_is_told_to_nobody(place: Place) -> None:
    idea = await submitted(place, await opened(place))

    assert (await place.tell(revision(idea, title="Tacos"))).events == ()
    assert await texts(place, idea) == []


async def test_a_text_somebody_has_not_seen_is_not_overwritten(place: Place) -> None:
    idea = await submitted(place, await opened(place))
    at_once = (
        place.tell(revision(idea, title="Burritos", seen_version=1)),
        place.replica("other").tell(revision(idea, title="Nachos", seen_version=1)),
    )

    results = await asyncio.gather(*at_once, return_exceptions=True)

    assert sorted(isinstance(result, IdeaHasChanged) for result in results) == [False, True]
    assert len(await texts(place, idea)) == 1


@pytest.mark.parametrize("stranger", [EVE, ANN, MODERATOR], ids=["member", "organizer", "moderator"])
async def test_only_the_author_revises(place: Place, stranger: Member) -> None:
    idea = await submitted(place, await opened(place))

    with pytest.raises(NotTheAuthor):
        await place.tell(revision(idea, stranger))

    assert (await read(place, idea)).title == "Tacos"


@pytest.mark.parametrize("stranger", [EVE, ANN], ids=["member", "organizer"])
async def test_only_the_author_withdraws(place: Place, stranger: Member) -> None:
    idea = await submitted(place, await opened(place))

    with pytest.raises(NotTheAuthor):
        await place.tell(said(WithdrawIdea, stranger, idea_id=idea))


async def test_a_moderator_takes_an_idea_down_and_the_author_has_room_again(place: Place) -> None:
    challenge = await opened(place, ideas_per_member=1)
    idea = await submitted(place, challenge)

    await place.tell(said(WithdrawIdea, MODERATOR, idea_id=idea))

    assert await submitted(place, challenge, title="Burritos")


async def test_withdrawing_twice_counts_once(place: Place) -> None:
    challenge = await opened(place, ideas_per_member=1)
    idea = await submitted(place, challenge)
    twice = (said(WithdrawIdea, BOB, idea_id=idea), said(WithdrawIdea, MODERATOR, idea_id=idea))

    results = await asyncio.gather(place.tell(twice[0]), place.replica("b").tell(twice[1]), return_exceptions=True)

    assert sorted(isinstance(result, IdeaIsWithdrawn) for result in results) == [False, True]
    assert (await ideas_on(place, challenge), len(await news(place, IdeaWithdrawn))) == (0, 1)
    await submitted(place, challenge, title="Burritos")
    with pytest.raises(TooManyIdeas):
        await submitted(place, challenge, title="Nachos")


async def test_a_withdrawn_idea_is_not_revised(place: Place) -> None:
    idea = await submitted(place, await opened(place))
    await place.tell(said(WithdrawIdea, BOB, idea_id=idea))

    with pytest.raises(IdeaIsWithdrawn):
        await place.tell(revision(idea))


async def test_an_idea_that_is_not_there_is_refused_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.work.PATIENCE", 0.05)

    with pytest.raises(NoSuchIdea):
        await place.tell(revision(uuid4()))


# -- support (I3, P11, P17) -------------------------------------------------------------------------------------------


async def test_an_idea_wears_the_tally_of_its_votes(place: Place) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge)

    await place.hear(tally(challenge, 4, {idea: {AGREE: 3, Position.PASS: 1}}))

    support = (await read(place, idea)).support
    assert (support.counts, support.support, support.version) == ({AGREE: 3, Position.PASS: 1}, 3, 4)


async def test_votes_on_its_decision_ballot_are_no_support_of_an_idea(place: Place) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge)
    deciding = tally(challenge, 4, {idea: {AGREE: 3}})

    await place.hear(deciding.model_copy(update={"ballot_id": decision_ballot(challenge, 1)}))

    assert (await read(place, idea)).support.support == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)])
async def test_p11_the_newest_tally_is_shown_in_whatever_order_and_however_often_they_came(
    place: Place, order: tuple[int, ...]
) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge)
    facts = [(uuid4(), tally(challenge, version, {idea: {AGREE: version}})) for version in (3, 5)]

    for each in order:
        await place.hear(facts[each][1], ids=[facts[each][0]])

    assert (await read(place, idea)).support.support == 5


async def test_p11_the_tally_has_a_version_of_its_own(place: Place) -> None:
    """An idea revised often still wears the first tally."""
    idea = await submitted(place, challenge := await opened(place))
    for title in ("Burritos", "Nachos", "Soup"):
        await place.tell(revision(idea, title=title))

    await place.hear(tally(challenge, 1, {idea: {AGREE: 1}}))

    assert (await read(place, idea)).support.support == 1


async def test_p12_a_late_tally_is_dropped_for_the_options_that_know_better_and_worn_by_the_others(
    place: Place,
) -> None:
    challenge = await opened(place)
    tacos, burritos = await submitted(place, challenge), await submitted(place, challenge)
    await place.hear(tally(challenge, 5, {tacos: {AGREE: 5}}))

    await place.hear(tally(challenge, 4, {tacos: {AGREE: 4}, burritos: {AGREE: 2}}))

    assert [(await read(place, each)).support.support for each in (tacos, burritos)] == [5, 2]


async def test_the_final_tally_is_worn_whether_or_not_the_last_announcement_came(place: Place) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge)
    await place.hear(closed(challenge, 9, {idea: {AGREE: 9}}))
    await place.hear(tally(challenge, 8, {idea: {AGREE: 8}}))

    assert (await read(place, idea)).support.support == 9


async def test_results_that_are_hidden_until_the_close_are_shown_by_it(place: Place) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge)
    await place.hear(tally(challenge, 8, None))
    assert (await read(place, idea)).support.version == 0

    await place.hear(closed(challenge, 9, {idea: {AGREE: 9}, uuid4(): {AGREE: 1}}))

    assert (await read(place, idea)).support.support == 9


async def test_the_threshold_is_told_once_though_two_replicas_hear_of_it_twice(place: Place) -> None:
    challenge = await opened(place, threshold=3)
    idea = await submitted(place, challenge)
    places = [place, place.replica("other")]

    def heard(version: int, votes: int, where: Place) -> Callable[[], Any]:
        fact, name = tally(challenge, version, {idea: {AGREE: votes}}), UUID(int=version)
        return lambda: where.hear(fact, ids=[name])

    for version, votes in ((1, 2), (2, 3), (3, 1), (4, 7)):
        results: list[list[Outcome]] = await asyncio.gather(*(heard(version, votes, each)() for each in places))
        assert len(results) == 2

    [event] = await news(place, IdeaReachedThreshold)
    assert (event.idea_id, event.support, event.version) == (idea, 3, 2)
    assert (await read(place, idea)).reached_threshold


async def test_an_idea_withdrawn_in_the_meantime_crosses_no_threshold(place: Place) -> None:
    challenge = await opened(place, threshold=1)
    idea = await submitted(place, challenge)
    await place.tell(said(WithdrawIdea, BOB, idea_id=idea))

    await place.hear(tally(challenge, 1, {idea: {AGREE: 4}}))

    assert await news(place, IdeaReachedThreshold) == []


async def test_a_phase_that_takes_no_ideas_says_so(place: Place) -> None:
    challenge = await opened(place, plan=({"phase": "gathering", "open": {"ideas": False, "votes": True}},))

    with pytest.raises(PhaseTakesNoIdeas):
        await submitted(place, challenge)
