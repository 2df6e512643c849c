"""One member's paper on one ballot: what they marked, and whether they may (P13)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.messages import Member
from contracts.voting import (
    Change,
    Method,
    NothingToWithdraw,
    PaperHandedIn,
    PaperWithdrawn,
    Position,
    Standing,
    TooManyMarks,
    VoteCast,
    VoteIsFinal,
    VoteWithdrawn,
    paper_id,
)
from services.voting.ballot import Ballot
from services.voting.envelope import Envelope

Marks = dict[str, Position]  # by option, named as in the document: an id object for each would cost more than a vote
Listed = Iterable[tuple[UUID, int]]
Options = Mapping[UUID, bool]


@dataclass
class Paper:
    """One member, one voice. A change of mind replaces the earlier mark, or the earlier paper.

    `marks` are made one by one on a stance ballot; `numbers` are all the marks of a paper that is handed in whole.
    `changes` counts, per mark or for the whole paper (under the ballot's id), what the ballot may bound.
    """

    id: str
    ballot_id: UUID
    member_id: UUID
    marks: Marks = field(default_factory=dict)
    changes: dict[UUID, int] = field(default_factory=dict)
    version: int = 0
    numbers: Standing = field(default_factory=dict)

    @classmethod
    def empty(cls, ballot_id: UUID, member_id: UUID) -> "Paper":
        """A paper without marks."""
        return cls(paper_id(ballot_id, member_id), ballot_id, member_id)

    def mark(self, option_id: UUID, choice: Position, ballot: Ballot, member: Member, at: datetime) -> list[VoteCast]:
        """Mark one option; the same mark again is nothing new.

        Refuses `NotEligible`, `BallotIsClosed`, `BallotTakesWholePapers`, `NotAPosition`, `TooManyMarks`, `VoteIsFinal`
        (V2, V4).
        """
        ballot.admit(member, at)
        ballot.accept(choice)
        option = str(option_id)
        before = self.marks.get(option)
        if before == choice:
            return []
        if before is not None:
            self._allow_change(option_id, ballot)
        elif ballot.terms.at_most is not None and len(self.marks) >= ballot.terms.at_most:
            raise TooManyMarks(f"Your paper may hold {ballot.terms.at_most} marks. Withdraw one first.")
        self.marks[option] = choice
        self.version += 1
        return [ballot.vote_cast(self.id, self.version, self.member_id, option_id, choice)]

    def withdraw(self, option_id: UUID, ballot: Ballot, member: Member, at: datetime) -> list[VoteWithdrawn]:
        """Take a mark back. Refuses as `mark` does, and `NothingToWithdraw`."""
        ballot.admit(member, at)
        ballot.take_votes()
        if str(option_id) not in self.marks:
            raise NothingToWithdraw
        self._allow_change(option_id, ballot)
        del self.marks[str(option_id)]
        self.version += 1
        return [ballot.vote_withdrawn(self.id, self.version, self.member_id, option_id)]

    def hand_in(
        self, marks: Listed, options: Options, ballot: Ballot, member: Member, at: datetime
    ) -> list[PaperHandedIn]:
        """Make these all the marks there are, instead of those handed in before; the same again is nothing new.

        `options` are those that the marks name and the ballot has, and whether each was dropped. Refuses `NotEligible`,
        `BallotIsClosed`, `BallotTakesSingleVotes`, `PaperIsInvalid` with all that is wrong, `VoteIsFinal` (V2, V4).
        """
        ballot.admit(member, at)
        ballot.take_papers()
        dropped = {option for option, gone in options.items() if gone}
        numbers = Envelope.of(ballot.terms).accept(marks, options, dropped)
        if numbers == self.numbers:
            return []
        if self.numbers:
            self._allow_change(self.ballot_id, ballot)
        self.numbers = numbers
        self.version += 1
        return [ballot.paper_handed_in(self.id, self.version, self.member_id, numbers)]

    def withdraw_whole(self, ballot: Ballot, member: Member, at: datetime) -> list[PaperWithdrawn]:
        """Take the whole paper back. Refuses as `hand_in` does, and `NothingToWithdraw`."""
        ballot.admit(member, at)
        ballot.take_papers()
        if not self.numbers:
            raise NothingToWithdraw
        self._allow_change(self.ballot_id, ballot)
        self.numbers = {}
        self.version += 1
        return [ballot.paper_withdrawn(self.id, self.version, self.member_id)]

    @property
    def is_blank(self) -> bool:
        """Whether it bears no mark."""
        return not (self.marks or self.numbers)

    def counted(self, at_least: int) -> Marks:
        """The marks that count: all, or none while there are fewer than the ballot asks for (I3)."""
        return dict(self.marks) if len(self.marks) >= at_least else {}

    def weights(self, method: Method) -> Standing:
        """What a whole paper adds to each option's standing in the first round of its count (V10)."""
        if method is Method.SCORE:
            return dict(self.numbers)
        return {option: 1 for option, number in self.numbers.items() if number == 1}

    def _allow_change(self, what: UUID, ballot: Ballot) -> None:
        allowed = {Change.FREE: None, Change.ONCE: 1, Change.FINAL: 0}[ballot.terms.change]
        made = self.changes.get(what, 0)
        if allowed is not None and made >= allowed:
            raise VoteIsFinal
        if allowed is not None:
            self.changes[what] = made + 1
