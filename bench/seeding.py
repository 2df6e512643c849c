"""Papers by the million on one ballot, straight into MongoDB: what as many real votes would have left there.

Documents are written out by voting's own store, and `look_alike` holds them to what a real vote left. Only the journal
stays as it is, since all of it would be said on Kafka first; `bench.journal` fills that one.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, NamedTuple
from uuid import UUID

from bench.votes import Unsound
from chassis.kept import Document
from chassis.mongo import Database
from contracts.voting import Method, Position, paper_id
from services.voting.documents import COUNTS, GATES, PAPERS
from services.voting.paper import Paper
from services.voting.tally import GATES as GATES_EACH
from services.voting.tally import Count, Gate, count_id, gate_ids

CHOICES = (Position.AGREE, Position.PASS)
PART = 10_000  # documents written at a time
SEEDING = 600.0  # seconds that MongoDB may take over a command


@dataclass(frozen=True)
class Ballot:
    """A ballot to fill: open, without a vote so far."""

    id: UUID
    method: Method
    options: Sequence[UUID]

    def papers(self, distinct: int) -> list[Paper]:
        """The papers that its members will hold, one after the other: one stance each, or rankings as they come."""
        blank = Paper.empty(self.id, UUID(int=0))
        if self.method is Method.STANCE:
            marked = [{str(option): choice} for option in self.options for choice in CHOICES]
            return [Paper(blank.id, self.id, blank.member_id, marks=marks, version=1) for marks in marked]
        ranked = [_ranked(random.Random(seed), self.options) for seed in range(distinct)]
        return [Paper(blank.id, self.id, blank.member_id, version=1, numbers=numbers) for numbers in ranked]


def _ranked(chance: random.Random, options: Sequence[UUID]) -> dict[UUID, int]:
    order = chance.sample(list(options), chance.randint(1, len(options)))
    return {option: rank for rank, option in enumerate(order, 1)}


def voters(known: Sequence[UUID], number: int) -> Iterator[UUID]:
    """So many members: those known first, then strangers."""
    chance = random.Random(number)
    strangers = (UUID(int=chance.getrandbits(128), version=5) for _ in range(number - len(known)))
    return chain(known[:number], strangers)


async def seed(voting: Database, ballot: Ballot, held_by: Iterable[UUID], distinct: int = 2000) -> None:
    """Have each member hold a paper, as if all had come through one gate after the other.

    The tally is announced by voting itself, which finds its gates moved, and so reaches every listener.
    """
    papers = ballot.papers(distinct)
    documents = [PAPERS.dump(paper) | {"rev": 1} for paper in papers]
    votes = [[0] * GATES_EACH for _ in papers]  # how often each paper came through each gate
    numbered = enumerate(held_by)
    while part := list(islice(numbered, PART)):
        rows = [_document(documents[place % len(papers)], ballot.id, member) for place, member in part]
        await voting.collection(PAPERS.collection).insert_many(rows, ordered=False)
        for place, _ in part:
            votes[place % len(papers)][place // len(papers) % GATES_EACH] += 1
    gates = [Gate(key, ballot.id, number) for number, key in enumerate(gate_ids(ballot.id))]
    for gate in gates:
        gate.n = gate.voters = gate.papers = sum(through[gate.gate] for through in votes)
    counts = _counted(ballot, zip(papers, votes, strict=True), gates)
    await voting.collection(COUNTS.collection).insert_many([COUNTS.dump(count) | {"rev": 1} for count in counts])
    for gate in gates:
        gate.moved = datetime.now(UTC)
        change = {"$set": GATES.dump(gate), "$inc": {"rev": 1}}
        await voting.collection(GATES.collection).update_one({"_id": gate.id}, change)


def _document(like: Document, ballot: UUID, member: UUID) -> Document:
    key = paper_id(ballot, member)
    return like | {"_id": key, "id": key, "member_id": member}


def _counted(ballot: Ballot, votes: Iterable[tuple[Paper, list[int]]], gates: Sequence[Gate]) -> list[Count]:
    """What these papers come to, per option and gate."""
    counts: dict[str, Count] = {}

    def count_of(option: UUID, gate: Gate) -> Count:
        key = count_id(ballot.id, option, gate.gate)
        return counts.setdefault(key, Count(key, ballot.id, option, gate.gate, gate.n))

    for paper, through in votes:
        for gate, times in zip(gates, through, strict=True):
            for option, choice in paper.marks.items():
                held = count_of(UUID(option), gate).counts
                held[choice] = held.get(choice, 0) + times
            for ranked, weight in paper.weights(ballot.method).items():
                count_of(ranked, gate).standing += times * weight
    return list(counts.values())


# -- are they like real ones ------------------------------------------------------------------------------------------


class Held(NamedTuple):
    """Somebody's paper."""

    ballot: UUID
    member: UUID


async def look_alike(voting: Database, seeded: Held, real: Held) -> None:
    """Compare what was seeded of one member with what a first vote left of another, on another ballot.

    Raises Unsound where a paper, a gate or a count has another shape.
    """
    for collection in (PAPERS.collection, GATES.collection, COUNTS.collection):
        bulk, told = [await _one(voting, collection, held) for held in (seeded, real)]
        if bulk is None or told is None or shape(bulk) != shape(told):
            raise Unsound(f"{collection}: seeded {bulk} is not like {told}, which a real vote left")


async def _one(voting: Database, collection: str, held: Held) -> Document | None:
    of_member = {"_id": paper_id(held.ballot, held.member)}
    of_ballot = {"ballot_id": held.ballot, "n": {"$gt": 0}}
    return await voting.collection(collection).find_one(of_member if collection == PAPERS.collection else of_ballot)


def shape(value: Any) -> Any:
    """What a document is made of: fields and types, whatever they hold. Keys that are ids or positions are alike."""
    if isinstance(value, dict):
        return {_key(name): shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


def _key(name: str) -> str:
    if name in set(Position):
        return "a position"
    try:
        return f"an id of {len(str(UUID(name)))} letters"
    except ValueError:
        return name
