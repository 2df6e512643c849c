"""Responses with its store: filing, joining, answering, and clocks that are told once (R1, R2, R5, R6)."""

import asyncio
from datetime import datetime, timedelta, tzinfo
from uuid import uuid4

import pytest

from chassis.attempt import Work
from contracts.access import RoleIsMissing
from contracts.messages import Audience, Command, Done, KeyReused, Role, Window
from contracts.purpose import NoActiveGoal
from contracts.responses import (
    AssignCase,
    CaseAssigned,
    CaseBreached,
    CaseFiled,
    CaseIsOpen,
    CaseIsResolved,
    CaseIsYours,
    CaseJoined,
    CaseKind,
    CaseLeft,
    CaseReplied,
    CaseState,
    ClockBreached,
    ClockCancelled,
    ClockMet,
    ClockSettledLate,
    ClockState,
    ClockWarned,
    CustomerWrote,
    JoinCase,
    JoinersChanged,
    LeaveCase,
    MessageKind,
    NoSuchCase,
    NotAResponder,
    NotConcerned,
    NoteCase,
    NotJoined,
    PostedInTheFuture,
    ReopenCase,
    ReplyToCase,
    ResolveCase,
    ThreadPage,
    WhyCancelled,
    WriteToCase,
)
from contracts.strategy import GoalActivated, GoalRetired
from deploy.local.process import Process
from services.responses.settings import promises
from services.responses.store import AT_ONCE, LAG, uncounted
from tests.eventually import eventually
from tests.overheard import overhearing
from tests.responses.conftest import PROMISED, RITA, WARNED_AFTER, filed, filing, joined, news, replied, seen, settled
from tests.stage import ANN, BOB, EVE, Place, member, now, said

SOON = timedelta(milliseconds=200)


async def swept(place: Place, *places: Place) -> None:
    """Fire whatever is due, on all replicas at once, until nothing is."""

    async def quiet() -> bool:
        return not any(await asyncio.gather(*(each.deadlines.fire() for each in (place, *places))))

    await eventually(quiet)


# -- filing -----------------------------------------------------------------------------------------------------------


async def test_a_case_is_on_record_with_a_promise_and_told_without_its_words(place: Place) -> None:
    command = filing(tags=("web",))

    await place.tell(command)

    [event] = await place.journal()
    assert isinstance(event, CaseFiled)
    assert (event.case_id, event.filer_id, event.kind) == (command.id, BOB.id, CaseKind.COMPLAINT)
    assert event.due_at == event.posted_at + PROMISED == command.arrived + PROMISED
    assert command.subject not in event.model_dump_json()
    assert command.body not in event.model_dump_json()
    picture = await seen(place, command.id)
    assert (picture.subject, picture.state, picture.tags) == (command.subject, CaseState.OPEN, ("web",))


async def test_p3_the_same_filing_twice_is_one_case(place: Place) -> None:
    command = filing()

    first, second = await asyncio.gather(place.tell(command), place.replica("b").tell(command))

    assert first == second == await place.tell(command)
    assert [await place.count(each) for each in ("cases", "messages", "concerns", "outbox")] == [1, 1, 1, 1]
    with pytest.raises(KeyReused):
        await place.tell(command.model_copy(update={"body": "Something else."}))


@pytest.mark.parametrize("kind", CaseKind)
async def test_each_kind_has_a_promise_of_its_own(place: Place, kind: CaseKind) -> None:
    case = await filed(place, kind=kind)

    desk = (await seen(place, case)).desk
    assert desk is not None
    assert desk.next_due == desk.posted_at + promises().target(kind).within


async def test_rule_1_the_clock_runs_since_the_customer_posted_and_may_be_born_breached(place: Place) -> None:
    case = await filed(place, due_in=timedelta(hours=-1))

    kinds = [type(event).__name__ for event in await place.journal()]
    assert kinds == ["CaseFiled", "ClockBreached", "CaseBreached"]
    picture = await seen(place, case)
    assert picture.desk is not None
    assert picture.desk.breached
    assert picture.desk.next_due is not None
    assert picture.desk.next_due < picture.filed_at
    await swept(place)
    assert len(await news(place, ClockBreached, ClockWarned)) == 1


async def test_nothing_was_posted_in_the_future(place: Place) -> None:
    with pytest.raises(PostedInTheFuture):
        await place.tell(filing(posted_at=now() + timedelta(minutes=1)))


async def test_p10_a_case_is_filed_under_an_active_goal_only(place: Place) -> None:
    goal = uuid4()
    with pytest.raises(NoActiveGoal):
        await place.tell(filing(goal_id=goal))
    active = GoalActivated(goal_id=goal, version=2, owner_id=ANN.id, starts=now(), ends=now() + timedelta(days=1))
    waiting = asyncio.create_task(place.tell(filing(goal_id=goal)))
    await asyncio.sleep(0)

    await place.hear(active)

    assert (await waiting).events
    [event] = await news(place, CaseFiled)
    assert event.goal_id == goal
    await place.hear(GoalRetired(goal_id=goal, version=3))
    await place.hear(active)
    with pytest.raises(NoActiveGoal):
        await place.tell(filing(goal_id=goal))


async def test_fifty_filings_and_joinings_in_a_batch_ask_no_more_than_one(
    place: Place, mongod: tuple[Process, str]
) -> None:
    """What is new is read with all the rest, deadlines included: one round trip more, not one each."""
    case = await filed(place)
    await joined(place, case, EVE)
    reads = []
    for number in (1, 50):
        crowd = [member(f"m{number}-{each}") for each in range(number)]
        commands = [filing(by) for by in crowd] + [said(JoinCase, by, case_id=case) for by in crowd]
        with overhearing(place, mongod[1]) as (listened, heard):
            works = [Work(command, command.id, command.arrived, command.key) for command in commands]
            outcomes = await listened.corridor.perform(works, 5)
            await listened.corridor.stop()
            assert all(isinstance(outcome, Done) for outcome in outcomes)
            reads.append(len([read for read in heard.reads if "getMore" not in read]))

    assert reads[0] == reads[1] <= 3


# -- joining ----------------------------------------------------------------------------------------------------------


async def test_r2_a_member_joins_once_and_their_clock_starts_then(place: Place) -> None:
    case = await filed(place, due_in=timedelta(minutes=10))
    command = said(JoinCase, EVE, case_id=case)

    await place.tell(command)
    again = await place.tell(said(JoinCase, EVE, case_id=case))

    assert again.events == ()
    [event] = await news(place, CaseJoined)
    assert (event.member_id, event.joined_at, event.due_at) == (EVE.id, command.arrived, command.arrived + PROMISED)
    mine = (await seen(place, case, EVE)).mine
    assert mine is not None
    assert (mine.filed, mine.clock.started_at) == (False, command.arrived)
    assert (await seen(place, case, EVE)).joiners == 1


async def test_r2_a_joiner_may_leave_and_come_again_with_a_new_clock(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)
    before = (await seen(place, case, EVE)).version

    await place.tell(said(LeaveCase, EVE, case_id=case))

    picture = await seen(place, case, EVE)
    assert (picture.joiners, picture.mine) == (0, None)
    assert picture.version > before
    [left, cancelled] = await news(place, CaseLeft, ClockCancelled)
    assert (cancelled.why, cancelled.number, cancelled.version) == (WhyCancelled.WITHDRAWN, 1, left.version + 1)
    with pytest.raises(NotJoined):
        await place.tell(said(LeaveCase, EVE, case_id=case))
    again = said(JoinCase, EVE, case_id=case)
    await place.tell(again)
    mine = (await seen(place, case, EVE)).mine
    assert mine is not None
    assert mine.clock.started_at == again.arrived
    deadlines = await place.database.collection("deadlines").find({"part": str(EVE.id)}).to_list(None)
    assert len(deadlines) == 1


async def test_who_filed_neither_joins_nor_leaves(place: Place) -> None:
    case = await filed(place)

    with pytest.raises(CaseIsYours):
        await joined(place, case, BOB)
    with pytest.raises(NotJoined):
        await place.tell(said(LeaveCase, BOB, case_id=case))


@pytest.mark.parametrize("kind", [JoinCase, LeaveCase, AssignCase, ResolveCase, ReopenCase])
async def test_there_has_to_be_a_case(place: Place, kind: type[Command]) -> None:
    with pytest.raises(NoSuchCase):
        await place.tell(said(kind, RITA, case_id=uuid4()))


async def test_a_resolved_case_is_not_joined_until_it_is_reopened(place: Place) -> None:
    case = await filed(place)
    await place.tell(said(ResolveCase, RITA, case_id=case))
    with pytest.raises(CaseIsResolved):
        await joined(place, case, EVE)

    await place.tell(said(ReopenCase, BOB, case_id=case))

    await joined(place, case, EVE)
    with pytest.raises(CaseIsOpen):
        await place.tell(said(ReopenCase, BOB, case_id=case))


async def test_only_the_desk_and_who_filed_it_reopen_a_case(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)
    await place.tell(said(ResolveCase, RITA, case_id=case))

    with pytest.raises(RoleIsMissing):
        await place.tell(said(ReopenCase, EVE, case_id=case))


async def test_who_is_concerned_may_add_to_a_case_and_nobody_else(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE, addition="Mine too.")
    for by in (BOB, EVE):
        await place.tell(said(WriteToCase, by, case_id=case, text="And another thing."))

    with pytest.raises(NotConcerned):
        await place.tell(said(WriteToCase, member("stranger"), case_id=case, text="Me as well"))

    assert [event.member_id for event in await news(place, CustomerWrote)] == [EVE.id, BOB.id, EVE.id]
    thread = await place.ask(ThreadPage(viewer=RITA, case_id=case, window=Window()))
    assert [message.kind for message in thread.items].count(MessageKind.ADDITION) == 3


# -- the desk ---------------------------------------------------------------------------------------------------------


async def test_rule_15_assigning_resets_no_clock(place: Place) -> None:
    case = await filed(place)
    before = await place.database.collection("concerns").find_one({})

    await place.tell(said(AssignCase, RITA, case_id=case, assignee_id=RITA.id))
    again = await place.tell(said(AssignCase, RITA, case_id=case, assignee_id=RITA.id))

    assert again.events == ()
    assert len(await news(place, CaseAssigned)) == 1
    assert await place.database.collection("concerns").find_one({}) == before
    desk = (await seen(place, case)).desk
    assert desk is not None
    assert (desk.assignee_id, desk.assignee_name) == (RITA.id, "Rita")


async def test_a_case_is_assigned_to_responders(place: Place) -> None:
    case = await filed(place)

    with pytest.raises(NotAResponder):
        await place.tell(said(AssignCase, RITA, case_id=case, assignee_id=BOB.id))


async def test_rule_4_a_note_stops_no_clock(place: Place) -> None:
    case = await filed(place)

    await place.tell(said(NoteCase, RITA, case_id=case, text="He calls every week."))

    assert (await seen(place, case, BOB)).mine.clock.state is ClockState.PENDING  # type: ignore[union-attr]


async def test_r5_one_reply_settles_everyone_it_concerns_each_once(place: Place) -> None:
    case = await filed(place)
    crowd = [member(f"m{number}") for number in range(AT_ONCE + 5)]
    await asyncio.gather(*(joined(place, case, each) for each in crowd))

    answer = said(ReplyToCase, RITA, case_id=case, text="It is back.")
    done = await place.tell(answer)

    assert [event.kind for event in done.events] == ["CaseReplied", "ClockMet"]
    assert (await seen(place, case, crowd[-1])).mine.clock.state is ClockState.MET  # type: ignore[union-attr]
    await settled(place, case)
    met = await news(place, ClockMet)
    assert sorted(event.member_id for event in met) == sorted([BOB.id, *(each.id for each in crowd)])
    assert {event.met_at for event in met} == {answer.arrived}
    assert await place.count("deadlines") == 0


async def test_a_reply_settles_those_who_joined_before_it_and_nobody_later(place: Place) -> None:
    case = await filed(place)
    await replied(place, case)
    await joined(place, case, EVE)

    assert (await seen(place, case, EVE)).mine.clock.state is ClockState.PENDING  # type: ignore[union-attr]
    await replied(place, case)
    await settled(place, case)

    assert [event.member_id for event in await news(place, ClockMet)] == [BOB.id, EVE.id]
    assert len(await news(place, CaseReplied)) == 2


async def test_rule_7_a_resolution_stops_who_still_waits_and_meets_nothing(place: Place) -> None:
    case = await filed(place, due_in=timedelta(hours=-1))
    await joined(place, case, EVE)

    await place.tell(said(ResolveCase, RITA, case_id=case))
    await settled(place, case)

    [late] = await news(place, ClockSettledLate)
    [cancelled] = await news(place, ClockCancelled)
    assert (late.member_id, cancelled.member_id, cancelled.why) == (BOB.id, EVE.id, WhyCancelled.RESOLVED)
    assert late.overdue_seconds == pytest.approx(3600, abs=5)
    assert (await place.tell(said(ResolveCase, RITA, case_id=case))).events == ()


async def test_leaving_after_a_reply_takes_no_kept_promise_back(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)
    await replied(place, case)

    await place.tell(said(LeaveCase, EVE, case_id=case))
    await settled(place, case)

    assert EVE.id in [event.member_id for event in await news(place, ClockMet)]
    assert await news(place, ClockCancelled) == []


# -- clocks and time --------------------------------------------------------------------------------------------------


async def test_rule_10_a_clock_is_warned_and_breached_once_whichever_replica_sweeps(place: Place) -> None:
    other = place.replica("other")
    for _ in range(40):
        await filed(place, due_in=SOON)

    async def all_breached() -> bool:
        await swept(place, other)
        return len(await news(place, ClockBreached)) == 40

    await eventually(all_breached, within=20)

    await swept(place, other)
    assert len(await news(place, ClockBreached)) == 40
    assert len(await news(place, CaseBreached)) == 40
    assert len({event.case_id for event in await news(place, ClockWarned)}) == len(await news(place, ClockWarned)) == 40
    assert await place.count("deadlines") == 0


class FastClock(datetime):
    """A replica's clock that runs a day ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """Tomorrow."""
        return datetime.now(tz) + timedelta(days=1)


async def test_p16_a_warning_comes_while_little_time_is_left_whatever_a_replicas_clock_says(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.errands.datetime", FastClock)
    case = await filed(place, due_in=PROMISED - WARNED_AFTER + SOON)
    assert await news(place, ClockWarned) == []

    async def warned_of() -> bool:
        await swept(place)
        return bool(await news(place, ClockWarned))

    await eventually(warned_of)

    [warned] = await news(place, ClockWarned)
    assert (warned.case_id, warned.version) == (case, 2)
    assert (await seen(place, case, BOB)).mine.clock.state is ClockState.WARNED  # type: ignore[union-attr]
    assert await news(place, ClockBreached) == []


async def test_rule_10_a_sweep_and_a_late_reply_racing_record_one_breach(place: Place) -> None:
    """Two replicas, again and again: whoever is first records it, and the late reply is recorded apart."""
    other = place.replica("other")
    for number in range(25):
        case = await filed(place)
        await joined(place, case, EVE)
        concerns = place.database.collection("concerns")
        past = now() - timedelta(hours=1)
        await concerns.update_many(
            {"case_id": case}, {"$set": {"clock.due_at": past, "clock.warn_at": None}, "$inc": {"rev": 1}}
        )
        await place.database.collection("deadlines").update_many(
            {"aggregate_id": case}, {"$set": {"due": past + 2 * LAG}, "$inc": {"rev": 1}}
        )
        racers = [
            place.deadlines.fire(),
            other.deadlines.fire(),
            (place if number % 2 else other).tell(said(ReplyToCase, RITA, case_id=case, text="Sorry.")),
        ]
        await asyncio.gather(*(racers if number % 3 else racers[::-1]))
        await settled(place, case)

        breached = [event for event in await news(place, ClockBreached) if event.case_id == case]
        late = [event for event in await news(place, ClockSettledLate) if event.case_id == case]
        assert sorted(event.member_id for event in breached) == sorted([BOB.id, EVE.id])
        assert sorted(event.member_id for event in late) == sorted([BOB.id, EVE.id])
        assert all(event.overdue_seconds > 3500 for event in late)
        assert len([event for event in await news(place, CaseBreached) if event.case_id == case]) <= 1


async def test_a_clock_that_a_reply_has_ended_is_never_breached_by_a_sweep(place: Place) -> None:
    """The reply is committed, its settling not begun: the sweep comes upon a clock that looks overdue."""
    case = await filed(place)
    await joined(place, case, EVE)
    await replied(place, case)
    past = now() - timedelta(hours=1)
    database = place.database
    await database.collection("concerns").update_many({"owed": True}, {"$set": {"clock.due_at": past}})
    settling = await database.collection("deadlines").find_one({"name": "settle"})
    assert settling is not None
    await database.collection("deadlines").delete_one({"name": "settle"})
    await database.collection("deadlines").update_many({}, {"$set": {"due": past + 2 * LAG}})

    await swept(place)

    assert await news(place, ClockBreached) == []
    await database.collection("deadlines").insert_one(settling)
    await settled(place, case)
    assert [event.member_id for event in await news(place, ClockMet, ClockSettledLate)] == [BOB.id, EVE.id]


async def test_rule_3_a_reply_at_the_very_due_time_is_met(place: Place) -> None:
    command = filing(posted_at=now() - PROMISED + timedelta(milliseconds=400))
    await place.tell(command)
    assert command.posted_at is not None

    await replied(place, command.id, arrived=command.posted_at + PROMISED)

    assert len(await news(place, ClockMet)) == 1
    assert await news(place, ClockBreached) == []


# -- counting ---------------------------------------------------------------------------------------------------------


async def test_rule_16_a_joiner_whom_no_reply_has_reached_makes_a_case_due(place: Place) -> None:
    case = await filed(place)
    await replied(place, case)
    assert (await seen(place, case)).desk.next_due is None  # type: ignore[union-attr]
    first, second = said(JoinCase, EVE, case_id=case), said(JoinCase, member("zoe"), case_id=case)
    await place.tell(first)
    await place.tell(second)

    await place.errand("joiners", case)

    assert (await seen(place, case)).desk.next_due == first.arrived + PROMISED  # type: ignore[union-attr]
    await place.tell(said(LeaveCase, EVE, case_id=case))
    await place.errand("joiners", case)
    assert (await seen(place, case)).desk.next_due == second.arrived + PROMISED  # type: ignore[union-attr]
    assert [event.joiners for event in await news(place, JoinersChanged)] == [2, 1]


async def test_a_count_that_finds_nothing_new_says_nothing(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)
    for _ in range(3):
        await place.errand("joiners", case)

    assert len(await news(place, JoinersChanged)) == 1
    async with place.database.snapshot() as session:
        assert await uncounted(session, everything=True) == []


async def test_a_count_that_was_left_out_is_found_by_the_sweep(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)

    async with place.database.snapshot() as session:
        assert await uncounted(session, everything=False) == [case]


async def test_p8_the_first_joiner_and_a_reply_at_once_conflict_on_the_case(place: Place) -> None:
    """There are no slots yet that the reply could write; both write the case instead."""
    other = place.replica("other")
    for number in range(15):
        case = await filed(place)
        by = member(f"m{number}")
        await asyncio.gather(joined(place, case, by), replied(other, case))
        await settled(place, case)

        row = await place.database.collection("concerns").find_one({"case_id": case, "member_id": by.id})
        assert row is not None
        assert row["owed"] is (row["round"] == 1)


async def test_p14_joining_writes_no_case_once_it_has_slots(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)
    before = await place.database.collection("cases").find_one({"_id": case})
    for number in range(10):
        await place.replica(f"r{number}").tell(said(JoinCase, member(f"m{number}"), case_id=case))

    assert await place.database.collection("cases").find_one({"_id": case}) == before
    assert await place.count("slots") == 8
    assert (await seen(place, case)).joiners == 11


async def test_p14_a_missing_slot_is_a_fault_and_not_made_up(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)
    await place.database.collection("slots").delete_many({})

    with pytest.raises(RuntimeError, match="slot"):
        await joined(place, case, member("zoe"))


async def test_who_may_not_reply_does_not_hold_up_those_who_join(place: Place) -> None:
    case = await filed(place)
    await joined(place, case, EVE)
    before = await place.database.collection("slots").find({}).to_list(None)

    moderator = member("moderator", Audience.EMPLOYEE, Role.MODERATOR)
    commands = [said(ReplyToCase, moderator, case_id=case, text="Hm."), filing()]
    works = [Work(command, command.id, command.arrived, command.key) for command in commands]
    refused, accepted = await place.corridor.perform(works, 5)

    assert isinstance(refused, RoleIsMissing)
    assert isinstance(accepted, Done)
    assert await place.database.collection("slots").find({}).to_list(None) == before
