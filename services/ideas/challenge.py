"""A challenge: a question put to the community for a purpose, and the phases it goes through (I1, I5, S5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from contracts.ideas import (
    BallotIsDeciding,
    ChallengeDecided,
    ChallengeDelivered,
    ChallengeEvent,
    ChallengeOpened,
    DecidingStarted,
    Decision,
    NotInvited,
    NotShortlisting,
    Phase,
    PhaseEvent,
    PhaseIsPast,
    PhaseMissed,
    PhasePlan,
    PhaseTakesNoComments,
    PhaseTakesNoIdeas,
    Setback,
    ShortlistChanged,
    ShortlistingResumed,
    ShortlistingStarted,
    ShortlistIsTooSmall,
    Stance,
)
from contracts.messages import Audience, Member
from contracts.purpose import Purpose
from contracts.voting import decision_ballot
from services.ideas import plan as plans
from services.ideas.shortlist import Shortlist

P = TypeVar("P", bound=PhaseEvent)
EVENT_OF: dict[Phase, type[PhaseEvent]] = {
    Phase.SHORTLISTING: ShortlistingStarted,
    Phase.DECIDED: ChallengeDecided,
    Phase.DELIVERED: ChallengeDelivered,
}


@dataclass
class Challenge:
    """Gathering, shortlisting, deciding, decided, delivered: by plan or by hand.

    It goes back only where its decision ballot brought no decision: to shortlisting, as often as that happens.
    """

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
    decision: Decision = field(default_factory=Decision)
    shortlist: Shortlist = field(default_factory=Shortlist)
    phase: Phase = Phase.GATHERING
    version: int = 1
    phases: dict[Phase, datetime] = field(default_factory=dict)  # when each one passed began, last
    plan_kept_until: datetime | None = None  # the last planned time that has come
    attempt: int = 0  # decision ballots so far
    ballot_closes_at: datetime | None = None
    setback: Setback | None = None
    missed: Phase | None = None
    adopted: tuple[UUID, ...] = ()

    def open(self) -> list[ChallengeOpened]:
        """Be put to the community.

        Refuses `PlanIsNotInOrder`, `ShortlistIsTooSmall`, and a stance or decision that no ballot can keep
        (`Terms.check`).
        """
        plans.check(self.plan, self.opened_at)
        self.stance.terms(self.audiences, self.public, None).check(path=("stance",))
        self.decision.terms(self.audiences, self.public, None).check(path=("decision",))
        if self.decision.winners > self.shortlist.limit:
            raise ShortlistIsTooSmall(path=("shortlistLimit",))
        self.phases = {Phase.GATHERING: self.opened_at}
        opened = ChallengeOpened(
            **self._about,
            owner_id=self.owner_id,
            opened_at=self.opened_at,
            stance=self.stance,
            votes_until=plans.votes_until(self.plan),
            decision_date=self.decision_date,
            decision=self.decision,
        )
        return [opened]

    # -- phases -----------------------------------------------------------------------------------------------------

    def advance(self, phase: Phase, at: datetime) -> list[PhaseEvent]:
        """Enter a later phase, never before the present one began.

        Refuses `PhaseIsPast`; `BallotIsDeciding` while one does; `ShortlistIsEmpty` and `ShortlistIsTooShort`, since
        deciding needs something to decide on.
        """
        if phase.order <= self.phase.order:
            raise PhaseIsPast(f"The challenge is {self.phase.value} already. It only moves on to a later phase.")
        if self.ballot_id:
            raise BallotIsDeciding
        if phase is Phase.DECIDING:
            return [self._begin_deciding(at)]
        return [self._enter(EVENT_OF[phase], phase, at)]

    def keep_plan(self) -> list[ChallengeEvent]:
        """Do what is planned next, now that its time has come: a phase begins, or is missed where it can not.

        Deciding can not begin without a shortlist: then the challenge is in shortlisting from here on, deciding begins
        by hand, and `missed` says so. What follows a decision by ballot can not begin before it; the time planned for
        decided was that of the ballot's closing.
        """
        planned = self.next_planned()
        if planned is None or planned.starts is None:
            return []
        self.plan_kept_until = planned.starts
        if planned.phase is Phase.DECIDED and self.ballot_id:
            return []
        if self._can_begin(planned.phase):
            return [*self.advance(planned.phase, planned.starts)]
        return self._miss(planned.phase, planned.starts)

    def next_planned(self) -> PhasePlan | None:
        """The next phase that begins by itself."""
        return plans.upcoming(self.plan, self.phase, self.plan_kept_until)

    def settle(self, setback: Setback | None, adopted: Iterable[UUID], at: datetime) -> list[PhaseEvent]:
        """Take what the ballot of the present attempt found: a decision, or else the way back to shortlisting (I5)."""
        if setback is not None:
            self.setback = setback
            told = {"reason": setback, "attempt": self.attempt}
            return [self._enter(ShortlistingResumed, Phase.SHORTLISTING, at, **told)]
        self.adopted = tuple(adopted)
        return [self._enter(ChallengeDecided, Phase.DECIDED, at, adopted=self.adopted)]

    @property
    def ballot_id(self) -> UUID | None:
        """The ballot that decides it now, if one does."""
        if self.phase is not Phase.DECIDING or not self.attempt:
            return None
        return decision_ballot(self.id, self.attempt)

    # -- the shortlist ----------------------------------------------------------------------------------------------

    def put_on_shortlist(self, idea_ids: Iterable[UUID]) -> tuple[UUID, ...]:
        """Shortlist ideas, and tell those that are new there. Refuses `NotShortlisting`, `ShortlistIsFull`."""
        self._must_be_shortlisting()
        return self.shortlist.put(idea_ids)

    def take_off_shortlist(self, idea_ids: Iterable[UUID]) -> tuple[UUID, ...]:
        """Shortlist ideas no more, and tell those that were. Refuses `NotShortlisting`."""
        self._must_be_shortlisting()
        return self.shortlist.take_off(idea_ids)

    def shortlist_changed(self) -> list[ChallengeEvent]:
        """Tell the shortlist after a change of it."""
        self.version += 1
        return [ShortlistChanged(**self._about, shortlist=self.shortlist.ideas)]

    # -- whom it is for ---------------------------------------------------------------------------------------------

    def invite(self, member: Member) -> None:
        """Refuse whom the challenge is not for: `NotInvited`; or what its phase does not take: `PhaseTakesNoIdeas`."""
        if member.audience not in self.audiences:
            raise NotInvited
        if not plans.planned(self.plan, self.phase).open.ideas:
            raise PhaseTakesNoIdeas

    def hear(self, member: Member) -> None:
        """Refuse a comment of whom the challenge is not for: `NotInvited`; or in its phase: `PhaseTakesNoComments`."""
        if member.audience not in self.audiences:
            raise NotInvited
        if not plans.planned(self.plan, self.phase).comments:
            raise PhaseTakesNoComments

    # -- within -----------------------------------------------------------------------------------------------------

    def _can_begin(self, phase: Phase) -> bool:
        if phase is Phase.DECIDING:
            return len(self.shortlist.ideas) >= self.decision.winners
        return phase.order < Phase.DECIDING.order or not self._awaits_ballot

    @property
    def _awaits_ballot(self) -> bool:
        """Whether nothing but a ballot is to decide it: one does, has tried, or was planned to."""
        if self.phase.order < Phase.DECIDING.order:
            return self.attempt > 0 or any(each.phase is Phase.DECIDING for each in self.plan)
        return self.ballot_id is not None

    def _begin_deciding(self, at: datetime) -> DecidingStarted:
        self.shortlist.check(self.decision.winners)
        at = max(at, self.phases[self.phase])
        decided = plans.planned(self.plan, Phase.DECIDED).starts
        closes_at = decided if decided and decided > at else at + timedelta(seconds=self.decision.open_for)
        self.attempt += 1
        self.ballot_closes_at, self.setback = closes_at, None
        told: dict[str, Any] = {"attempt": self.attempt, "shortlist": self.shortlist.ideas, "decision": self.decision}
        told |= {"owner_id": self.owner_id, "ballot_closes_at": closes_at}
        return self._enter(DecidingStarted, Phase.DECIDING, at, **told)

    def _enter(self, kind: type[P], phase: Phase, at: datetime, **told: Any) -> P:
        at = max(at, self.phases[self.phase])
        self.phase, self.missed = phase, None
        self.phases[phase] = at
        self.version += 1
        return kind(**self._about, started_at=at, votes_open=plans.take_votes(self.plan, self.phases), **told)

    def _miss(self, phase: Phase, planned_for: datetime) -> list[ChallengeEvent]:
        events: list[ChallengeEvent] = []
        if self.phase is Phase.GATHERING:
            events += [self._enter(ShortlistingStarted, Phase.SHORTLISTING, planned_for)]
        self.missed = phase
        self.version += 1
        return [*events, PhaseMissed(**self._about, phase=phase, planned_for=planned_for)]

    def _must_be_shortlisting(self) -> None:
        if self.phase is not Phase.SHORTLISTING:
            raise NotShortlisting

    @property
    def _about(self) -> dict[str, Any]:
        about = {"challenge_id": self.id, "version": self.version, "goal_id": self.goal_id}
        return about | {"audiences": self.audiences, "public": self.public}
