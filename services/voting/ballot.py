"""A ballot: what it declared at its opening, who may vote on it, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.messages import Member
from contracts.voting import (
    Anonymity,
    BallotClosed,
    BallotDecided,
    BallotExtended,
    BallotIsClosed,
    BallotOpened,
    BallotState,
    ClosesInThePast,
    Counts,
    NotAnExtension,
    NotAPosition,
    NotEligible,
    Position,
    Publication,
    Terms,
    VoteCast,
    VoteWithdrawn,
    support_of,
)

GRACE = timedelta(seconds=1)  # a vote that arrived in time may still be on its way to us (P15)


@dataclass
class Ballot:
    """Votes never write it (P13); only opening, extending, closing and deciding do."""

    id: UUID
    terms: Terms
    owner_id: UUID
    goal_id: UUID
    challenge_id: UUID | None
    question: str | None
    opened_at: datetime
    state: BallotState = BallotState.OPEN
    closed_at: datetime | None = None
    version: int = 1

    def open(self) -> list[BallotOpened]:
        """Begin to take votes. Refuses terms that no ballot can keep (`Terms.check`), and `ClosesInThePast`."""
        self.terms.check()
        if self.terms.closes_at and self.terms.closes_at <= self.opened_at:
            raise ClosesInThePast(path=("terms", "closesAt"))
        return [BallotOpened(**self._about, terms=self.terms)]

    def admit(self, member: Member, at: datetime) -> None:
        """Refuse who may not vote, or came at or after the closing: `NotEligible`, `BallotIsClosed` (V4, P16)."""
        if member.audience not in self.terms.audiences:
            raise NotEligible
        if self.state is not BallotState.OPEN or (self.terms.closes_at and at >= self.terms.closes_at):
            raise BallotIsClosed

    def accept(self, choice: Position) -> None:
        """Refuse a choice that was not declared: `NotAPosition` (V2)."""
        if choice not in self.terms.positions:
            declared = ", ".join(position.value for position in self.terms.positions)
            raise NotAPosition(f"This ballot does not offer {choice.value}. Choose one of: {declared}.", ("choice",))

    def extend(self, closes_at: datetime, by: UUID, at: datetime) -> list[BallotExtended]:
        """Close later than declared (V5). Refuses `BallotIsClosed`, `ClosesInThePast`, `NotAnExtension`."""
        if self.state is not BallotState.OPEN or (self.terms.closes_at and at >= self.terms.closes_at):
            raise BallotIsClosed
        if closes_at <= at:
            raise ClosesInThePast(path=("closesAt",))
        if self.terms.closes_at is None or closes_at <= self.terms.closes_at:
            raise NotAnExtension(path=("closesAt",))
        self.terms = self.terms.model_copy(update={"closes_at": closes_at})
        self.version += 1
        return [BallotExtended(**self._about, closes_at=closes_at, extended_by=by)]

    def begin_closing(self, at: datetime) -> bool:
        """Take no more votes; whether that is news (P15, step 1). It closes as declared, if that is past."""
        if self.state is not BallotState.OPEN:
            return False
        declared = self.terms.closes_at
        self.closed_at = declared if declared and declared <= at else at
        self.state = BallotState.CLOSING
        self.version += 1
        return True

    def close(self, turnout: int, tally_version: int, counts: Counts) -> list[BallotClosed]:
        """Be closed, with the final tally; every gate is written by now (P15, step 2)."""
        if self.state is not BallotState.CLOSING or self.closed_at is None:
            return []
        self.state = BallotState.CLOSED
        self.version += 1
        told = {"closed_at": self.closed_at, "turnout": turnout, "tally_version": tally_version, "counts": counts}
        return [BallotClosed(**self._about, **told)]

    def decide(self, turnout: int, counts: Counts) -> list[BallotDecided]:
        """Be decided by a count of the papers (P15, step 3). A stance ballot has one round: each option for itself."""
        if self.state is not BallotState.CLOSED:
            return []
        self.state = BallotState.DECIDED
        self.version += 1
        support = {option: support_of(positions) for option, positions in counts.items()}
        return [BallotDecided(**self._about, turnout=turnout, rounds=(counts,), support=support)]

    @property
    def is_over(self) -> bool:
        """Whether its papers can not change any more."""
        return self.state in (BallotState.CLOSED, BallotState.DECIDED)

    def shows_results(self, voted: bool) -> bool:
        """Whether counts are shown now to someone who has voted or has not (V3)."""
        publication = self.terms.publication
        return self.is_over or publication is Publication.ALWAYS or (publication is Publication.AFTER_VOTE and voted)

    def vote_cast(self, paper_id: str, version: int, member_id: UUID, option_id: UUID, choice: Position) -> VoteCast:
        """The fact of a vote; a confidential ballot keeps the choice to itself (P13)."""
        shown = choice if self.terms.anonymity is Anonymity.NAMED else None
        return VoteCast(**self._vote(paper_id, version, member_id, option_id), choice=shown)

    def vote_withdrawn(self, paper_id: str, version: int, member_id: UUID, option_id: UUID) -> VoteWithdrawn:
        """The fact of a vote taken back."""
        return VoteWithdrawn(**self._vote(paper_id, version, member_id, option_id))

    def _vote(self, paper_id: str, version: int, member_id: UUID, option_id: UUID) -> dict[str, object]:
        told = {"paper_id": paper_id, "version": version, "member_id": member_id, "option_id": option_id}
        return told | {"ballot_id": self.id, "goal_id": self.goal_id}

    @property
    def _about(self) -> dict[str, object]:
        told = {"ballot_id": self.id, "goal_id": self.goal_id, "challenge_id": self.challenge_id}
        return told | {"version": self.version}
