"""Everything that may be said to, heard from, and refused by voting."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar
from uuid import UUID

from pydantic import Field, StrictInt

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
    Problem,
    Query,
    Refused,
    Role,
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
    """The counting rule, named apart from the envelope (V1).

    Stance takes votes option by option. The others take whole papers: of crosses (single, approval), of points
    (score), of ranks (instant runoff).
    """

    STANCE = "stance"
    SINGLE = "single"
    APPROVAL = "approval"
    SCORE = "score"
    INSTANT_RUNOFF = "instant_runoff"


class TieBreak(StrEnum):
    """What decides where options stand level (V3): people, so that the tie is the outcome; or who was listed first."""

    BY_HAND = "by_hand"
    EARLIEST_OPTION = "earliest_option"


class Verdict(StrEnum):
    """How a ballot ended (V6). Not passed: nobody won, and nobody was level."""

    WON = "won"
    TIE = "tie"
    NO_QUORUM = "no_quorum"
    NOT_PASSED = "not_passed"


class Anonymity(StrEnum):
    """How much of a vote is shown (V3, V8).

    Who voted how (named); that they voted (confidential); or neither, with roll and paper kept apart (detached).
    """

    NAMED = "named"
    CONFIDENTIAL = "confidential"
    DETACHED = "detached"


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
Standing = dict[UUID, int]

MOST_RANKED = 50  # options of an instant runoff: every round of it in one event must pass the broker (256 kB, P20)
MOST_ON_A_ROLL = 5_000


class Terms(Data):
    """What a ballot declares at its opening and never loosens (V3).

    `at_least` marks are needed before any of a paper's count; `at_most` bounds a paper. Points on a score ballot lie
    between `lowest` and `highest`. Members of the `audiences` may vote who hold one of the `roles` (None: with any or
    none) and, where it is `by_roll`, stand on the ballot's roll. `electorate` is how many may vote: as many as a roll
    names, or as declared. `quorum` is the least share of them that must have voted: votes cast ÷ electorate.
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
    lowest: int = Field(default=0, ge=-100, le=100)
    highest: int = Field(default=10, ge=-100, le=100)
    winners: int = Field(default=1, ge=1, le=50)
    tie_break: TieBreak = TieBreak.BY_HAND
    roles: frozenset[Role] | None = Field(default=None, min_length=1)
    by_roll: bool = False
    electorate: int | None = Field(default=None, ge=1)
    quorum: float | None = Field(default=None, gt=0, le=1)

    def check(self, path: tuple[str, ...] = ("terms",)) -> None:
        """Refuse terms that contradict themselves or that no ballot can keep; `path` is where they were named.

        `DoubledPosition`, `DetachedIsNotOffered`, `ElectorateIsUnknown`, `SeatsDoNotFit`, `EnvelopeAdmitsNothing`,
        `EnvelopeDoesNotFit`. Whoever asks for a ballot by event checks this first: a reaction has nobody to refuse.
        """
        if len(set(self.positions)) != len(self.positions):
            raise DoubledPosition(path=(*path, "positions"))
        if self.anonymity is Anonymity.DETACHED:
            raise DetachedIsNotOffered(path=(*path, "anonymity"))
        if self.quorum is not None and self.electorate is None:
            raise ElectorateIsUnknown(path=(*path, "quorum"))
        if self.method is Method.INSTANT_RUNOFF and self.winners > 1:
            raise SeatsDoNotFit(path=(*path, "winners"))
        if self.method is Method.SINGLE and self.at_most not in (None, 1):
            raise EnvelopeDoesNotFit(
                "A paper of this method bears one mark. Let it hold one at most.", (*path, "atMost")
            )
        most = 1 if self.method is Method.SINGLE else self.at_most
        if self.method is Method.SCORE and self.lowest > self.highest:
            raise EnvelopeAdmitsNothing(path=(*path, "highest"))
        if self.method is not Method.STANCE and most is not None and most < self.at_least:
            raise EnvelopeAdmitsNothing(path=(*path, "atMost"))


class Round(Data):
    """One step of a count: where each option in play stood, in the listed order, and what came of it (V6).

    An option stands as high as the papers that mark it (single, approval), as its points added up (score), or as the
    papers that prefer it to all others in play (instant runoff); then `exhausted` are those that name nobody in play.
    `tie_broken_by` names the step that decided, where the standing alone did not.
    """

    standing: Standing
    elected: tuple[UUID, ...] = ()
    eliminated: tuple[UUID, ...] = ()
    exhausted: int = 0
    tie_broken_by: TieBreak | None = None


class OptionText(Data):
    """One option put to a vote of its own."""

    id: UUID
    title: str = Field(min_length=1, max_length=200)


# -- said to voting ---------------------------------------------------------------------------------------------------


class OpenBallot(Command):
    """Put options to a vote of their own, apart from any challenge. The ballot takes the command's id.

    Where a `roll` is named, only its members may vote, and only who stood on it at the opening.
    """

    question: str = Field(min_length=1, max_length=300)
    purpose: Purpose
    terms: Terms
    options: tuple[OptionText, ...] = Field(min_length=1, max_length=1000)
    roll: tuple[UUID, ...] | None = Field(default=None, min_length=1, max_length=MOST_ON_A_ROLL)


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


class Mark(Data):
    """One mark on a whole paper: a rank from 1 (instant runoff), points (score), or 1: a cross (single, approval)."""

    option_id: UUID
    number: StrictInt


class HandInPaper(Command):
    """Hand in all of the member's marks at once, in place of those handed in before.

    For ballots of every method but stance.
    """

    ballot_id: UUID
    marks: tuple[Mark, ...] = Field(max_length=1000)

    @property
    def key(self) -> str:
        """The paper."""
        return paper_id(self.ballot_id, self.member.id)


class WithdrawPaper(Command):
    """Take back the whole paper that the member handed in."""

    ballot_id: UUID

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
    """A ballot takes no more votes; this is its final tally. `version` of the tally is the newest there is (P17).

    `counts` are a stance ballot's, `standing` that of a ballot of whole papers.
    """

    closed_at: Moment
    turnout: int
    tally_version: int
    counts: Counts
    standing: Standing = Field(default_factory=dict)


class Found(Data):
    """What the count of a ballot found (V6).

    `winners` stand in the order they won; `tied` are those whom no step of the tie-break chain could part, and
    `decided_by` names the steps that parted others. `eligible` is the electorate, where it is known. `rounds` and
    `support` are a stance ballot's, each option for itself; `count` is every round of a ballot of whole papers.
    `verdict` is None on a challenge's standing ballot, where no idea is weighed against another.
    """

    turnout: int
    rounds: tuple[Counts, ...]
    support: dict[UUID, int]
    verdict: Verdict | None = None
    winners: tuple[UUID, ...] = ()
    tied: tuple[UUID, ...] = ()
    decided_by: tuple[TieBreak, ...] = ()
    eligible: int | None = None
    count: tuple[Round, ...] = ()


class BallotDecided(Found, BallotEvent):
    """The papers were counted."""


class PaperEvent(Event):
    """Something that a member did to their paper."""

    topic: ClassVar[str] = "voting.votes"

    paper_id: str
    ballot_id: UUID
    goal_id: UUID | None
    member_id: UUID

    @property
    def key(self) -> str:
        """The paper."""
        return self.paper_id


class VoteEvent(PaperEvent):
    """Something that a member did to one mark on their paper."""

    option_id: UUID


class VoteCast(VoteEvent):
    """A member marked an option. `choice` is None where the ballot keeps it to itself (P13)."""

    choice: Position | None


class VoteWithdrawn(VoteEvent):
    """A member took back a mark."""


class PaperHandedIn(PaperEvent):
    """A member handed in a whole paper. `marks` are None where the ballot keeps them to itself (P13)."""

    marks: dict[UUID, int] | None


class PaperWithdrawn(PaperEvent):
    """A member took back the whole paper."""


class TallyChanged(Event):
    """How the votes stand, of the options that moved. Newest `version` wins, per option (P17).

    `counts` is None while results are not public: then only the turnout is told. `standing` is told of ballots of whole
    papers: the marks of each option (single, approval), its points (score), its first choices (instant runoff).
    """

    topic: ClassVar[str] = "voting.tallies"
    kept_for_seconds: ClassVar[int | None] = 86_400

    ballot_id: UUID
    turnout: int
    counts: Counts | None
    standing: Standing | None = None

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
    """How the votes stand; `counts` is None where they are not shown to this viewer (yet).

    `standing` is that of a ballot of whole papers: what the first round of its count would show if it closed now. So an
    instant runoff shows first choices alone while it is open; where votes would move on, only its count tells.
    """

    ballot_id: UUID
    version: int
    turnout: int
    counts: Counts | None
    standing: Standing | None = None


class Paper(Data):
    """One member's marks on one ballot. `counted` is False while fewer than the ballot's `at_least` are made.

    `marks` are positions on a stance ballot; `numbers` are the marks of a paper that was handed in whole.
    """

    id: str
    ballot_id: UUID
    member_id: UUID
    marks: dict[UUID, Position]
    counted: bool
    version: int
    numbers: dict[UUID, int] = Field(default_factory=dict)


class Outcome(Found):
    """What the count of a decided ballot found."""

    ballot_id: UUID


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
    """This ballot is for others. Its terms name the audiences and roles that may vote, and whether there is a roll."""


class NotAPosition(Invalid):
    """This ballot does not offer that position. Choose one it declares."""


class VoteIsFinal(Refused):
    """On this ballot a mark may not be changed any more."""


class TooManyMarks(Refused):
    """Your paper holds as many marks as this ballot allows. Withdraw one first."""


class NothingToWithdraw(Refused):
    """There is no mark of yours here."""


class ClosesInThePast(Invalid):
    """The closing must lie in the future."""


class NotAnExtension(Invalid):
    """A ballot may only be closed later than declared this way, not earlier."""


class PapersAreSecret(NotAllowed):
    """On this ballot nobody is shown who voted how."""


class ResultsAreHidden(NotAllowed):
    """The results of this ballot are not shown to you yet."""


class DetachedIsNotOffered(Invalid):
    """Ballots that keep roll and papers apart are not offered yet. Choose a confidential ballot."""


class ElectorateIsUnknown(Invalid):
    """A share of the eligible needs their number. Name a roll or the size of the electorate, or leave the share out."""


class SeatsDoNotFit(Invalid):
    """This method has one winner; for several choose another method."""


class EnvelopeAdmitsNothing(Invalid):
    """No paper could be valid. Let the highest mark be at least the lowest, and the most marks at least the fewest."""


class EnvelopeDoesNotFit(Invalid):
    """Papers of this envelope cannot be counted by this method. Declare the envelope that the method asks for."""


class MarkIsOutOfRange(Invalid):
    """This ballot takes no such mark. Choose one in its range."""


class OptionIsMarkedTwice(Invalid):
    """A paper marks an option once. Leave one of the two marks out."""


class RankingHasGaps(Invalid):
    """Rank from 1 on without gaps, each rank once."""


class TooFewMarks(Invalid):
    """This ballot needs more marks on a paper. Add some."""


class PaperIsInvalid(Invalid):
    """The paper breaks rules of the ballot; each is its own refusal."""

    def __init__(self, broken: list[Refused]) -> None:
        super().__init__()
        self.broken = broken

    @property
    def problems(self) -> tuple[Problem, ...]:
        """One for each broken rule."""
        return tuple(problem for rule in self.broken for problem in rule.problems)


class TooManyToRank(Invalid):
    """An instant runoff has at most 50 options. Put fewer to the vote, or choose another method."""


class RollIsTheElectorate(Invalid):
    """A roll says by itself how many may vote. Leave the size of the electorate out."""


class BallotTakesWholePapers(Refused):
    """This ballot takes whole papers. Hand one in, or withdraw yours."""


class BallotTakesSingleVotes(Refused):
    """On this ballot every option is voted on by itself. Cast a vote on one."""


class DoubledPosition(Invalid):
    """A ballot names each of its positions once."""


class DoubledOption(Invalid):
    """A ballot names each of its options once."""


# -- ids that streets agree on (P9, P13) ------------------------------------------------------------------------------


def standing_ballot(challenge_id: UUID) -> UUID:
    """The ballot that stands while a challenge gathers."""
    return derived(challenge_id, "standing")


def decision_ballot(challenge_id: UUID, attempt: int) -> UUID:
    """The ballot that decides a challenge; `attempt` counts from 1, up with every shortlist that is put to a vote."""
    return derived(challenge_id, "decision" if attempt == 1 else f"decision:{attempt}")


@lru_cache(maxsize=4096)  # asked for several times for one vote
def paper_id(ballot_id: UUID, member_id: UUID) -> str:
    """One paper per ballot and member."""
    return f"{ballot_id}:{member_id}"


def support_of(counts: Mapping[Position, int]) -> int:
    """How many stand behind an option: its support and agree marks."""
    return counts.get(Position.SUPPORT, 0) + counts.get(Position.AGREE, 0)
