"""Voting with its store: papers, gates, tallies and the closing (P3, P8, P9, P11, P13-P17)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from random import Random
from threading import get_ident
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from chassis.attempt import Work
from chassis.errands import Announcer
from contracts.ideas import IdeaWithdrawn, ShortlistingStarted
from contracts.messages import Audience, Event, Member, Window
from contracts.strategy import GoalActivated, GoalRetired
from contracts.topics import TOPICS
from contracts.voting import (
    BallotClosed,
    BallotDecided,
    BallotExtended,
    BallotIsClosed,
    BallotState,
    CastVote,
    CloseBallot,
    ExtendBallot,
    Found,
    MyPapers,
    NoSuchOption,
    OptionIsDropped,
    PapersAreSecret,
    PapersPage,
    Position,
    Publication,
    TalliesOf,
    Tally,
    TallyChanged,
    TooManyMarks,
    VoteCast,
    WithdrawVote,
    paper_id,
    standing_ballot,
)
from deploy.local.process import Process
from services.voting.deciding import Votes
from services.voting.store import unannounced
from services.voting.tally import GATES, gate_of
from tests.eventually import eventually
from tests.overheard import NOT_EXPLAINED, in_transaction, overhearing, stages
from tests.stage import ANN, BOB, Place, member, now, said
from tests.voting.conftest import BURRITO, GOAL, TACO, challenge_opened, idea_submitted, opened
from tests.voting.recounting import marks_of, recount

AGREE, PASS, DISAGREE = Position.AGREE, Position.PASS, Position.DISAGREE


def vote(ballot: UUID, by: Member = BOB, option: UUID = TACO, choice: Position = AGREE, **more: object) -> CastVote:
    """A vote."""
    return said(CastVote, by, ballot_id=ballot, option_id=option, choice=choice, **more)


async def tally(place: Place, ballot: UUID, by: Member = ANN) -> Tally:
    """The tally as somebody sees it."""
    [found] = await place.ask(TalliesOf(viewer=by, ballot_ids=(ballot,)))
    assert isinstance(found, Tally)
    return found


async def recounted(place: Place, ballot: UUID) -> tuple[int, object]:
    """What the papers say."""
    rows = await place.database.collection("papers").find({"ballot_id": ballot}).to_list(None)
    return recount(marks_of(rows), 1)


async def closed(place: Place, ballot: UUID) -> None:
    """Let the closing go its three steps."""

    async def decided() -> bool:
        await place.deadlines.fire()
        row = await place.database.collection("ballots").find_one({"_id": ballot})
        return row is not None and row["state"] == BallotState.DECIDED

    await eventually(decided)


async def news(place: Place, kind: type[Event]) -> list[Event]:
    """Events of a kind."""
    return [event for event in await place.journal() if isinstance(event, kind)]


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


async def test_p14_every_vote_passes_its_replicas_gate_even_if_no_count_moves(place: Place) -> None:
    ballot = await opened(place, at_least=2)
    await place.tell(vote(ballot))

    [gate] = await place.database.collection("gates").find({"n": {"$gt": 0}}).to_list(None)

    assert (gate["gate"], gate["n"], gate["voters"]) == (gate_of("first"), 1, 0)
    assert (await tally(place, ballot)).counts == {}


async def test_p14_eight_gates_are_written_at_the_opening_and_never_another(place: Place) -> None:
    ballot = await opened(place)
    names = sorted(row["_id"] for row in await place.database.collection("gates").find({}).to_list(None))
    assert names == [f"{ballot}:{gate}" for gate in range(8)]

    for number in range(12):
        await place.replica(f"r{number}").tell(vote(ballot, member(f"m{number}")))

    gates = await place.database.collection("gates").find({}).to_list(None)
    assert sorted(row["_id"] for row in gates) == names
    assert sum(row["n"] for row in gates) == 12
    assert sum(bool(row["n"]) for row in gates) > 2


async def test_p14_a_change_of_mind_and_a_withdrawal_pass_the_gate_too(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    await place.tell(vote(ballot, choice=DISAGREE))
    await place.tell(said(WithdrawVote, BOB, ballot_id=ballot, option_id=TACO))

    [gate] = await place.database.collection("gates").find({"n": {"$gt": 0}}).to_list(None)

    assert (gate["n"], gate["voters"]) == (3, 0)


async def test_p14_a_fence_that_finds_a_gate_missing_is_a_fault(place: Place) -> None:
    challenge = uuid4()
    await place.hear(challenge_opened(challenge), idea_submitted(TACO, challenge))
    await place.database.collection("gates").delete_one({"gate": 3})

    with pytest.raises(RuntimeError, match="7 of 8"):
        await place.hear(IdeaWithdrawn(idea_id=TACO, challenge_id=challenge, goal_id=GOAL, version=2))

    row = await place.database.collection("options").find_one({})
    assert row is not None
    assert not row["dropped"]


async def test_p14_a_missing_gate_is_a_fault_and_not_made_up(place: Place) -> None:
    ballot = await opened(place)
    await place.database.collection("gates").delete_many({})

    with pytest.raises(RuntimeError, match="gate"):
        await place.tell(vote(ballot))

    assert await place.count("gates") == 0
    assert await place.count("papers") == 0


async def test_p14_dropping_an_option_writes_every_gate(place: Place) -> None:
    challenge = uuid4()
    await place.hear(challenge_opened(challenge), idea_submitted(TACO, challenge))

    await place.hear(IdeaWithdrawn(idea_id=TACO, challenge_id=challenge, goal_id=GOAL, version=2))

    assert await place.database.collection("gates").count_documents({"n": 1}) == GATES
    with pytest.raises(OptionIsDropped):
        await place.tell(vote(standing_ballot(challenge)))


async def test_p15_no_paper_changes_after_the_fence_and_every_accepted_vote_is_stored(place: Place) -> None:
    """Two replicas under a crowd, closing in the middle: accepted if and only if stored."""
    chance = Random(15)
    other = place.replica("other")
    for _ in range(5):
        ballot = await opened(place)
        crowd = [
            vote(ballot, member(f"m{number}"), chance.choice([TACO, BURRITO]), chance.choice([AGREE, PASS]))
            for number in range(120)
        ]

        async def cast(number: int, command: CastVote) -> bool:
            try:
                await (place, other)[number % 2].tell(command)
            except BallotIsClosed:
                return False
            return True

        votes = [asyncio.create_task(cast(number, command)) for number, command in enumerate(crowd)]
        await asyncio.wait(votes, return_when=asyncio.FIRST_COMPLETED)
        await place.tell(said(CloseBallot, ANN, ballot_id=ballot))
        accepted = {
            command.member.id for command, taken in zip(crowd, await asyncio.gather(*votes), strict=True) if taken
        }
        await closed(place, ballot)

        papers = await place.database.collection("papers").find({"ballot_id": ballot}).to_list(None)
        [final] = [event for event in await news(place, BallotClosed) if event.key == str(ballot)]
        [count] = [event for event in await news(place, BallotDecided) if event.key == str(ballot)]
        assert isinstance(final, BallotClosed)
        assert isinstance(count, BallotDecided)
        assert {paper["member_id"] for paper in papers} == accepted
        assert final.turnout == count.turnout == len(accepted)
        assert {option: held for option, held in final.counts.items() if held} == count.rounds[0]


async def test_p15_fence_is_the_first_operation(place: Place, mongod: tuple[Process, str]) -> None:
    """Fencing last loses to every vote that is quicker; the first writer wins."""
    ballot = await opened(place)
    with overhearing(place, mongod[1]) as (listened, heard):
        await place.tell(vote(ballot))
        await place.tell(said(CloseBallot, ANN, ballot_id=ballot))

        await closed(listened, ballot)
        await listened.corridor.drain()

    [fence] = [command for command in heard.of("gates") if "update" in command]
    assert fence.get("startTransaction")
    assert [f"{ballot}:{gate}" in repr(fence) for gate in range(8)] == [True] * 8


async def test_p15_papers_are_counted_outside_any_transaction_and_off_the_event_loop(
    place: Place, mongod: tuple[Process, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand papers take longer than a transaction may, and than anybody should wait for the loop."""
    ballot = await opened(place)
    await place.tell(vote(ballot))
    counted_by: list[int] = []

    class Watched(Votes):
        def take(self, papers: Any) -> None:
            counted_by.append(get_ident())
            super().take(papers)

        def found(self) -> Found:
            counted_by.append(get_ident())
            return super().found()

    monkeypatch.setattr("services.voting.deciding.Votes", Watched)
    with overhearing(place, mongod[1]) as (listened, heard):
        await place.tell(said(CloseBallot, ANN, ballot_id=ballot))
        await closed(listened, ballot)
        await listened.corridor.drain()

    reads = heard.of("papers")
    assert reads
    assert not any(in_transaction(read) for read in reads)
    assert len(counted_by) == 2
    assert get_ident() not in counted_by


@pytest.mark.parametrize(("look_up", "way"), [(1, "IXSCAN"), (20, "COLLSCAN")])
async def test_p15_papers_are_counted_in_parts_those_that_say_the_same_together(
    place: Place, mongod: tuple[Process, str], monkeypatch: pytest.MonkeyPatch, look_up: float, way: str
) -> None:
    """A part and its rest are all that others who vote meanwhile have to wait for. A ballot that holds much of all
    papers is read as they lie, another by its stretch of the index."""
    monkeypatch.setattr("services.voting.reading.PART", 4)
    monkeypatch.setattr("services.voting.reading.LOOK_UP", look_up)
    ballot, other = await opened(place), await opened(place)
    for number in range(10):
        by = member(f"m{number}")
        await place.tell(vote(ballot, by=by, choice=Position.AGREE if number % 2 else Position.PASS))
        await place.tell(vote(other, by=by))
    taken: list[list[int]] = []

    class Watched(Votes):
        def take(self, papers: Any) -> None:
            taken.append([times for _, times in papers])
            super().take(papers)

    monkeypatch.setattr("services.voting.deciding.Votes", Watched)
    with overhearing(place, mongod[1]) as (listened, heard):
        await place.tell(said(CloseBallot, ANN, ballot_id=ballot))
        await closed(listened, ballot)
        await listened.corridor.drain()

    [event] = await news(place, BallotDecided)
    assert isinstance(event, BallotDecided)
    assert [sum(part) for part in taken] == [4, 4, 2]
    assert all(len(part) <= 2 for part in taken)
    assert (event.turnout, event.rounds[0][TACO]) == (10, {Position.AGREE: 5, Position.PASS: 5})
    [read] = [read for read in heard.of("papers") if "find" in read]
    asked = {name: value for name, value in read.items() if name not in NOT_EXPLAINED}
    plan = await place.database.command({"explain": asked, "verbosity": "queryPlanner"})
    assert way in stages(plan)
    assert "SORT" not in stages(plan)


async def test_p15_closing_begins_a_second_after_its_instant_and_is_told_once(place: Place) -> None:
    await opened(place, closes_in=0.2)
    other = place.replica("other")
    at = now()

    async def fired() -> bool:
        await asyncio.gather(place.deadlines.fire(), other.deadlines.fire())
        return bool(await news(place, BallotDecided))

    await eventually(fired)

    [event] = await news(place, BallotClosed)
    assert isinstance(event, BallotClosed)
    assert (event.closed_at - at) < timedelta(seconds=0.5)
    assert len(await news(place, BallotDecided)) == 1
    assert (now() - at) > timedelta(seconds=1)


class SlowClock(datetime):
    """A replica's clock that runs an hour late."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """An hour ago."""
        return datetime.now(tz) - timedelta(hours=1)


class FastClock(datetime):
    """One that runs an hour ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """In an hour."""
        return datetime.now(tz) + timedelta(hours=1)


@pytest.mark.parametrize("clock", [SlowClock, FastClock])
async def test_p16_a_ballot_closes_as_declared_and_at_once_whatever_a_replicas_clock_says(
    place: Place, monkeypatch: pytest.MonkeyPatch, clock: type[datetime]
) -> None:
    ballot = await opened(place, closes_in=0.1)
    row = await place.database.collection("ballots").find_one({"_id": ballot})
    monkeypatch.setattr("chassis.errands.datetime", clock)

    await closed(place, ballot)

    [event] = await news(place, BallotClosed)
    assert isinstance(event, BallotClosed)
    assert row is not None
    assert event.closed_at == row["terms"]["closes_at"]


async def test_p16_a_vote_that_arrived_before_the_closing_counts_within_the_grace(place: Place) -> None:
    began = now()
    ballot = await opened(place, closes_in=0.1)
    in_time = vote(ballot, arrived=began)
    late = vote(ballot, member("late"), arrived=now() + timedelta(seconds=0.2))
    await asyncio.sleep(0.2)

    assert (await place.tell(in_time)).events
    with pytest.raises(BallotIsClosed):
        await place.tell(late)


async def test_p17_an_announcement_tells_exactly_the_options_that_moved(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    await place.errand("tally", ballot)
    await place.replica("other").tell(vote(ballot, member("zoe"), BURRITO))

    await place.errand("tally", ballot)
    await place.errand("tally", ballot)

    first, second = await news(place, TallyChanged)
    assert isinstance(first, TallyChanged)
    assert isinstance(second, TallyChanged)
    assert (first.version, first.counts) == (1, {TACO: {AGREE: 1}})
    assert (second.version, second.turnout, second.counts) == (2, 2, {BURRITO: {AGREE: 1}})


async def test_p17_sums_are_those_of_all_gates_though_only_one_moved(place: Place) -> None:
    ballot = await opened(place)
    other = place.replica("other")
    assert gate_of("first") != gate_of("other")
    await place.tell(vote(ballot))
    await place.errand("tally", ballot)
    await other.tell(vote(ballot, member("zoe")))

    await other.errand("tally", ballot)

    last = (await news(place, TallyChanged))[-1]
    assert isinstance(last, TallyChanged)
    assert last.counts == {TACO: {AGREE: 2}}


async def test_p17_an_announcement_is_read_in_one_snapshot(place: Place, mongod: tuple[Process, str]) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    with overhearing(place, mongod[1]) as (listened, heard):
        await listened.errand("tally", ballot)
        await listened.corridor.drain()

    reads = [command for name in ("gates", "counts", "announced") for command in heard.of(name)]
    assert reads
    assert all(in_transaction(read) for read in reads)
    assert len({read["txnNumber"] for read in reads}) == 1
    [begun] = [command for command in heard.all if command.get("startTransaction")]
    assert begun["readConcern"]["level"] == "snapshot"


async def test_p17_the_closing_is_the_newest_tally(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    await place.errand("tally", ballot)
    await place.tell(said(CloseBallot, ANN, ballot_id=ballot))
    await closed(place, ballot)
    await place.errand("tally", ballot)

    [final] = await news(place, BallotClosed)
    versions = [event.version for event in await news(place, TallyChanged)]
    assert isinstance(final, BallotClosed)
    assert final.tally_version == max(versions) == (await tally(place, ballot)).version


async def test_p17_the_first_sweep_looks_back_a_day_and_later_ones_a_minute(place: Place) -> None:
    """Whoever should have announced it may have been away for hours."""
    ballot = await opened(place)
    await place.tell(vote(ballot))
    hours_ago = now() - timedelta(hours=3)
    await place.database.collection("gates").update_many({"n": 1}, {"$set": {"moved": hours_ago}})

    assert await unannounced(place.database.now(), True) == [ballot]
    assert await unannounced(place.database.now(), False) == []

    waited = now() - timedelta(seconds=20)  # laid aside, then retried while MongoDB held an election
    await place.database.collection("gates").update_many({"n": 1}, {"$set": {"moved": waited}})
    assert await unannounced(place.database.now(), False) == [ballot]


async def test_p17_a_vote_that_was_published_is_announced_at_once(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    announcing = asyncio.create_task(place.announcer.run())

    place.announcer.said({"type": VoteCast.type(), "aggregateid": paper_id(ballot, BOB.id)})

    async def announced() -> bool:
        return bool(await news(place, TallyChanged))

    await eventually(announced)
    announcing.cancel()


@pytest.mark.parametrize(("reading_takes", "pause"), [(0.0, 0.1), (0.05, 0.25)])
async def test_p17_a_ballot_is_announced_ten_times_a_second_at_most_and_a_large_one_less(
    place: Place, reading_takes: float, pause: float
) -> None:
    loop, ballot = asyncio.get_running_loop(), uuid4()
    began: list[float] = []

    class Slow:
        async def perform(self, works: Sequence[Work], patience: float) -> None:
            began.append(loop.time())
            await asyncio.sleep(reading_takes)

    announcer = Announcer(place.service, place.database, Slow())  # type: ignore[arg-type]
    announcing = asyncio.create_task(announcer.run())

    async def thrice() -> bool:
        announcer.said({"type": VoteCast.type(), "aggregateid": paper_id(ballot, BOB.id)})
        return len(began) >= 3

    await eventually(thrice)
    announcing.cancel()

    assert all(later - earlier > pause * 0.95 for earlier, later in pairwise(began))


async def test_p17_tallies_are_kept_a_day(place: Place) -> None:
    """On their topic and in the outbox; a newer one says all that an older one said."""
    ballot = await opened(place)
    await place.tell(vote(ballot))
    await place.errand("tally", ballot)

    rows = await place.database.collection("outbox").find({}).to_list(None)

    kept = {row["aggregatetype"]: row["expires"] - row["at"] for row in rows if "expires" in row}
    assert kept == {"voting.tallies": timedelta(days=1)}
    assert {topic.keeps_seconds for topic in TOPICS if topic.name == "voting.tallies"} == {86_400}


async def test_p17_two_announcers_at_once_tell_it_once(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    replicas = [place, place.replica("b"), place.replica("c")]

    await asyncio.gather(*(replica.errand("tally", ballot) for replica in replicas))

    assert len(await news(place, TallyChanged)) == 1


async def test_p17_what_nobody_announced_the_sweep_finds(place: Place) -> None:
    ballot = await opened(place)
    await place.tell(vote(ballot))
    sweeping = [asyncio.create_task(place.announcer.sweep()), asyncio.create_task(place.announcer.run())]

    async def announced() -> bool:
        return bool(await news(place, TallyChanged))

    await eventually(announced)
    for task in sweeping:
        task.cancel()


async def test_p17_a_tally_equals_its_recount_at_every_moment(place: Place) -> None:
    ballot = await opened(place)
    other = place.replica("other")
    chance = Random(17)
    voters = [member(f"m{number}") for number in range(20)]

    async def crowd(where: Place, number: int) -> None:
        for _ in range(15):
            choice = chance.choice([AGREE, PASS, DISAGREE])
            await where.tell(
                vote(ballot, voters[(number + chance.randrange(5)) % 20], chance.choice([TACO, BURRITO]), choice)
            )

    voting = [asyncio.create_task(crowd((place, other)[number % 2], number)) for number in range(8)]
    samples = 0
    while not all(task.done() for task in voting):
        async with place.database.snapshot() as session:
            rows = await session.find("papers", {"ballot_id": ballot})
            counts = await session.find("counts", {"ballot_id": ballot})
        held: dict[str, int] = {}
        for row in rows:
            for option, choice in row["marks"].items():
                held[f"{option}{choice}"] = held.get(f"{option}{choice}", 0) + 1
        tallied: dict[str, int] = {}
        for row in counts:
            for choice, number in row["counts"].items():
                key = f"{row['option_id']}{choice}"
                tallied[key] = tallied.get(key, 0) + number
        assert {key: number for key, number in tallied.items() if number} == held
        samples += 1
        await asyncio.sleep(0)
    await asyncio.gather(*voting)

    assert samples > 3
    assert (await tally(place, ballot)).turnout == (await recounted(place, ballot))[0]


@pytest.mark.parametrize("publication", [Publication.AT_CLOSE, Publication.AFTER_VOTE])
async def test_p17_results_that_are_not_public_yet_are_not_announced(place: Place, publication: Publication) -> None:
    ballot = await opened(place, publication=publication)
    await place.tell(vote(ballot))
    await place.errand("tally", ballot)

    [event] = await news(place, TallyChanged)

    assert isinstance(event, TallyChanged)
    assert (event.turnout, event.counts) == (1, None)
    assert (await tally(place, ballot)).counts is None


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


async def test_a_phase_without_votes_closes_the_standing_ballot(place: Place) -> None:
    challenge = uuid4()
    await place.hear(challenge_opened(challenge), idea_submitted(TACO, challenge))
    about = {"challenge_id": challenge, "goal_id": GOAL, "audiences": frozenset(Audience), "public": True}
    await place.hear(ShortlistingStarted(**about, version=2, started_at=now(), votes_open=False))

    with pytest.raises(BallotIsClosed):
        await place.tell(vote(standing_ballot(challenge)))


async def test_an_extension_is_logged_and_moves_the_closing(place: Place) -> None:
    ballot = await opened(place, closes_in=30)
    later = now() + timedelta(seconds=90)

    await place.tell(said(ExtendBallot, ANN, ballot_id=ballot, closes_at=later))

    [event] = await news(place, BallotExtended)
    rows = await place.database.collection("deadlines").find({}).to_list(None)
    assert isinstance(event, BallotExtended)
    assert (event.closes_at, event.extended_by) == (later, ANN.id)
    assert [row["due"] for row in rows] == [later + timedelta(seconds=1)]


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
