"""Strategy with its store: who may change a goal, what was heard for it, and its lists (S1, P3, P9, P11)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.access import RoleIsMissing
from contracts.ideas import IdeaAdopted, IdeaSubmitted
from contracts.messages import Audience, Event, Member, Query, Role, Window
from contracts.responses import CaseFiled
from contracts.strategy import (
    AchieveGoal,
    ActivateGoal,
    CheckIn,
    Goal,
    GoalCommand,
    GoalHasEnded,
    GoalIsNotDraft,
    GoalOrder,
    GoalsNamed,
    GoalsPage,
    GoalState,
    Health,
    MissGoal,
    NoSuchGoal,
    PeriodIsEmpty,
    RetireGoal,
    SetGoal,
    SetKeyResult,
    Voices,
)
from contracts.voting import PaperHandedIn, Position, VoteCast, paper_id
from deploy.local.process import Process
from services.strategy.app import strategy
from tests.contracts.examples import example_of
from tests.overheard import overhearing, plans, stages
from tests.stage import ANN, BOB, EVE, Place, Stage, member, now, said

ALL = Window(first=100)
STRATEGIST = member("sue", Audience.EMPLOYEE, Role.STRATEGIST)


@pytest.fixture
async def place(stage: Stage) -> Place:
    """Strategy, without any goal."""
    return await stage.place(strategy)


def setting(by: Member = ANN, **fields: object) -> SetGoal:
    """A goal."""
    asked: dict[str, object] = {
        "statement": "More guests",
        "advantage": "The cook knows them all",
        "starts": now(),
        "ends": now() + timedelta(days=90),
    }
    return said(SetGoal, by, **(asked | fields))


async def written(place: Place, **fields: Any) -> UUID:
    """A goal in draft."""
    command = setting(**fields)
    await place.tell(command)
    return command.id


async def read(place: Place, goal: UUID) -> Goal:
    """A goal as a member sees it."""
    [found] = await place.ask(GoalsNamed(goal_ids=(goal,), viewer=BOB))
    assert isinstance(found, Goal)
    return found


async def goals(place: Place, **wanted: Any) -> list[UUID]:
    """Goals that somebody finds."""
    found = await place.ask(GoalsPage(**({"viewer": BOB, "window": ALL} | wanted)))
    return [each.id for each in found.items]


def vote(goal: UUID | None, by: Member, option: UUID | None = None, version: int = 1) -> VoteCast:
    """A vote on a ballot that serves a goal."""
    ballot = uuid4()
    about = {"paper_id": paper_id(ballot, by.id), "ballot_id": ballot, "goal_id": goal, "member_id": by.id}
    return VoteCast(**about, option_id=option or uuid4(), version=version, choice=Position.AGREE)


def idea(goal: UUID, by: Member) -> IdeaSubmitted:
    """An idea on a challenge that serves a goal."""
    about = {"idea_id": uuid4(), "challenge_id": uuid4(), "goal_id": goal}
    return IdeaSubmitted(**about, version=1, author_id=by.id, submitted_at=now())


def whole_paper(goal: UUID | None, by: Member) -> PaperHandedIn:
    """A whole paper on a ballot that serves a goal."""
    ballot = uuid4()
    about = {"paper_id": paper_id(ballot, by.id), "ballot_id": ballot, "goal_id": goal, "member_id": by.id}
    return PaperHandedIn(**about, version=1, marks=None)


def adopted(goal: UUID, idea_id: UUID) -> IdeaAdopted:
    """An idea that won."""
    about = {"idea_id": idea_id, "challenge_id": uuid4(), "goal_id": goal}
    return IdeaAdopted(**about, version=2, ballot_id=None, adopted_at=now())


def case(goal: UUID | None) -> CaseFiled:
    """A case about a goal, or about none."""
    told = example_of(CaseFiled.type())
    assert isinstance(told, CaseFiled)
    return told.model_copy(update={"case_id": uuid4(), "goal_id": goal})


def voices(heard: int, voters: int, contributors: int) -> Voices:
    """What a goal should say."""
    return Voices(heard=heard, voters=voters, contributors=contributors)


# -- goals ------------------------------------------------------------------------------------------------------------


async def test_whoever_writes_a_goal_down_owns_it_unless_somebody_else_is_named(place: Place) -> None:
    hers = await read(place, await written(place))
    his = await read(place, await written(place, owner_id=BOB.id))

    assert (hers.owner_id, hers.owner_name, hers.state, hers.version) == (ANN.id, "Ann", GoalState.DRAFT, 1)
    assert (his.owner_id, his.owner_name) == (BOB.id, None)


async def test_a_goal_lives_from_draft_to_its_end(place: Place) -> None:
    goal = await written(place)
    for command, state in ((ActivateGoal, GoalState.ACTIVE), (AchieveGoal, GoalState.ACHIEVED)):
        await place.tell(said(command, ANN, goal_id=goal))
        assert (await read(place, goal)).state is state

    with pytest.raises(GoalHasEnded):
        await place.tell(said(RetireGoal, ANN, goal_id=goal))
    assert [event.version for event in await place.journal()] == [1, 2, 3]


async def test_a_goal_supports_a_goal_that_is_there(place: Place) -> None:
    above = await written(place)
    below = await written(place, supports=above)

    with pytest.raises(NoSuchGoal) as refused:
        await written(place, supports=uuid4())

    assert refused.value.path == ("supports",)
    assert (await read(place, below)).supports == above
    assert await place.count("goals") == 2


async def test_a_goal_that_ends_before_it_starts_is_not_kept(place: Place) -> None:
    with pytest.raises(PeriodIsEmpty):
        await written(place, ends=now() - timedelta(days=1))

    assert await place.count("goals") == 0


async def test_only_strategists_write_goals_down(place: Place) -> None:
    vendor = member("vera", Audience.VENDOR, Role.STRATEGIST)
    for by in (BOB, member("emil", Audience.EMPLOYEE), vendor):
        with pytest.raises(RoleIsMissing):
            await place.tell(setting(by))


@pytest.mark.parametrize("command", [ActivateGoal, AchieveGoal, MissGoal, RetireGoal])
async def test_its_owner_changes_it_without_a_role_any_strategist_by_theirs_and_nobody_else(
    place: Place, command: type[GoalCommand]
) -> None:
    for may in (BOB, STRATEGIST):
        goal = await written(place, owner_id=BOB.id)
        if command is not ActivateGoal:
            await place.tell(said(ActivateGoal, ANN, goal_id=goal))
        with pytest.raises(RoleIsMissing):
            await place.tell(said(command, EVE, goal_id=goal))

        assert (await place.tell(said(command, may, goal_id=goal))).events


async def test_a_goal_that_is_not_there_is_refused_by_name(place: Place) -> None:
    with pytest.raises(NoSuchGoal) as refused:
        await place.tell(said(ActivateGoal, ANN, goal_id=uuid4()))

    assert refused.value.path == ("goalId",)


async def test_two_replicas_activate_it_once(place: Place) -> None:
    goal = await written(place)
    both = (
        place.tell(said(ActivateGoal, ANN, goal_id=goal)),
        place.replica("b").tell(said(ActivateGoal, goal_id=goal)),
    )

    results = await asyncio.gather(*both, return_exceptions=True)

    assert sorted(isinstance(result, GoalIsNotDraft) for result in results) == [False, True]
    assert len(await place.journal()) == 2


# -- voices -----------------------------------------------------------------------------------------------------------


async def test_a_goal_nobody_spoke_for_has_no_voices(place: Place) -> None:
    assert (await read(place, await written(place))).voices == voices(0, 0, 0)


async def test_a_vote_and_an_idea_of_one_member_are_one_voice_heard(place: Place) -> None:
    goal = await written(place)
    await place.hear(vote(goal, BOB), idea(goal, BOB))
    assert (await read(place, goal)).voices == voices(1, 1, 1)

    await place.hear(idea(goal, EVE))
    await place.hear(vote(goal, EVE))

    assert (await read(place, goal)).voices == voices(2, 2, 2)


async def test_many_votes_of_one_member_are_one_voter(place: Place) -> None:
    goal = await written(place)

    await place.hear(*(vote(goal, BOB) for _ in range(5)))
    await place.hear(vote(goal, BOB))

    assert (await read(place, goal)).voices == voices(1, 1, 0)


async def test_whoever_hands_in_a_whole_paper_is_a_voter_like_any_other(place: Place) -> None:
    goal = await written(place)
    about = {"paper_id": "x", "ballot_id": uuid4(), "goal_id": goal}

    await place.hear(
        PaperHandedIn(**about, member_id=BOB.id, version=1, marks={uuid4(): 1}),
        PaperHandedIn(**about, member_id=BOB.id, version=2, marks=None),
        PaperHandedIn(**about, member_id=EVE.id, version=1, marks=None),
        vote(goal, BOB),
    )

    assert (await read(place, goal)).voices == voices(2, 2, 0)


async def test_voices_are_each_goals_own_and_a_vote_without_a_goal_is_no_ones(place: Place) -> None:
    one, other = await written(place), await written(place)

    await place.hear(vote(one, BOB), idea(other, BOB), vote(None, BOB))

    assert (await read(place, one)).voices == voices(1, 1, 0)
    assert (await read(place, other)).voices == voices(1, 0, 1)
    assert await place.count("voices") == 2


async def test_voices_may_be_heard_before_the_goal_is(place: Place) -> None:
    command = setting()
    await place.hear(vote(command.id, BOB))

    await place.tell(command)

    assert (await read(place, command.id)).voices == voices(1, 1, 0)


async def test_p11_whatever_arrives_twice_in_any_order_at_two_replicas_is_counted_once(place: Place) -> None:
    goal, chance = await written(place), Random(11)
    people = [member(f"m{number}") for number in range(6)]
    spoke: dict[UUID, Event] = {uuid4(): vote(goal, by) for by in people[:4] for _ in range(3)}
    spoke |= {uuid4(): idea(goal, by) for by in people[2:]}

    async def listen(where: Place) -> None:
        heard = list(spoke.items()) * 2
        chance.shuffle(heard)
        for at in range(0, len(heard), 8):
            part = heard[at : at + 8]
            await where.hear(*(event for _, event in part), ids=[name for name, _ in part])

    await asyncio.gather(listen(place), listen(place.replica("other")))

    assert (await read(place, goal)).voices == voices(6, 4, 4)
    assert await place.count("voices") == 6


async def test_a_whole_paper_makes_a_voter_and_a_vote_too_makes_no_second(place: Place) -> None:
    goal = await written(place)

    await place.hear(whole_paper(goal, BOB), vote(goal, BOB), whole_paper(goal, EVE), whole_paper(None, ANN))

    assert (await read(place, goal)).voices == voices(2, 2, 0)


async def test_ideas_adoptions_and_cases_are_counted_for_their_goal_once(place: Place) -> None:
    goal, other = await written(place), await written(place)
    first, second = idea(goal, BOB), idea(goal, BOB)
    complaint = case(goal)

    for _ in range(2):
        await place.hear(first, second, adopted(goal, first.idea_id), complaint, case(None), idea(other, BOB))

    shown = await read(place, goal)
    assert (shown.ideas, shown.adopted_ideas, shown.cases) == (2, 1, 1)
    assert (await read(place, other)).adopted_ideas == 0


async def test_p9_facts_are_counted_in_any_order_and_before_the_goal_is_known(place: Place) -> None:
    command = setting()
    won = idea(command.id, BOB)
    await place.hear(adopted(command.id, won.idea_id))
    await place.hear(case(command.id))
    await place.hear(won)

    await place.tell(command)

    shown = await read(place, command.id)
    assert (shown.ideas, shown.adopted_ideas, shown.cases) == (1, 1, 1)


async def test_p11_facts_told_to_two_replicas_at_once_are_counted_once(place: Place) -> None:
    goal, chance = await written(place), Random(9)
    ideas = [idea(goal, member(f"m{number}")) for number in range(8)]
    facts: list[Event] = [*ideas, *(adopted(goal, each.idea_id) for each in ideas[:3]), *(case(goal) for _ in range(5))]

    async def listen(where: Place) -> None:
        heard = facts * 2
        chance.shuffle(heard)
        for at in range(0, len(heard), 8):
            await where.hear(*heard[at : at + 8])

    await asyncio.gather(listen(place), listen(place.replica("other")))

    shown = await read(place, goal)
    assert (shown.ideas, shown.adopted_ideas, shown.cases, shown.voices.contributors) == (8, 3, 5, 8)


# -- lists ------------------------------------------------------------------------------------------------------------


async def test_goals_come_newest_first_by_state_and_by_what_they_support(place: Place) -> None:
    top = await written(place)
    first, second = await written(place, supports=top), await written(place, supports=top)
    await place.tell(said(ActivateGoal, ANN, goal_id=first))

    assert await goals(place) == [second, first, top]
    assert await goals(place, supports=top) == [second, first]
    assert await goals(place, state=GoalState.ACTIVE) == [first]
    assert await goals(place, state=GoalState.DRAFT, supports=top) == [second]


async def test_goals_are_found_by_owner_by_health_at_the_top_and_by_their_end(place: Place) -> None:
    late = await written(place, ends=now() + timedelta(days=300))
    soon = await written(place, ends=now() + timedelta(days=3), owner_id=BOB.id)
    below = await written(place, ends=now() + timedelta(days=30), supports=late)
    await place.tell(said(ActivateGoal, ANN, goal_id=below))
    figure = said(SetKeyResult, goal_id=below, name="Guests", baseline=0, target=10, unit="guests")
    await place.tell(figure)
    await place.tell(said(CheckIn, goal_id=below, key_result_id=figure.id, value=5, confidence=5))

    assert await goals(place, order=GoalOrder.ENDING) == [soon, below, late]
    assert await goals(place, top=True) == [soon, late]
    assert await goals(place, owner_id=BOB.id) == [soon]
    assert await goals(place, health=Health.AHEAD) == [below]
    assert await goals(place, health=Health.BEHIND) == []
    assert await goals(place, top=True, supports=late) == []


async def test_goals_by_id_come_in_the_order_asked(place: Place) -> None:
    a, b = await written(place), await written(place)

    found = await place.ask(GoalsNamed(viewer=BOB, goal_ids=(b, uuid4(), a, b)))

    assert [each and each.id for each in found] == [b, None, a, b]


async def filled(place: Place, number: int) -> Sequence[UUID]:
    """Many goals, laid down without ceremony."""
    goal = await written(place)
    row = await place.database.collection("goals").find_one({"_id": goal})
    assert row is not None
    rows = []
    for each in range(number):
        more = uuid4()
        about: dict[str, Any] = {
            "state": ("draft", "active")[each % 2],
            "supports": (None, goal)[each % 3 == 0],
            "owner_id": uuid4(),
        }
        about["top"] = about["supports"] is None
        times = {"set_at": row["set_at"] + timedelta(seconds=each % 9), "ends": row["ends"] + timedelta(days=each % 7)}
        rows.append(row | about | times | {"_id": more, "id": more})
    await place.database.collection("goals").insert_many(rows)
    return [goal, *(more["_id"] for more in rows)]


async def test_every_list_of_goals_is_read_off_an_index_in_its_order(place: Place, mongod: tuple[Process, str]) -> None:
    [top, *_] = await filled(place, 60)
    with overhearing(place, mongod[1]) as (listened, heard):
        filters: list[dict[str, Any]] = [{}, {"top": True}, {"owner_id": ANN.id}, {"health": Health.AHEAD}]
        filters += [{"supports": top}, {"owner_id": ANN.id, "health": Health.AHEAD}]
        for state, order, more in product((None, GoalState.ACTIVE), GoalOrder, filters):
            asked = {"viewer": BOB, "state": state, "order": order, **more}
            here = (await place.ask(GoalsPage(viewer=BOB, order=order, window=Window(first=3)))).cursors[-1]
            for window in (Window(first=3), Window(first=3, after=here), Window(last=2, before=here)):
                await listened.ask(GoalsPage(**asked, window=window))
        found = await plans(listened, heard)

    assert len(found) == 2 * 2 * 6 * 3
    assert all("IXSCAN" in stages(plan) and not {"SORT", "COLLSCAN"} & stages(plan) for plan in found)


async def test_a_list_by_state_or_by_what_is_supported_reads_only_what_it_shows(
    place: Place, mongod: tuple[Process, str]
) -> None:
    [top, *_] = await filled(place, 60)
    with overhearing(place, mongod[1]) as (listened, heard):
        for wanted in ({"state": GoalState.ACTIVE}, {"supports": top}):
            await listened.ask(GoalsPage(viewer=BOB, window=Window(first=5), **wanted))
        found = await plans(listened, heard)

    assert [plan["executionStats"]["totalDocsExamined"] for plan in found] == [6, 6]


async def test_a_page_of_fifty_takes_no_more_questions_than_a_page_of_two(
    place: Place, mongod: tuple[Process, str]
) -> None:
    there = tuple(await filled(place, 60))

    def questions(size: int) -> list[Query]:
        return [GoalsPage(viewer=BOB, window=Window(first=size)), GoalsNamed(viewer=BOB, goal_ids=there[:size])]

    with overhearing(place, mongod[1]) as (listened, heard):
        for few, many in zip(questions(2), questions(50), strict=True):
            trips = []
            for query in (few, many):
                heard.anew()
                await listened.ask(query)
                trips.append(len(heard.reads))
            assert trips[1] <= trips[0] <= 4
