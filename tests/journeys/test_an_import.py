"""A real consultation through the public API: exact to the cell, once, whatever dies on the way."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from chassis.kafka import heard
from contracts.voting import VoteCast
from tests.eventually import eventually
from tests.journeys.town import Town

DATA = Path(__file__).parents[3] / "shared" / "data" / "polis"
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the consultations are not here: {DATA}")


async def import_polis(town: Town, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The import, running; when it is gone on with, its end is awaited."""
    yield await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "import", "polis", str(DATA / name), "--api", town.system.url("gateway")),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def imported(town: Town, name: str, on_the_way: Any = None) -> list[str]:
    """What the import printed; it must have found no mismatch."""
    async for process in import_polis(town, name):
        if on_the_way:
            await on_the_way()
        async with asyncio.timeout(240):
            printed, _ = await process.communicate()
    lines = printed.decode().strip().splitlines()
    assert process.returncode == 0, printed.decode()[-2000:]
    assert lines[-1] == "cells: 0 mismatches, tallies: 0 mismatches"
    return lines


class Books:
    """What is in the books of voting about one consultation."""

    def __init__(self, voting: Any) -> None:
        self._voting = voting

    async def count(self, collection: str, **wanted: Any) -> int:
        """How many documents."""
        return int(await self._voting[collection].count_documents(wanted))

    async def largest_ballot(self, before: set[UUID]) -> UUID:
        """The ballot that was not there before."""
        rows = await self._voting["ballots"].find({}, {"_id": 1}).to_list(None)
        [new] = {row["_id"] for row in rows} - before
        assert isinstance(new, UUID)
        return new

    async def ballots(self) -> set[UUID]:
        """All ballots."""
        return {row["_id"] for row in await self._voting["ballots"].find({}, {"_id": 1}).to_list(None)}

    async def cells(self, ballot: UUID) -> dict[tuple[UUID, UUID], str]:
        """Every mark on every paper."""
        papers = await self._voting["papers"].find({"ballot_id": ballot}).to_list(None)
        return {(each["member_id"], UUID(option)): mark for each in papers for option, mark in each["marks"].items()}


@pytest.fixture
async def books(town: Town) -> AsyncIterator[Books]:
    """The books, open."""
    client: Any = AsyncIOMotorClient(town.system.mongo_url, uuidRepresentation="standard")
    yield Books(client["voting"])
    client.close()


@pytest.mark.parametrize(
    ("name", "events", "cells", "murder"),
    [("scoop-hivemind.ubi", 7153, 7153, False), ("15-per-hour-seattle", 2879, 2872, True)],
)
async def test_comes_out_cell_by_cell_as_published_and_once(
    town: Town, books: Books, name: str, events: int, cells: int, murder: bool
) -> None:
    before = await books.ballots()

    async def kill_voting() -> None:
        async def under_way() -> bool:
            return await books.count("papers") > 100

        await eventually(under_way, within=60)
        await town.system.kill("voting", 1)
        await town.system.start("voting", 1)

    await imported(town, name, kill_voting if murder else None)
    ballot = await books.largest_ballot(before)

    async def told() -> dict[UUID, VoteCast]:
        records = [heard(record) for record in await town.records("voting.votes")]
        votes = {each.id: each.event for each in records if isinstance(each.event, VoteCast)}
        return {key: vote for key, vote in votes.items() if vote.ballot_id == ballot}

    async def all_told() -> bool:
        return len(await told()) >= events

    await eventually(all_told, within=30)
    votes = await told()
    assert len(votes) == events
    folded: dict[tuple[UUID, UUID], VoteCast] = {}
    for vote in votes.values():
        cell = (vote.member_id, vote.option_id)
        if cell not in folded or folded[cell].version < vote.version:
            folded[cell] = vote
    assert len(folded) == cells
    assert {cell: vote.choice for cell, vote in folded.items()} == await books.cells(ballot)

    journal = await books.count("outbox", type=VoteCast.type())
    await imported(town, name)
    assert await books.count("outbox", type=VoteCast.type()) == journal
    assert await books.ballots() == before | {ballot}


async def test_every_event_on_every_topic_is_a_cloudevent(town: Town) -> None:
    """CloudEvents 1.0, Kafka binary content mode: the required attributes, in their form."""
    seen = 0
    for topic in ("strategy.goals", "ideas.challenges", "ideas.ideas", "voting.ballots", "voting.votes"):
        for record in await town.records(topic):
            headers = {name: value.decode() for name, value in record.headers}
            assert headers["ce_specversion"] == "1.0"
            assert headers["content-type"] == "application/json"
            assert headers["ce_source"].startswith("/folkmoot/local/")
            assert headers["ce_type"].startswith("org.folkmoot.")
            assert headers["ce_subject"] == record.key.decode()
            assert UUID(headers["ce_id"])
            heard(record)
            seen += 1
    assert seen > 0
