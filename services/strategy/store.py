"""What strategy keeps: goals, and the voices heard for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.kept import Index, Kept, Ref
from chassis.store import Store
from contracts.strategy import NoSuchGoal, Voices
from services.strategy.goal import Goal


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
    """How many distinct members were heard for a goal, in all and by what; kept apart from the goal."""

    id: UUID
    heard: int = 0
    voters: int = 0
    contributors: int = 0

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
    ),
)
VOICES = Kept("voices", Voice)
HEARD = Kept("voices_heard", Heard)


class Goals(Store):
    """Strategy's state."""

    kept = (GOALS, VOICES, HEARD, MEMBERS)

    @staticmethod
    def named(message: Any, replica: str) -> Iterable[Ref]:
        """The goal that a message is about."""
        return (GOALS.ref(message.goal_id),)

    @staticmethod
    def voice_of_voter(message: Any, replica: str) -> Iterable[Ref]:
        """The voice that a vote makes heard."""
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

    def save(self, goal: Goal) -> None:
        """Keep a goal."""
        self.write(GOALS, goal)

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


def voice_id(goal_id: UUID, member_id: UUID) -> str:
    """One voice per goal and member."""
    return f"{goal_id}:{member_id}"
