"""Reading the papers of a closed ballot, outside any transaction and while others vote (P15, step 3)."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from chassis.kept import Document
from chassis.mongo import Database
from services.voting.documents import GATES, OPTIONS, PAPERS, papers_on
from services.voting.tally import gate_ids

PART = 5000  # papers read at a time while they are counted
LOOK_UP = 20  # times what it costs to read the next paper
REST, LONGEST_REST = 1.6, 0.2  # times as long as a part took, and seconds


async def papers_of(database: Database, ballot_id: UUID, marks: str) -> AsyncIterator[list[tuple[dict[str, Any], int]]]:
    """What the papers of a ballot say (`marks` or `numbers`), in parts, each with how many papers of the part say it;
    options by the text of their ids.

    After each part comes a rest in proportion: whoever votes on other ballots meanwhile should hardly notice. A ballot
    that holds much of all papers is read as they lie: by their ids each would be on another page, many times a million.
    """
    hint = [("$natural", 1)] if await _holds_much(database, ballot_id) else None
    papers = database.collection(PAPERS.collection)
    rows = papers.find(papers_on(ballot_id), {marks: 1, "_id": 0}, batch_size=PART, hint=hint)
    began = time.monotonic()
    while part := await rows.to_list(PART):
        yield await asyncio.to_thread(_alike, part, marks)
        await asyncio.sleep(min(LONGEST_REST, REST * (time.monotonic() - began)))
        began = time.monotonic()


def _alike(part: list[Document], marks: str) -> list[tuple[dict[str, Any], int]]:
    said = Counter(tuple(row.get(marks, {}).items()) for row in part)
    return [(dict(items), times) for items, times in said.items()]


async def _holds_much(database: Database, ballot_id: UUID) -> bool:
    """Whether reading past all other papers costs less than looking up each of this ballot."""
    gates = await database.collection(GATES.collection).find({"_id": {"$in": gate_ids(ballot_id)}}).to_list(None)
    held = sum(gate.get("papers") or 0 for gate in gates)
    return held * LOOK_UP >= await database.collection(PAPERS.collection).estimated_document_count()


async def listed(database: Database, ballot_id: UUID) -> tuple[list[UUID], set[UUID]]:
    """The options of a ballot in their order, and those of them that were dropped."""
    rows = database.collection("options").find({"ballot_id": ballot_id}, sort=[("added_at", 1), ("_id", 1)])
    options = [OPTIONS.load(row) async for row in rows]
    return [option.option_id for option in options], {option.option_id for option in options if option.dropped}
