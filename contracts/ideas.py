"""Everything that may be said to, heard from, and refused by ideas."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

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
)
from contracts.purpose import Purpose
from contracts.voting import Anonymity, Method, Position, Publication, Terms, TieBreak, Verdict

Title = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Body = Annotated[str, StringConstraints(max_length=20_000)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
Link = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2000)]


class Phase(StrEnum):
    """Where a challenge stands (I1)."""

    GATHERING = "gathering"
    SHORTLISTING = "shortlisting"
    DECIDING = "deciding"
    DECIDED = "decided"
    DELIVERED = "delivered"

    @property
    def order(self) -> int:
        """Its place in the life of a challenge."""
        return list(Phase).index(self)


class Switches(Data):
    """What members may do during one phase."""

    ideas: bool = False
    votes: bool = False


class PhasePlan(Data):
    """When a phase begins by itself (None: by hand), and what is open in it."""

    phase: Phase
    starts: Moment | None = None
    open: Switches = Switches()


class Stance(Data):
    """How ideas are supported while a challenge gathers (I3). `at_least` marks are needed before any count."""

    positions: tuple[Position, ...] = Field(default=(Position.SUPPORT,), min_length=1, max_length=6)
    anonymity: Anonymity = Anonymity.NAMED
    publication: Publication = Publication.ALWAYS
    at_least: int = Field(default=1, ge=1, le=50)
    at_most: int | None = Field(default=None, ge=1, le=10_000)

    def terms(self, audiences: frozenset[Audience], public: bool, closes_at: Moment | None) -> Terms:
        """The terms of the standing ballot."""
        return Terms(**dict(self), audiences=audiences, public=public, closes_at=closes_at)


class Decision(Data):
    """How a challenge is decided (I5): what its decision ballot declares, and for how many seconds it is open.

    `quorum` is votes cast ÷ electorate, so it needs an `electorate`. Bounds are those of a ballot's terms.
    """

    method: Method = Method.INSTANT_RUNOFF
    winners: int = Field(default=1, ge=1, le=50)
    quorum: float | None = Field(default=None, gt=0, le=1)
    electorate: int | None = Field(default=None, ge=1)
    tie_break: TieBreak = TieBreak.BY_HAND
    anonymity: Anonymity = Anonymity.NAMED
    publication: Publication = Publication.ALWAYS
    open_for: int = Field(default=7 * 86_400, ge=60, le=90 * 86_400)

    def terms(self, audiences: frozenset[Audience], public: bool, closes_at: Moment | None) -> Terms:
        """The terms of the decision ballot."""
        return Terms(**self.model_dump(exclude={"open_for"}), audiences=audiences, public=public, closes_at=closes_at)


class IdeaState(StrEnum):
    """Whether an idea still stands."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"


# -- said to ideas ----------------------------------------------------------------------------------------------------


class OpenChallenge(Command):
    """Put a question to the community, for a purpose (S5). The challenge takes the command's id.

    `plan` names the phases that differ from the defaults: gathering is open for ideas and votes, later phases for
    neither. `threshold` is the support at which an idea has earned a decision; `decision` is how it will be decided. A
    `public` challenge may be read without signing in.
    """

    question: Title
    description: Body = ""
    purpose: Purpose
    decision_date: Moment | None = None
    audiences: frozenset[Audience] = Field(default=frozenset(Audience), min_length=1)
    public: bool = False
    stance: Stance = Stance()
    plan: tuple[PhasePlan, ...] = Field(default=(), max_length=5)
    ideas_per_member: int | None = Field(default=None, ge=1, le=10_000)
    threshold: int | None = Field(default=None, ge=1)
    decision: Decision = Decision()


class AdvanceChallenge(Command):
    """Move a challenge to a later phase by hand."""

    challenge_id: UUID
    phase: Phase

    @property
    def key(self) -> str:
        """The challenge."""
        return str(self.challenge_id)


class SubmitIdea(Command):
    """Answer a challenge with an idea. The idea takes the command's id."""

    challenge_id: UUID
    title: Title
    body: Body = ""
    tags: tuple[Tag, ...] = Field(default=(), max_length=20)
    links: tuple[Link, ...] = Field(default=(), max_length=20)

    @property
    def key(self) -> str:
        """The author's ideas on this challenge."""
        return f"{self.challenge_id}:{self.member.id}"


class ReviseIdea(Command):
    """Change an idea's text; the earlier text is kept. `seen_version` refuses to overwrite what was not seen."""

    idea_id: UUID
    title: Title
    body: Body = ""
    tags: tuple[Tag, ...] = Field(default=(), max_length=20)
    links: tuple[Link, ...] = Field(default=(), max_length=20)
    seen_version: int | None = None

    @property
    def key(self) -> str:
        """The idea."""
        return str(self.idea_id)


class WithdrawIdea(Command):
    """Take an idea back; it leaves the ballot too."""

    idea_id: UUID

    @property
    def key(self) -> str:
        """The idea."""
        return str(self.idea_id)


# -- heard from ideas -------------------------------------------------------------------------------------------------


class ChallengeEvent(Event):
    """Something that happened to a challenge."""

    topic: ClassVar[str] = "ideas.challenges"

    challenge_id: UUID
    goal_id: UUID
    audiences: frozenset[Audience]
    public: bool

    @property
    def key(self) -> str:
        """The challenge."""
        return str(self.challenge_id)


class ChallengeOpened(ChallengeEvent):
    """A question was put to the community; voting opens its standing ballot until `votes_until` (None: by phase)."""

    owner_id: UUID
    opened_at: Moment
    stance: Stance
    votes_until: Moment | None
    decision_date: Moment | None
    decision: Decision = Decision()


class PhaseEvent(ChallengeEvent):
    """A challenge moved on; `votes_open` tells whether its standing ballot goes on taking votes."""

    started_at: Moment
    votes_open: bool


class ShortlistingStarted(PhaseEvent):
    """A challenge gathers no more; its ideas are being shortlisted."""


class ShortlistingResumed(PhaseEvent):
    """The decision ballot of this `attempt` had no winner, and why: the challenge is being shortlisted again (I5)."""

    reason: Verdict
    attempt: int


class DecidingStarted(PhaseEvent):
    """The shortlist of a challenge is being decided on (I5).

    Where there is a shortlist, voting opens the decision ballot of this `attempt` (from 1) over it, in that order, for
    the challenge's audiences, until `ballot_closes_at`. Without one (facts from before there were any) it opens none.
    """

    attempt: int = 0
    shortlist: tuple[UUID, ...] = ()
    decision: Decision | None = None
    owner_id: UUID | None = None
    ballot_closes_at: Moment | None = None


class ChallengeDecided(PhaseEvent):
    """A challenge has its decision."""


class ChallengeDelivered(PhaseEvent):
    """What a challenge decided is delivered."""


class IdeaEvent(Event):
    """Something that happened to an idea."""

    topic: ClassVar[str] = "ideas.ideas"

    idea_id: UUID
    challenge_id: UUID
    goal_id: UUID

    @property
    def key(self) -> str:
        """The idea."""
        return str(self.idea_id)


class IdeaSubmitted(IdeaEvent):
    """A challenge was answered with an idea."""

    author_id: UUID
    submitted_at: Moment


class IdeaRevised(IdeaEvent):
    """The text of an idea changed."""


class IdeaWithdrawn(IdeaEvent):
    """An idea was taken back."""


class IdeaShortlisted(IdeaEvent):
    """An idea is on the shortlist of its challenge."""


class IdeaAdopted(IdeaEvent):
    """An idea won its challenge (I5): on this ballot, or None where people decided."""

    ballot_id: UUID | None
    adopted_at: Moment


class IdeaReachedThreshold(IdeaEvent):
    """The support of an idea crossed the challenge's threshold, once and for all (I3)."""

    support: int


# -- asked of ideas ---------------------------------------------------------------------------------------------------


class Challenge(Data):
    """A challenge, as anyone invited sees it."""

    id: UUID
    question: str
    description: str
    purpose: Purpose
    owner_name: str | None
    decision_date: Moment | None
    audiences: frozenset[Audience]
    public: bool
    stance: Stance
    phase: Phase
    plan: tuple[PhasePlan, ...]
    ideas_per_member: int | None
    threshold: int | None
    idea_count: int
    opened_at: Moment
    version: int


class Support(Data):
    """The tally that an idea wears: counts per position and the tally's version."""

    counts: dict[Position, int] = Field(default_factory=dict)
    support: int = 0
    version: int = 0


class Idea(Data):
    """An idea with the support it shows. `author_name` is None where the author was erased."""

    id: UUID
    challenge_id: UUID
    goal_id: UUID
    author_id: UUID
    author_name: str | None
    title: str
    body: str
    tags: tuple[str, ...]
    links: tuple[str, ...]
    state: IdeaState
    support: Support
    reached_threshold: bool
    submitted_at: Moment
    version: int


class IdeaText(Data):
    """An earlier text of an idea."""

    version: int
    title: str
    body: str
    revised_at: Moment


class IdeaOrder(StrEnum):
    """How a list of ideas is sorted; ties by id."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SUPPORT = "support"


class ChallengesNamed(Query):
    """Challenges by id, in the order asked; None where there is none to see."""

    answer = list[Challenge | None]

    challenge_ids: tuple[UUID, ...] = Field(max_length=1000)


class ChallengesPage(Query):
    """Challenges that the viewer may see, newest first."""

    answer = Page[Challenge]

    phase: Phase | None = None
    goal_id: UUID | None = None
    window: Window


class IdeasNamed(Query):
    """Ideas by id, in the order asked; None where there is none to see."""

    answer = list[Idea | None]

    idea_ids: tuple[UUID, ...] = Field(max_length=1000)


class IdeasPage(Query):
    """The ideas of a challenge, as sorted. Refused with `NoSuchChallenge` where the viewer may not see it."""

    answer = Page[Idea]

    challenge_id: UUID
    order: IdeaOrder = IdeaOrder.NEWEST
    state: IdeaState | None = IdeaState.OPEN
    author_id: UUID | None = None
    tag: str | None = None
    window: Window


class TextsOf(Query):
    """Earlier texts of ideas, newest first, at most 100 each, in the order asked."""

    answer = list[list[IdeaText]]

    idea_ids: tuple[UUID, ...] = Field(max_length=100)


# -- refused by ideas -------------------------------------------------------------------------------------------------


class NoSuchChallenge(MayBeEarly):
    """There is no challenge with this id."""

    status = 404


class NoSuchIdea(MayBeEarly):
    """There is no idea with this id."""

    status = 404


class NotInvited(NotAllowed):
    """This challenge is for other audiences."""


class NotTheAuthor(NotAllowed):
    """Only the author may change or withdraw an idea."""


class PhaseTakesNoIdeas(Refused):
    """In its present phase the challenge takes no ideas."""


class TooManyIdeas(Refused):
    """You have as many ideas on this challenge as it allows. Withdraw one first."""


class ChallengeIsFull(Refused):
    """This challenge has taken as many ideas as one ballot can carry. Open another challenge for more."""


class PhaseIsPast(Refused):
    """A challenge only moves on to a later phase."""


class PlanIsNotInOrder(Invalid):
    """Phases must be planned once each, in their order, and at rising times in the future."""


class IdeaIsWithdrawn(Refused):
    """This idea was withdrawn and does not change any more."""


class IdeaHasChanged(Refused):
    """The idea was revised since you saw it. Read it again, then revise."""
