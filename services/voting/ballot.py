"""A ballot: what it declared at its opening, who may vote on it, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.messages import Member
from contracts.voting import (
    MOST_RANKED,
    Anonymity,
    BallotClosed,
    BallotDecided,
    BallotExtended,
    BallotIsClosed,
    BallotOpened,
    BallotState,
    BallotTakesSingleVotes,
    BallotTakesWholePapers,
    ClosesInThePast,
    Counts,
    EnvelopeAdmitsNothing,
    Found,
    Method,
    NotAnExtension,
    NotAPosition,
    NotEligible,
    PaperHandedIn,
    PaperWithdrawn,
    Position,
    Publication,
    Standing,
    Terms,
    TooManyToRank,
    VoteCast,
    VoteWithdrawn,
    standing_ballot,
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

    def open(self, options: int = 0) -> list[BallotOpened]:
        """Begin to take votes on so many options, as far as they are known.

        Refuses terms that no ballot can keep (`Terms.check`), `EnvelopeAdmitsNothing`, `TooManyToRank`,
        `ClosesInThePast`.
        """
        self.terms.check()
        if options and self.takes_whole_papers and self.terms.at_least > options:
            raise EnvelopeAdmitsNothing(path=("terms", "atLeast"))
        if options > MOST_RANKED and self.terms.method is Method.INSTANT_RUNOFF:
            raise TooManyToRank(path=("options",))
        if self.terms.closes_at and self.terms.closes_at <= self.opened_at:
            raise ClosesInThePast(path=("terms", "closesAt"))
        return [BallotOpened(**self._about, terms=self.terms)]

    def admit(self, member: Member, at: datetime) -> None:
        """Refuse who may not vote, or came at or after the closing: `NotEligible`, `BallotIsClosed` (V4, P16)."""
        roles = self.terms.roles
        if member.audience not in self.terms.audiences or (roles is not None and not roles & member.roles):
            raise NotEligible
        if self.state is not BallotState.OPEN or (self.terms.closes_at and at >= self.terms.closes_at):
            raise BallotIsClosed

    def accept(self, choice: Position) -> None:
        """Refuse a choice that was not declared: `NotAPosition` (V2); any on whole papers: `BallotTakesWholePapers`."""
        self.take_votes()
        if choice not in self.terms.positions:
            declared = ", ".join(position.value for position in self.terms.positions)
            raise NotAPosition(f"This ballot does not offer {choice.value}. Choose one of: {declared}.", ("choice",))

    def take_votes(self) -> None:
        """Refuse a vote on one option where whole papers are taken: `BallotTakesWholePapers`."""
        if self.takes_whole_papers:
            raise BallotTakesWholePapers

    def take_papers(self) -> None:
        """Refuse a whole paper where every option is voted on by itself: `BallotTakesSingleVotes`."""
        if not self.takes_whole_papers:
            raise BallotTakesSingleVotes

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

    def close(self, turnout: int, tally_version: int, counts: Counts, standing: Standing) -> list[BallotClosed]:
        """Be closed, with the final tally; every gate is written by now (P15, step 2)."""
        if self.state is not BallotState.CLOSING or self.closed_at is None:
            return []
        self.state = BallotState.CLOSED
        self.version += 1
        told = {"closed_at": self.closed_at, "turnout": turnout, "tally_version": tally_version}
        return [BallotClosed(**self._about, **told, counts=counts, standing=standing)]

    def decide(self, found: Found) -> list[BallotDecided]:
        """Be decided by a count of the papers (P15, step 3)."""
        if self.state is not BallotState.CLOSED:
            return []
        self.state = BallotState.DECIDED
        self.version += 1
        return [BallotDecided(**self._about, **dict(found))]

    @property
    def takes_whole_papers(self) -> bool:
        """Whether members hand in whole papers, instead of voting on one option after the other."""
        return self.terms.method is not Method.STANCE

    @property
    def is_standing(self) -> bool:
        """Whether it stands while a challenge gathers, and weighs no idea against another."""
        return self.challenge_id is not None and self.id == standing_ballot(self.challenge_id)

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

    def paper_handed_in(self, paper_id: str, version: int, member_id: UUID, marks: dict[UUID, int]) -> PaperHandedIn:
        """The fact of a whole paper; a confidential ballot keeps the marks to itself (P13)."""
        shown = dict(marks) if self.terms.anonymity is Anonymity.NAMED else None
        return PaperHandedIn(**self._paper(paper_id, version, member_id), marks=shown)

    def paper_withdrawn(self, paper_id: str, version: int, member_id: UUID) -> PaperWithdrawn:
        """The fact of a whole paper taken back."""
        return PaperWithdrawn(**self._paper(paper_id, version, member_id))

    def _vote(self, paper_id: str, version: int, member_id: UUID, option_id: UUID) -> dict[str, object]:
        return self._paper(paper_id, version, member_id) | {"option_id": option_id}

    def _paper(self, paper_id: str, version: int, member_id: UUID) -> dict[str, object]:
        told = {"paper_id": paper_id, "version": version, "member_id": member_id}
        return told | {"ballot_id": self.id, "goal_id": self.goal_id}

    @property
    def _about(self) -> dict[str, object]:
        told = {"ballot_id": self.id, "goal_id": self.goal_id, "challenge_id": self.challenge_id}
        return told | {"version": self.version}
