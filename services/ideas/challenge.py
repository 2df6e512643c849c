"""A challenge: a question put to the community for a purpose, and the phases it goes through (I1, S5)."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from contracts.ideas import (
    ChallengeDecided,
    ChallengeDelivered,
    ChallengeOpened,
    DecidingStarted,
    NotInvited,
    Phase,
    PhaseEvent,
    PhaseIsPast,
    PhasePlan,
    PhaseTakesNoIdeas,
    PlanIsNotInOrder,
    ShortlistingStarted,
    Stance,
    Switches,
)
from contracts.messages import Audience, Member
from contracts.purpose import Purpose

EVENT_OF: dict[Phase, type[PhaseEvent]] = {
    Phase.SHORTLISTING: ShortlistingStarted,
    Phase.DECIDING: DecidingStarted,
    Phase.DECIDED: ChallengeDecided,
    Phase.DELIVERED: ChallengeDelivered,
}
BY_DEFAULT = {Phase.GATHERING: Switches(ideas=True, votes=True)}


@dataclass
class Challenge:
    """Gathering, shortlisting, deciding, decided, delivered: by plan or by hand, and never back."""

    id: UUID
    question: str
    description: str
    purpose: Purpose
    goal_id: UUID
    owner_id: UUID
    decision_date: datetime | None
    audiences: frozenset[Audience]
    public: bool
    stance: Stance
    plan: tuple[PhasePlan, ...]
    ideas_per_member: int | None
    threshold: int | None
    opened_at: datetime
    phase: Phase = Phase.GATHERING
    version: int = 1
    phases: dict[Phase, datetime] = field(default_factory=dict)  # when each one passed began

    def open(self) -> list[ChallengeOpened]:
        """Be put to the community. Refuses `PlanIsNotInOrder`, and a stance that no ballot can keep (`Terms.check`)."""
        self._check_plan()
        self.stance.terms(self.audiences, self.public, None).check(path=("stance",))
        self.phases = {Phase.GATHERING: self.opened_at}
        opened = ChallengeOpened(
            challenge_id=self.id,
            version=self.version,
            goal_id=self.goal_id,
            audiences=self.audiences,
            public=self.public,
            owner_id=self.owner_id,
            opened_at=self.opened_at,
            stance=self.stance,
            votes_until=self._votes_until(),
            decision_date=self.decision_date,
        )
        return [opened]

    def advance(self, phase: Phase, at: datetime) -> list[PhaseEvent]:
        """Enter a later phase, never before the present one began. Refuses `PhaseIsPast`."""
        if phase.order <= self.phase.order:
            raise PhaseIsPast(f"The challenge is {self.phase.value} already. It only moves on to a later phase.")
        at = max(at, self.phases[self.phase])
        self.phase = phase
        self.phases[phase] = at
        self.version += 1
        entered = EVENT_OF[phase](
            challenge_id=self.id,
            version=self.version,
            goal_id=self.goal_id,
            audiences=self.audiences,
            public=self.public,
            started_at=at,
            votes_open=self.switches(phase).votes,
        )
        return [entered]

    def invite(self, member: Member) -> None:
        """Refuse whom the challenge is not for: `NotInvited`; or what its phase does not take: `PhaseTakesNoIdeas`."""
        if member.audience not in self.audiences:
            raise NotInvited
        if not self.switches(self.phase).ideas:
            raise PhaseTakesNoIdeas

    def switches(self, phase: Phase) -> Switches:
        """What members may do in a phase."""
        planned = next((each.open for each in self.plan if each.phase is phase), None)
        return planned or BY_DEFAULT.get(phase, Switches())

    def next_planned(self) -> PhasePlan | None:
        """The next phase that begins by itself."""
        return next((each for each in self.plan if each.starts and each.phase.order > self.phase.order), None)

    def _votes_until(self) -> datetime | None:
        """When the first planned phase without votes begins (V5)."""
        return next((each.starts for each in self.plan if each.starts and not each.open.votes), None)

    def _check_plan(self) -> None:
        orders = [each.phase.order for each in self.plan]
        starts = [self.opened_at, *(each.starts for each in self.plan if each.starts)]
        rising = all(earlier < later for earlier, later in pairwise(starts))
        in_order = all(earlier < later for earlier, later in pairwise(orders))
        gathering_is_timed = any(each.starts for each in self.plan if each.phase is Phase.GATHERING)
        if not (rising and in_order) or gathering_is_timed:
            raise PlanIsNotInOrder(path=("plan",))
        votes = [self.switches(Phase.GATHERING).votes, *(each.open.votes for each in self.plan)]
        if not votes[0] or any(later and not earlier for earlier, later in pairwise(votes)):
            raise PlanIsNotInOrder(
                "Votes are open from the start. A plan can close them, but not open them again.", ("plan",)
            )
