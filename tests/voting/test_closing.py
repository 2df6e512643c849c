"""Gates and the closing: nothing changes after the fence, and everything accepted is counted (P14, P15, P16)."""

import asyncio
from datetime import datetime, timedelta, tzinfo
from random import Random
from threading import get_ident
from typing import Any
from uuid import uuid4

import pytest

from contracts.ideas import IdeaWithdrawn, ShortlistingStarted
from contracts.messages import Audience
from contracts.voting import (
    BallotClosed,
    BallotDecided,
    BallotExtended,
    BallotIsClosed,
    CastVote,
    CloseBallot,
    ExtendBallot,
    Found,
    OptionIsDropped,
    Position,
    WithdrawVote,
    standing_ballot,
)
from deploy.local.process import Process
from services.voting.deciding import Votes
from services.voting.tally import GATES, gate_of
from tests.eventually import eventually
from tests.overheard import NOT_EXPLAINED, in_transaction, overhearing, stages
from tests.stage import ANN, BOB, Place, member, now, said
from tests.voting.conftest import (
    AGREE,
    BURRITO,
    DISAGREE,
    GOAL,
    PASS,
    TACO,
    challenge_opened,
    decided,
    idea_submitted,
    news,
    opened,
    tally,
    vote,
)


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
        await decided(place, ballot)

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

        await decided(listened, ballot)
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
        await decided(listened, ballot)
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
        await decided(listened, ballot)
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

    await decided(place, ballot)

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
