"""A case: a complaint, a question or praise, from the filing until nothing is left to do (R1, R10)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from contracts.messages import Audience
from contracts.responses import (
    CaseAssigned,
    CaseBreached,
    CaseFiled,
    CaseIsOpen,
    CaseIsResolved,
    CaseKind,
    CaseNoted,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseState,
    ClockBreached,
    ConcernEvent,
    JoinersChanged,
)
from services.responses.policy import Target

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a case is due for which nobody waits: it comes last in every order


@dataclass
class Case:
    """Joining never writes it, but for the first (`slotted`); what is said here is the desk's doing, and few do it.

    `round` counts the replies and resolutions: each settles all clocks of the rounds before it. `due` is the earliest
    open clock of this round as far as is known; `breached`, whether one of them was. `counted` is how far each slot had
    come when the joiners were last counted.
    """

    id: UUID
    kind: CaseKind
    subject: str
    tags: tuple[str, ...]
    words: tuple[str, ...]
    goal_id: UUID | None
    filer_id: UUID
    posted_at: datetime
    filed_at: datetime
    target: Target
    due: datetime = NEVER
    state: CaseState = CaseState.OPEN
    assignee_id: UUID | None = None
    replied_at: datetime | None = None
    resolved_at: datetime | None = None
    breached: bool = False
    round: int = 0
    slotted: bool = False
    joiners: int = 0
    counted: dict[int, int] = field(default_factory=dict)
    version: int = 1

    def file(self, audience: Audience, due_at: datetime) -> list[CaseFiled]:
        """Be on record, and a first reply promised."""
        self.due = due_at
        told = {"kind": self.kind, "filer_id": self.filer_id, "audience": audience, "due_at": due_at}
        return [CaseFiled(**self._about, **told, posted_at=self.posted_at, filed_at=self.filed_at)]

    def admit_joiners(self) -> None:
        """Refuse who comes too late to join: `CaseIsResolved` (R2)."""
        if self.state is CaseState.RESOLVED:
            raise CaseIsResolved(path=("caseId",))

    def assign(self, assignee_id: UUID | None, by: UUID, at: datetime) -> list[CaseAssigned]:
        """Be somebody's to answer, or nobody's; no clock is touched (rule 15)."""
        if assignee_id == self.assignee_id:
            return []
        self.assignee_id = assignee_id
        self.version += 1
        return [CaseAssigned(**self._about, assignee_id=assignee_id, assigned_by=by, assigned_at=at)]

    def note(self, by: UUID, at: datetime) -> list[CaseNoted]:
        """Have something noted among the desk."""
        self.version += 1
        return [CaseNoted(**self._about, author_id=by, noted_at=at)]

    def reply(self, by: UUID, at: datetime) -> list[CaseReplied]:
        """Answer everyone who waits: nobody does any more (R5)."""
        self.replied_at = self.replied_at or at
        self._end_round()
        return [CaseReplied(**self._about, author_id=by, replied_at=at)]

    def resolve(self, by: UUID, at: datetime) -> list[CaseResolved]:
        """Be done with; already so is nothing new."""
        if self.state is CaseState.RESOLVED:
            return []
        self.state, self.resolved_at = CaseState.RESOLVED, at
        self._end_round()
        return [CaseResolved(**self._about, resolved_by=by, resolved_at=at)]

    def reopen(self, by: UUID, at: datetime) -> list[CaseReopened]:
        """Have something left to do after all. Refuses `CaseIsOpen`."""
        if self.state is CaseState.OPEN:
            raise CaseIsOpen(path=("caseId",))
        self.state, self.resolved_at = CaseState.OPEN, None
        self.version += 1
        return [CaseReopened(**self._about, reopened_by=by, reopened_at=at)]

    def hear(self, events: Sequence[ConcernEvent]) -> list[CaseBreached]:
        """Learn what became of a clock of this round: the first that is breached is news of the case."""
        breach = next((event for event in events if isinstance(event, ClockBreached)), None)
        if breach is None or self.breached:
            return []
        self.breached = True
        self.version += 1
        return [CaseBreached(**self._about, due_at=breach.due_at, breached_at=breach.breached_at)]

    def count(
        self, joiners: int, counted: dict[int, int], due: datetime | None, breached: bool
    ) -> list[JoinersChanged]:
        """Know how many have joined, when the earliest of them is due (rule 16), and whether any was let down."""
        before = (self.joiners, self.due, self.breached)
        self.joiners, self.due, self.breached = joiners, due or NEVER, breached
        self.counted = counted
        if (self.joiners, self.due, self.breached) == before:
            return []
        self.version += 1
        return [JoinersChanged(case_id=self.id, joiners=joiners, version=self.version)]

    def _end_round(self) -> None:
        self.round += 1
        self.due, self.breached = NEVER, False
        self.version += 1

    @property
    def _about(self) -> dict[str, object]:
        return {"case_id": self.id, "goal_id": self.goal_id, "version": self.version}


def words_of(text: str) -> tuple[str, ...]:
    """The distinct words of a text as they are searched: without case, accents and width."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return tuple(dict.fromkeys(re.findall(r"\w+", bare)))
