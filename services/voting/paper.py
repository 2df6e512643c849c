"""One member's paper on one ballot: what they marked, and whether they may (P13)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.messages import Member
from contracts.voting import (
    Change,
    NothingToWithdraw,
    Position,
    TooManyMarks,
    VoteCast,
    VoteIsFinal,
    VoteWithdrawn,
    paper_id,
)
from services.voting.ballot import Ballot

Marks = dict[UUID, Position]


@dataclass
class Paper:
    """One member, one voice. A change of mind replaces the earlier mark."""

    id: str
    ballot_id: UUID
    member_id: UUID
    marks: Marks = field(default_factory=dict)
    changes: dict[UUID, int] = field(default_factory=dict)
    version: int = 0

    @classmethod
    def empty(cls, ballot_id: UUID, member_id: UUID) -> "Paper":
        """A paper without marks."""
        return cls(paper_id(ballot_id, member_id), ballot_id, member_id)

    def mark(self, option_id: UUID, choice: Position, ballot: Ballot, member: Member, at: datetime) -> list[VoteCast]:
        """Mark one option; the same mark again is nothing new.

        Refuses `NotEligible`, `BallotIsClosed`, `NotAPosition`, `TooManyMarks`, `VoteIsFinal` (V2, V4).
        """
        ballot.admit(member, at)
        ballot.accept(choice)
        before = self.marks.get(option_id)
        if before == choice:
            return []
        if before is not None:
            self._allow_change(option_id, ballot)
        elif ballot.terms.at_most is not None and len(self.marks) >= ballot.terms.at_most:
            raise TooManyMarks(f"Your paper may hold {ballot.terms.at_most} marks. Withdraw one first.")
        self.marks[option_id] = choice
        self.version += 1
        return [ballot.vote_cast(self.id, self.version, self.member_id, option_id, choice)]

    def withdraw(self, option_id: UUID, ballot: Ballot, member: Member, at: datetime) -> list[VoteWithdrawn]:
        """Take a mark back. Refuses as `mark` does, and `NothingToWithdraw`."""
        ballot.admit(member, at)
        if option_id not in self.marks:
            raise NothingToWithdraw
        self._allow_change(option_id, ballot)
        del self.marks[option_id]
        self.version += 1
        return [ballot.vote_withdrawn(self.id, self.version, self.member_id, option_id)]

    def counted(self, at_least: int) -> Marks:
        """The marks that count: all, or none while there are fewer than the ballot asks for (I3)."""
        return dict(self.marks) if len(self.marks) >= at_least else {}

    def _allow_change(self, option_id: UUID, ballot: Ballot) -> None:
        allowed = {Change.FREE: None, Change.ONCE: 1, Change.FINAL: 0}[ballot.terms.change]
        made = self.changes.get(option_id, 0)
        if allowed is not None and made >= allowed:
            raise VoteIsFinal
        if allowed is not None:
            self.changes[option_id] = made + 1
