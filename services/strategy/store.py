"""What strategy keeps: goals, what was measured for each, and what was heard for each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.kept import Index, Kept, Ref
from chassis.store import Store
from contracts.strategy import NoSuchGoal, Voices
from services.strategy.goal import COUNTED, Goal
from services.strategy.progress import Rolled

LOOK = "look"
SOON = timedelta(milliseconds=250)


class Fact(StrEnum):
    """What is counted for a goal, one by one."""

    IDEA = "idea"
    ADOPTED_IDEA = "adopted_idea"
    CASE = "case"


@dataclass
class KeptCheckIn:
    """One check-in. Its id ends in its number, so that of two at one time the later told stands later."""

    id: str
    key_result_id: UUID
    member_id: UUID
    value: float
    confidence: int
    note: str
    measured_at: datetime
    arrived: datetime


@dataclass
class Counted:
    """One idea, adoption or case that has been counted for its goal."""

    id: str
    goal_id: UUID


@dataclass
class Voice:
    """One member heard for one goal, by a vote, by an idea, or both."""

    id: str
    goal_id: UUID
    member_id: UUID
    voted: bool = False
    contributed: bool = False


@dataclass
class Heard:
    """How many distinct members were heard for a goal, in all and by what, and how many facts; kept apart from it."""

    id: UUID
    heard: int = 0
    voters: int = 0
    contributors: int = 0
    facts: dict[Fact, int] = field(default_factory=dict)

    def told(self) -> Voices:
        """As others see it."""
        return Voices(heard=self.heard, voters=self.voters, contributors=self.contributors)


GOALS = Kept(
    "goals",
    Goal,
    indexes=(
        Index((("set_at", -1), ("_id", -1))),
        Index((("state", 1), ("set_at", -1), ("_id", -1))),
        Index((("supports", 1), ("set_at", -1), ("_id", -1))),
        Index((("top", 1), ("set_at", -1), ("_id", -1))),
        Index((("owner_id", 1), ("set_at", -1), ("_id", -1))),
        Index((("health", 1), ("set_at", -1), ("_id", -1))),
        Index((("ends", 1), ("_id", 1))),
        Index((("state", 1), ("ends", 1), ("_id", 1))),
        Index((("supports", 1), ("ends", 1), ("_id", 1))),
        Index((("top", 1), ("ends", 1), ("_id", 1))),
        Index((("owner_id", 1), ("ends", 1), ("_id", 1))),
        Index((("health", 1), ("ends", 1), ("_id", 1))),
    ),
)
CHECK_INS = Kept("check_ins", KeptCheckIn, indexes=(Index((("key_result_id", 1), ("measured_at", 1), ("_id", 1))),))
COUNTED_FACTS = Kept("counted", Counted)
VOICES = Kept("voices", Voice)
HEARD = Kept("voices_heard", Heard)


class Goals(Store):
    """Strategy's state."""

    kept = (GOALS, CHECK_INS, COUNTED_FACTS, VOICES, HEARD, MEMBERS)

    @staticmethod
    def named(message: Any, replica: str) -> Iterable[Ref]:
        """The goal that a message is about."""
        return (GOALS.ref(message.goal_id),)

    @staticmethod
    def looked_at(errand: Any, replica: str) -> Iterable[Ref]:
        """The goal to look at again."""
        return (GOALS.ref(errand.aggregate_id),)

    @staticmethod
    def submitted(message: Any, replica: str) -> Iterable[Ref]:
        """An idea to count."""
        return (COUNTED_FACTS.ref(fact_id(Fact.IDEA, message.idea_id)),)

    @staticmethod
    def adopted(message: Any, replica: str) -> Iterable[Ref]:
        """An adoption to count."""
        return (COUNTED_FACTS.ref(fact_id(Fact.ADOPTED_IDEA, message.idea_id)), HEARD.ref(message.goal_id))

    @staticmethod
    def filed(message: Any, replica: str) -> Iterable[Ref]:
        """A case to count."""
        if message.goal_id is None:
            return ()
        return (COUNTED_FACTS.ref(fact_id(Fact.CASE, message.case_id)), HEARD.ref(message.goal_id))

    @staticmethod
    def voice_of_voter(message: Any, replica: str) -> Iterable[Ref]:
        """The voice that a vote makes heard, where it serves a goal."""
        if message.goal_id is None:
            return ()
        return (VOICES.ref(voice_id(message.goal_id, message.member_id)), HEARD.ref(message.goal_id))

    @staticmethod
    def voice_of_author(message: Any, replica: str) -> Iterable[Ref]:
        """The voice that an idea makes heard."""
        return (VOICES.ref(voice_id(message.goal_id, message.author_id)), HEARD.ref(message.goal_id))

    async def get(self, goal_id: UUID, field: str = "goalId") -> Goal:
        """A goal, named by a field of the input. Refuses `NoSuchGoal`."""
        goal = await self.read(GOALS, goal_id)
        if goal is None:
            raise NoSuchGoal(path=(field,))
        return goal

    async def below(self, goal: Goal) -> list[tuple[float, Rolled]]:
        """The goals that count towards this one, as (weight, how it stands)."""
        wanted = {"supports": goal.id, "state": {"$in": [state.value for state in COUNTED]}}
        fields = {"weight": 1, "progress": 1, "covered": 1}
        found = await self.session.find(GOALS.collection, wanted, fields=fields)
        parts: dict[UUID, tuple[float, Rolled] | None] = {
            row["_id"]: (row.get("weight", 1.0), Rolled(row.get("progress"), row.get("covered", 0.0))) for row in found
        }
        parts |= {each.id: each.part for each in self.changed(GOALS) if each.supports == goal.id}
        return [part for part in parts.values() if part]

    async def save(self, goal: Goal, at: datetime) -> None:
        """Keep a goal, have it looked at when time moves it, and the goal above as soon as this one counts otherwise.

        A part never writes its whole: it leaves word in the same commit. Whoever then adds up the parts always writes
        the whole, moved or not, which guards the sum (P8).
        """
        before = await self.read(GOALS, goal.id)
        planned, part = (before.look_at, before.part) if before else (None, None)
        if planned != goal.look_at:
            if planned:
                self.unremind(LOOK, goal.id, planned)
            if goal.look_at:
                self.remind(LOOK, goal.id, goal.look_at)
        if goal.supports and part != goal.part:
            self.remind(LOOK, goal.supports, soon_after(at))
        self.write(GOALS, goal)

    async def count(self, fact: Fact, goal_id: UUID, thing_id: UUID) -> None:
        """Count something for a goal, once."""
        key = fact_id(fact, thing_id)
        if await self.read(COUNTED_FACTS, key):
            return
        heard = await self.read(HEARD, goal_id) or Heard(goal_id)
        heard.facts[fact] = heard.facts.get(fact, 0) + 1
        self.write(COUNTED_FACTS, Counted(key, goal_id))
        self.write(HEARD, heard)

    async def hear(self, goal_id: UUID, member_id: UUID, voted: bool = False, contributed: bool = False) -> None:
        """Count a voice, once per member and way of speaking; saying it again changes nothing."""
        known = await self.read(VOICES, voice_id(goal_id, member_id))
        voice = known or Voice(voice_id(goal_id, member_id), goal_id, member_id)
        first_vote, first_idea = voted and not voice.voted, contributed and not voice.contributed
        if not first_vote and not first_idea:
            return
        heard = await self.read(HEARD, goal_id) or Heard(goal_id)
        heard.heard += known is None
        heard.voters += first_vote
        heard.contributors += first_idea
        voice.voted |= voted
        voice.contributed |= contributed
        self.write(VOICES, voice)
        self.write(HEARD, heard)


@lru_cache(maxsize=4096)  # asked for several times for one vote
def voice_id(goal_id: UUID, member_id: UUID) -> str:
    """One voice per goal and member."""
    return f"{goal_id}:{member_id}"


def fact_id(fact: Fact, thing_id: UUID) -> str:
    """Each thing is counted once as each kind of fact."""
    return f"{fact.value}:{thing_id}"


def check_in_id(key_result_id: UUID, number: int) -> str:
    """Check-ins of a key result are numbered as they were told; as text they sort by it."""
    return f"{key_result_id}:{number:08}"


def soon_after(at: datetime) -> datetime:
    """The next quarter of a second: parts that change together leave one word for the whole."""
    return at + SOON - (at - at.replace(microsecond=0)) % SOON
