"""What is announced of how votes stand: exactly what moved, once, and as a recount has it (P17)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from random import Random
from uuid import uuid4

import pytest

from chassis import calm
from chassis.attempt import Work
from chassis.calm import Calm
from chassis.errands import Announcer
from contracts.topics import TOPICS
from contracts.voting import (
    BallotClosed,
    CloseBallot,
    Publication,
    TallyChanged,
    VoteCast,
    paper_id,
)
from deploy.local.process import Process
from services.voting.store import unannounced
from services.voting.tally import gate_of
from tests.eventually import eventually
from tests.overheard import in_transaction, overhearing
from tests.stage import ANN, BOB, Place, member, now, said
from tests.voting.conftest import (
    AGREE,
    BURRITO,
    DISAGREE,
    PASS,
    TACO,
    decided,
    news,
    opened,
    recounted,
    tally,
    vote,
)


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
    await decided(place, ballot)
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


async def test_votes_under_way_go_before_an_announcement(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "PATIENCE", 60)
    ballot = await opened(place)
    await place.tell(vote(ballot))
    announcing = asyncio.create_task(place.announcer.run())

    with place.corridor.calm.broken():
        place.announcer.said({"type": VoteCast.type(), "aggregateid": paper_id(ballot, BOB.id)})
        for number in range(20):
            await place.tell(vote(ballot, by=member(f"m{number}")))
        assert await news(place, TallyChanged) == []

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
        calm = Calm()

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
