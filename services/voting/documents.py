"""What voting keeps in MongoDB, collection by collection."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from chassis.kept import Document, Index, Kept
from contracts.voting import Outcome
from services.voting.ballot import Ballot
from services.voting.paper import Paper
from services.voting.tally import Announced, Count, Gate


@dataclass
class Option:
    """An option of a ballot. It may be heard of before its ballot is (P9)."""

    id: str
    ballot_id: UUID
    option_id: UUID
    title: str | None
    added_at: datetime
    dropped: bool = False


@dataclass
class Enrolled:
    """A member who stands on the roll of a ballot; found by the name that their paper has, or would have."""

    id: str


@dataclass
class KnownIdea:
    """What voting knows of an idea: the decision ballots it is on, and whether it was withdrawn (P8, P9)."""

    id: UUID
    ballots: list[UUID] = field(default_factory=list)
    withdrawn: bool = False


@dataclass
class KnownGoal:
    """What voting knows of a goal."""

    id: UUID
    active: bool
    version: int


@dataclass
class Skeleton:
    """Guards a ballot that is not open yet: whoever prepares it and whoever opens it both write this (P8, P9)."""

    id: UUID


BALLOTS = Kept("ballots", Ballot)
OPTIONS = Kept("options", Option, indexes=(Index((("ballot_id", 1), ("added_at", 1), ("_id", 1))),))
PAPERS = Kept("papers", Paper)
GATES = Kept("gates", Gate, indexes=(Index((("moved", 1),)),))
COUNTS = Kept(
    "counts",
    Count,
    indexes=(Index((("ballot_id", 1), ("gate", 1), ("n", 1))), Index((("ballot_id", 1), ("option_id", 1)))),
)
ANNOUNCED = Kept("announced", Announced)
OUTCOMES = Kept("outcomes", Outcome, key=lambda outcome: outcome.ballot_id)
GOALS = Kept("goals", KnownGoal)
SKELETONS = Kept("skeletons", Skeleton)
ROLLS = Kept("rolls", Enrolled)
IDEAS = Kept("ideas", KnownIdea)


@lru_cache(maxsize=4096)  # asked for several times for one vote
def option_key(ballot_id: UUID, option_id: UUID) -> str:
    """An option's key."""
    return f"{ballot_id}:{option_id}"


def papers_on(ballot_id: UUID) -> Document:
    """All papers of a ballot: their ids begin with its own, so they lie side by side."""
    return {"_id": {"$gte": f"{ballot_id}:", "$lt": f"{ballot_id};"}}
