"""Everything that may be said to, heard from, and refused by voting."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.messages import (
    Audience,
    Command,
    Data,
    Event,
    Invalid,
    MayBeEarly,
    Moment,
    NotAllowed,
    Page,
    Query,
    Refused,
    Window,
    derived,
)
from contracts.purpose import Purpose


class Position(StrEnum):
    """Where a member may stand towards one option (V1, stance)."""

    SUPPORT = "support"
    AGREE = "agree"
    PASS = "pass"
    ABSTAIN = "abstain"
    DISAGREE = "disagree"
    BLOCK = "block"


class Method(StrEnum):
    """The counting rule, named apart from the envelope (V1)."""

    STANCE = "stance"


class Anonymity(StrEnum):
    """How much of a vote is shown: who voted how (named), that they voted (confidential) (V3, V8)."""

    NAMED = "named"
    CONFIDENTIAL = "confidential"


class Publication(StrEnum):
    """When counts are shown: always, to those who voted, or at the close (V3)."""

    ALWAYS = "always"
    AFTER_VOTE = "after_vote"
    AT_CLOSE = "at_close"


class Change(StrEnum):
    """How often a member may change their mind about an option (V4)."""

    FREE = "free"
    ONCE = "once"
    FINAL = "final"


class BallotState(StrEnum):
    """Open takes votes; closing takes none and is being fenced; closed is final; decided is counted."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    DECIDED = "decided"


Counts = dict[UUID, dict[Position, int]]


class Terms(Data):
    """What a ballot declares at its opening and never loosens (V3).

    `at_least` marks are needed before any of a paper's count; `at_most` bounds a paper. `support` names the positions
    that count as support for an option.
    """

    method: Method = Method.STANCE
    positions: tuple[Position, ...] = (Position.SUPPORT,)
    anonymity: Anonymity = Anonymity.NAMED
    publication: Publication = Publication.ALWAYS
    change: Change = Change.FREE
    audiences: frozenset[Audience] = frozenset(Audience)
    public: bool = False
    at_least: int = Field(default=1, ge=1, le=50)
    at_most: int | None = Field(default=None, ge=1)
    closes_at: Moment | None = None


class OptionText(Data):
    """One option put to a vote of its own."""

    id: UUID
    title: str = Field(min_length=1, max_length=200)


# -- said to voting ---------------------------------------------------------------------------------------------------


class OpenBallot(Command):
    """Put options to a vote of their own, apart from any challenge. The ballot takes the command's id."""

    question: str = Field(min_length=1, max_length=300)
    purpose: Purpose
    terms: Terms
    options: tuple[OptionText, ...] = Field(min_length=1, max_length=1000)


class CastVote(Command):
    """Mark one option on the member's paper."""

    ballot_id: UUID
    option_id: UUID
    choice: Position

    @property
    def key(self) -> str:
        """The paper."""
        return paper_id(self.ballot_id, self.member.id)


class WithdrawVote(Command):
    """Take back the member's mark on one option."""

    ballot_id: UUID
    option_id: UUID

    @property
    def key(self) -> str:
        """The paper."""
        return paper_id(self.ballot_id, self.member.id)


class CloseBallot(Command):
    """Stop taking votes now (V5)."""

    ballot_id: UUID

    @property
    def key(self) -> str:
        """The ballot."""
        return str(self.ballot_id)


class ExtendBallot(Command):
    """Move the closing to a later time; logged as an event (V5)."""

    ballot_id: UUID
    closes_at: Moment

    @property
    def key(self) -> str:
        """The ballot."""
        return str(self.ballot_id)


# -- heard from voting ------------------------------------------------------------------------------------------------


class BallotEvent(Event):
    """Something that happened to a ballot."""

    topic: ClassVar[str] = "voting.ballots"

    ballot_id: UUID
    goal_id: UUID | None
    challenge_id: UUID | None

    @property
    def key(self) -> str:
        """The ballot."""
        return str(self.ballot_id)


class BallotOpened(BallotEvent):
    """A ballot takes votes."""

    terms: Terms


class BallotExtended(BallotEvent):
    """A ballot closes later than it had declared."""

    closes_at: Moment
    extended_by: UUID


class BallotClosed(BallotEvent):
    """A ballot takes no more votes; this is its final tally. `version` of the tally is the newest there is (P17)."""

    closed_at: Moment
    turnout: int
    tally_version: int
    counts: Counts


class BallotDecided(BallotEvent):
    """The papers were counted. Rounds show every step; a stance ballot has one, and each option its own result."""

    turnout: int
    rounds: tuple[Counts, ...]
    support: dict[UUID, int]


class VoteEvent(Event):
    """Something that a member did to their paper."""

    topic: ClassVar[str] = "voting.votes"

    paper_id: str
    ballot_id: UUID
    goal_id: UUID | None
    member_id: UUID
    option_id: UUID

    @property
    def key(self) -> str:
        """The paper."""
        return self.paper_id


class VoteCast(VoteEvent):
    """A member marked an option. `choice` is None where the ballot keeps it to itself (P13)."""

    choice: Position | None


class VoteWithdrawn(VoteEvent):
    """A member took back a mark."""


class TallyChanged(Event):
    """How the votes stand, of the options that moved. Newest `version` wins, per option (P17).

    `counts` is None while results are not public: then only the turnout is told.
    """

    topic: ClassVar[str] = "voting.tallies"
    kept_for_seconds: ClassVar[int | None] = 86_400

    ballot_id: UUID
    turnout: int
    counts: Counts | None

    @property
    def key(self) -> str:
        """The ballot."""
        return str(self.ballot_id)


# -- asked of voting --------------------------------------------------------------------------------------------------


class Ballot(Data):
    """A ballot, as anyone who may see it sees it."""

    id: UUID
    question: str | None
    goal_id: UUID | None
    challenge_id: UUID | None
    terms: Terms
    state: BallotState
    opened_at: Moment
    closed_at: Moment | None
    version: int


class Option(Data):
    """One option of a ballot. `title` is None where another street holds the text (an idea)."""

    id: UUID
    ballot_id: UUID
    title: str | None
    dropped: bool


class Tally(Data):
    """How the votes stand; `counts` is None where they are not shown to this viewer (yet)."""

    ballot_id: UUID
    version: int
    turnout: int
    counts: Counts | None


class Paper(Data):
    """One member's marks on one ballot. `counted` is False while fewer than the ballot's `at_least` are made."""

    id: str
    ballot_id: UUID
    member_id: UUID
    marks: dict[UUID, Position]
    counted: bool
    version: int


class Outcome(Data):
    """What the count of a decided ballot found."""

    ballot_id: UUID
    turnout: int
    rounds: tuple[Counts, ...]
    support: dict[UUID, int]


class BallotsNamed(Query):
    """Ballots by id, in the order asked; None where there is none to see."""

    answer = list[Ballot | None]

    ballot_ids: tuple[UUID, ...] = Field(max_length=1000)


class TalliesOf(Query):
    """Tallies of ballots; of `option_ids` alone where given (at most 1,000), else of every option."""

    answer = list[Tally | None]

    ballot_ids: tuple[UUID, ...] = Field(max_length=1000)
    option_ids: tuple[UUID, ...] | None = Field(default=None, max_length=1000)


class OptionsPage(Query):
    """The options of a ballot in the order they were added."""

    answer = Page[Option]

    ballot_id: UUID
    window: Window


class MyPapers(Query):
    """The viewer's own papers on ballots, in the order asked; None where they marked nothing."""

    answer = list[Paper | None]

    ballot_ids: tuple[UUID, ...] = Field(max_length=1000)


class PapersPage(Query):
    """The papers of a *named* ballot, for those who may see its results."""

    answer = Page[Paper]

    ballot_id: UUID
    window: Window


class OutcomesOf(Query):
    """Outcomes of decided ballots, in the order asked."""

    answer = list[Outcome | None]

    ballot_ids: tuple[UUID, ...] = Field(max_length=1000)


# -- refused by voting ------------------------------------------------------------------------------------------------


class NoSuchBallot(MayBeEarly):
    """There is no ballot with this id."""

    status = 404


class NoSuchOption(MayBeEarly):
    """This ballot has no such option."""

    status = 404


class OptionIsDropped(Refused):
    """This option was taken off the ballot."""


class BallotIsClosed(Refused):
    """The ballot no longer takes votes."""


class NotEligible(NotAllowed):
    """This ballot is for other audiences."""


class NotAPosition(Invalid):
    """This ballot does not offer that position. Choose one it declares."""


class VoteIsFinal(Refused):
    """On this ballot a mark may not be changed any more."""


class TooManyMarks(Refused):
    """Your paper holds as many marks as this ballot allows. Withdraw one first."""


class NothingToWithdraw(Refused):
    """There is no mark of yours on this option."""


class ClosesInThePast(Invalid):
    """The closing must lie in the future."""


class NotAnExtension(Invalid):
    """A ballot may only be closed later than declared this way, not earlier."""


class PapersAreSecret(NotAllowed):
    """On this ballot nobody is shown who voted how."""


class ResultsAreHidden(NotAllowed):
    """The results of this ballot are not shown to you yet."""


class DoubledPosition(Invalid):
    """A ballot names each of its positions once."""


class DoubledOption(Invalid):
    """A ballot names each of its options once."""


# -- ids that streets agree on (P9, P13) ------------------------------------------------------------------------------


def standing_ballot(challenge_id: UUID) -> UUID:
    """The ballot that stands while a challenge gathers."""
    return derived(challenge_id, "standing")


def paper_id(ballot_id: UUID, member_id: UUID) -> str:
    """One paper per ballot and member."""
    return f"{ballot_id}:{member_id}"


def support_of(counts: dict[Position, int]) -> int:
    """How many stand behind an option: its support and agree marks."""
    return counts.get(Position.SUPPORT, 0) + counts.get(Position.AGREE, 0)
