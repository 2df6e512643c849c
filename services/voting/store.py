"""What voting reads and writes of its ballots, their options, papers, and the slots in which votes are counted."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from chassis.kept import Document, Ref
from chassis.service import LANE, Errand, Fence
from chassis.session import Session
from chassis.store import Store
from contracts.messages import Member
from contracts.voting import (
    Method,
    NoSuchBallot,
    NoSuchOption,
    NotEligible,
    OptionIsDropped,
    Standing,
    paper_id,
)
from services.voting.ballot import GRACE, Ballot
from services.voting.documents import (
    ANNOUNCED,
    BALLOTS,
    COUNTS,
    GATES,
    GOALS,
    IDEAS,
    OPTIONS,
    OUTCOMES,
    PAPERS,
    ROLLS,
    SKELETONS,
    Enrolled,
    Option,
    Skeleton,
    option_key,
)
from services.voting.paper import Marks, Paper
from services.voting.tally import Announced, Count, Gate, count_id, gate_id, gate_ids, gate_of, moved


@lru_cache
def own_gate(name: str) -> int:
    """The gate of a replica's lane, by its name (P14)."""
    replica, _, lane = name.partition(LANE)
    return gate_of(replica, int(lane or 0))


class Ballots(Store):
    """Voting's state."""

    kept = (BALLOTS, OPTIONS, PAPERS, GATES, COUNTS, ANNOUNCED, OUTCOMES, GOALS, SKELETONS, ROLLS, IDEAS)

    # -- what messages touch ----------------------------------------------------------------------------------------

    @staticmethod
    def named(message: Any, replica: str) -> Iterable[Ref]:
        """The ballot that a message is about."""
        return (BALLOTS.ref(message.ballot_id),)

    @staticmethod
    def voting(message: Any, replica: str) -> Iterable[Ref]:
        """All that one vote reads and writes."""
        ballot_id, option_id, gate = message.ballot_id, message.option_id, own_gate(replica)
        return (
            BALLOTS.ref(ballot_id),
            OPTIONS.ref(option_key(ballot_id, option_id)),
            PAPERS.ref(paper_id(ballot_id, message.member.id)),
            GATES.ref(gate_id(ballot_id, gate)),
            COUNTS.ref(count_id(ballot_id, option_id, gate)),
        )

    @staticmethod
    def withdrawing(message: Any, replica: str) -> Iterable[Ref]:
        """What a paper is withdrawn from, but the counts, which only the paper tells."""
        ballot_id = message.ballot_id
        yield BALLOTS.ref(ballot_id)
        yield PAPERS.ref(paper_id(ballot_id, message.member.id))
        yield GATES.ref(gate_id(ballot_id, gate_of(replica)))

    @staticmethod
    def handing_in(message: Any, replica: str) -> Iterable[Ref]:
        """All that a whole paper reads and writes, as far as its marks tell."""
        ballot_id, gate = message.ballot_id, gate_of(replica)
        yield from Ballots.withdrawing(message, replica)
        for mark in message.marks:
            yield OPTIONS.ref(option_key(ballot_id, mark.option_id))
            yield COUNTS.ref(count_id(ballot_id, mark.option_id, gate))

    @staticmethod
    def announcing(errand: Errand, replica: str) -> Iterable[Ref]:
        """What an announcement compares."""
        ballot_id = errand.aggregate_id
        gates = (GATES.ref(gate) for gate in gate_ids(ballot_id))
        return (BALLOTS.ref(ballot_id), ANNOUNCED.ref(ballot_id), *gates)

    @staticmethod
    def shown(ballot_id: UUID, viewer: Member | None) -> Iterable[Ref]:
        """What decides which tally a viewer is shown."""
        yield BALLOTS.ref(ballot_id)
        yield from (GATES.ref(gate) for gate in gate_ids(ballot_id))
        if viewer:
            yield PAPERS.ref(paper_id(ballot_id, viewer.id))

    # -- ballots and options ----------------------------------------------------------------------------------------

    async def get(self, ballot_id: UUID) -> Ballot:
        """A ballot. Refuses `NoSuchBallot`."""
        ballot = await self.read(BALLOTS, ballot_id)
        if ballot is None:
            raise NoSuchBallot(path=("ballotId",))
        return ballot

    async def taking_votes(self, ballot_id: UUID) -> Ballot:
        """A ballot to vote on; voting never writes it (P13). Refuses `NoSuchBallot`."""
        ballot = await self.look(BALLOTS, ballot_id)
        if ballot is None:
            raise NoSuchBallot(path=("ballotId",))
        return ballot

    async def known(self, ballot_id: UUID) -> Ballot | None:
        """A ballot, or None."""
        return await self.read(BALLOTS, ballot_id)

    async def option(self, ballot_id: UUID, option_id: UUID) -> Option:
        """An option. Refuses `NoSuchOption`."""
        option = await self.read(OPTIONS, option_key(ballot_id, option_id))
        if option is None:
            raise NoSuchOption(path=("optionId",))
        return option

    async def votable(self, ballot_id: UUID, option_id: UUID) -> Option:
        """An option that stands. Refuses `NoSuchOption`, `OptionIsDropped`."""
        option = await self.look(OPTIONS, option_key(ballot_id, option_id))
        if option is None:
            raise NoSuchOption(path=("optionId",))
        if option.dropped:
            raise OptionIsDropped(path=("optionId",))
        return option

    async def options_among(self, ballot_id: UUID, option_ids: Iterable[UUID]) -> dict[UUID, bool]:
        """Which of these are options of the ballot, and whether each was dropped."""
        found = await self.read_all(OPTIONS, {option_key(ballot_id, option_id) for option_id in option_ids})
        return {option.option_id: option.dropped for option in found.values()}

    def put_up(
        self, ballot_id: UUID, option_id: UUID, title: str | None, at: datetime, place: int = 0, dropped: bool = False
    ) -> None:
        """Add an option, whether or not its ballot is open yet.

        Those that are listed together are added a millisecond apart, in their `place`, and so keep their order.
        """
        added_at = at + timedelta(milliseconds=place)
        self.write(OPTIONS, Option(option_key(ballot_id, option_id), ballot_id, option_id, title, added_at, dropped))

    async def set_up(self, ballot: Ballot) -> None:
        """Keep a new ballot with its gates, and remember when it closes."""
        await self.guard(ballot.id)
        self.write(BALLOTS, ballot)
        self.write(GATES, *(Gate(key, ballot.id, gate, papers=0) for gate, key in enumerate(gate_ids(ballot.id))))
        self.write(ANNOUNCED, Announced(ballot.id))
        if ballot.terms.closes_at:
            self.remind("closing", ballot.id, ballot.terms.closes_at + GRACE)

    def enrol(self, ballot_id: UUID, roll: Iterable[UUID]) -> None:
        """Keep the roll of a new ballot."""
        self.write(ROLLS, *(Enrolled(paper_id(ballot_id, member_id)) for member_id in dict.fromkeys(roll)))

    async def check_roll(self, ballot: Ballot, member_id: UUID) -> None:
        """Refuse whoever does not stand on the roll of a ballot that has one: `NotEligible`."""
        if ballot.terms.by_roll and await self.read(ROLLS, paper_id(ballot.id, member_id)) is None:
            raise NotEligible

    async def fence(self, ballot_id: UUID) -> None:
        """Write every gate of a ballot now, where that could not be the first operation (P14).

        Its neighbours in the batch see it; written once too often, it says nothing wrong.
        """
        fence = all_gates(ballot_id)
        matched = await self.session.update_all(fence.collection, fence.wanted, fence.change)
        if matched not in (0, fence.expected):
            raise RuntimeError(f"{matched} of {fence.expected} gates stood for {ballot_id}")

    async def guard(self, ballot_id: UUID) -> None:
        """Conflict with whoever else opens or prepares this ballot."""
        await self.read(SKELETONS, ballot_id)
        self.write(SKELETONS, Skeleton(ballot_id))

    # -- papers and slots -------------------------------------------------------------------------------------------

    async def paper(self, ballot_id: UUID, member_id: UUID) -> Paper:
        """A member's paper; an empty one if they marked nothing yet."""
        found = await self.read(PAPERS, paper_id(ballot_id, member_id))
        return found or Paper.empty(ballot_id, member_id)

    async def keep(self, paper: Paper, before: Marks, at_least: int, at: datetime) -> None:
        """Keep a changed paper and count what it moved, through this replica's gate (P14)."""
        after = paper.counted(at_least)
        gate = await self._pass_gate(paper, bool(after) - bool(before), at)
        for option in moved(before, after):
            option_id = UUID(option)
            count = await self.read(COUNTS, count_id(paper.ballot_id, option_id, gate.gate))
            count = count or Count.none(paper.ballot_id, option_id, gate.gate)
            count.move(before.get(option), after.get(option), gate.n)
            self.write(COUNTS, count)

    async def keep_whole(self, paper: Paper, before: Standing, voters: int, method: Method, at: datetime) -> None:
        """Keep a paper handed in or withdrawn, and count what it weighs now instead of `before` (P14).

        `voters` is by how many more members have voted.
        """
        after = paper.weights(method)
        gate = await self._pass_gate(paper, voters, at)
        changed = moved(before, after)
        counts = await self.read_all(COUNTS, [count_id(paper.ballot_id, option, gate.gate) for option in changed])
        for option_id in changed:
            count = counts.get(count_id(paper.ballot_id, option_id, gate.gate))
            count = count or Count.none(paper.ballot_id, option_id, gate.gate)
            count.weigh(after.get(option_id, 0) - before.get(option_id, 0), gate.n)
            self.write(COUNTS, count)

    async def _pass_gate(self, paper: Paper, voters: int, at: datetime) -> Gate:
        """Keep a changed paper, through this replica's gate."""
        self.write(PAPERS, paper)
        number = own_gate(self.replica)
        gate = await self.read(GATES, gate_id(paper.ballot_id, number))
        if gate is None:
            raise RuntimeError(f"gate {number} of ballot {paper.ballot_id} is missing")
        gate.n += 1
        gate.voters += voters
        if gate.papers is not None and paper.version == 1:
            gate.papers += 1
        gate.moved = at
        self.write(GATES, gate)
        return gate

    async def papers_held(self, ballot_id: UUID) -> int | None:
        """How many papers a ballot has, those that bear no mark any more too; None where that was not kept."""
        held = [gate.papers for gate in await self.gates(ballot_id)]
        return None if None in held else sum(papers or 0 for papers in held)

    async def gates(self, ballot_id: UUID) -> list[Gate]:
        """All gates of a ballot."""
        return list((await self.read_all(GATES, gate_ids(ballot_id))).values())

    async def counts(self, ballot_id: UUID, option_ids: Collection[UUID] | None = None) -> list[Count]:
        """Counts of all gates, of some options or of all."""
        return (await self.counts_of([ballot_id], option_ids))[ballot_id]

    async def gates_of(self, ballot_ids: Collection[UUID]) -> dict[UUID, list[Gate]]:
        """All gates of some ballots, with one question for all."""
        found = await self.read_all(GATES, [key for ballot_id in ballot_ids for key in gate_ids(ballot_id)])
        gates: dict[UUID, list[Gate]] = {ballot_id: [] for ballot_id in ballot_ids}
        for gate in found.values():
            gates[gate.ballot_id].append(gate)
        return gates

    async def counts_of(
        self, ballot_ids: Collection[UUID], option_ids: Collection[UUID] | None
    ) -> dict[UUID, list[Count]]:
        """Counts of all gates of some ballots, of some options or of all, with one question for all."""
        wanted: Document = {"ballot_id": {"$in": list(ballot_ids)}}
        if option_ids is not None:
            wanted["option_id"] = {"$in": list(option_ids)}
        counts: dict[UUID, list[Count]] = {ballot_id: [] for ballot_id in ballot_ids}
        for count in await self.find(COUNTS, wanted) if ballot_ids else ():
            counts[count.ballot_id].append(count)
        return counts

    async def counts_past(self, ballot_id: UUID, vector: dict[int, int]) -> list[Count]:
        """Counts that changed since the gates stood as in `vector` (P17)."""
        past = [{"gate": gate, "n": {"$gt": vector.get(gate, 0)}} for gate in range(len(gate_ids(ballot_id)))]
        return await self.find(COUNTS, {"ballot_id": ballot_id, "$or": past})


def all_gates(ballot_id: UUID) -> Fence:
    """Every gate of a ballot, written at once: what narrows a ballot does this first (P14, P15)."""
    ids = gate_ids(ballot_id)
    change = {"$inc": {"n": 1, "rev": 1}, "$currentDate": {"moved": True}}
    return Fence("gates", {"_id": {"$in": ids}}, change, expected=len(ids))


async def unannounced(session: Session, everything: bool) -> list[UUID]:
    """Ballots whose gates have moved past what was announced: lately, or within a day (P17).

    A gate moves when its vote arrived, which may be a quarter of a minute before it was committed.
    """
    since = datetime.now(UTC) - (timedelta(days=1) if everything else timedelta(minutes=1))
    gates = await session.find("gates", {"moved": {"$gte": since}}, fields={"ballot_id": 1, "gate": 1, "n": 1})
    ballots = {gate["ballot_id"] for gate in gates}
    rows = await session.find("announced", {"_id": {"$in": list(ballots)}}) if ballots else []
    announced = {row["_id"]: row for row in rows}
    vectors = {ballot: announced.get(ballot, {}).get("vector", {}) for ballot in ballots}
    return list(
        {gate["ballot_id"] for gate in gates if vectors[gate["ballot_id"]].get(str(gate["gate"]), 0) != gate["n"]}
    )
