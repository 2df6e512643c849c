"""What ideas keeps: challenges, ideas with earlier texts and comments, and how many each member has submitted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.attempt import MEMBERS
from chassis.kept import Index, Kept, Ref
from chassis.store import Store
from contracts.ideas import ChallengeIsFull, NoSuchChallenge, NoSuchComment, NoSuchIdea
from contracts.voting import BallotEvent, Verdict, standing_ballot
from services.ideas.challenge import Challenge
from services.ideas.comment import Comment
from services.ideas.idea import Idea, Text

MOST_IDEAS = 2000  # the final tally of their ballot, one event, must pass the broker (256 kB, P20)


@dataclass
class EarlierText:
    """What an idea said before it was revised; `version` is the idea's that brought it."""

    id: str
    idea_id: UUID
    version: int
    text: Text
    revised_at: datetime


@dataclass
class KnownGoal:
    """What ideas knows of a goal."""

    id: UUID
    active: bool
    version: int


@dataclass
class Contributions:
    """How many ideas a member has standing on a challenge; guards the limit (I1, P8)."""

    id: str
    ideas: int = 0


@dataclass
class Attempt:
    """What ideas knows of one decision ballot, by its id: whichever it hears first, the other completes (P9).

    Whoever begins the attempt and whoever hears of its outcome both write this, so that neither misses the other (P8).
    """

    id: UUID
    begun: bool = False
    closed_at: datetime | None = None
    verdict: Verdict | None = None
    winners: tuple[UUID, ...] = ()


@dataclass
class IdeaCount:
    """How many ideas stand on a challenge; kept apart from it, so that submitting does not contend with its phases."""

    id: UUID
    ideas: int = 0
    ever: int = 0  # withdrawn ones too: they stay options of the ballot


def _sorted_by(order: str) -> Iterator[Index]:
    """Lists of a challenge's ideas in this order: all of them, an author's, of one tag."""
    place = ((order, -1), ("_id", -1))
    # The state comes last: lists of one state and of all come sorted out of one index, filtered and counted in it.
    yield Index((("challenge_id", 1), *place, ("state", 1)))
    yield Index((("challenge_id", 1), ("author_id", 1), *place))
    yield Index((("challenge_id", 1), ("text.tags", 1), *place))


# A shortlist is short: found by itself, it may be sorted in whatever order is asked.
_SHORTLISTED = Index((("challenge_id", 1), ("shortlisted", 1)), {"partialFilterExpression": {"shortlisted": True}})
CHALLENGES = Kept(
    "challenges",
    Challenge,
    indexes=(
        Index((("opened_at", -1), ("_id", -1))),
        Index((("phase", 1), ("opened_at", -1), ("_id", -1))),
        Index((("goal_id", 1), ("opened_at", -1), ("_id", -1))),
        Index((("audiences", 1), ("opened_at", -1), ("_id", -1))),
        Index((("decision_date", 1), ("_id", 1))),
    ),
)
IDEAS = Kept(
    "ideas",
    Idea,
    indexes=(*_sorted_by("submitted_at"), *_sorted_by("support"), *_sorted_by("comments"), _SHORTLISTED),
    filled={"comments": 0},
)
TEXTS = Kept("texts", EarlierText)
COMMENTS = Kept("comments", Comment, indexes=(Index((("idea_id", 1), ("place", 1), ("_id", 1))),))
GOALS = Kept("goals", KnownGoal)
CONTRIBUTIONS = Kept("contributions", Contributions)
COUNTS = Kept("idea_counts", IdeaCount)
ATTEMPTS = Kept("attempts", Attempt)


class Ideas(Store):
    """The state of ideas."""

    kept = (CHALLENGES, IDEAS, TEXTS, COMMENTS, GOALS, CONTRIBUTIONS, COUNTS, ATTEMPTS, MEMBERS)

    @staticmethod
    def challenge_named(message: Any, replica: str) -> Iterable[Ref]:
        """The challenge that a message is about."""
        return (CHALLENGES.ref(message.challenge_id),)

    @staticmethod
    def submitting(message: Any, replica: str) -> Iterable[Ref]:
        """All that one submission reads and writes."""
        challenge_id = message.challenge_id
        contributions = contributions_id(challenge_id, message.member.id)
        return (CHALLENGES.ref(challenge_id), CONTRIBUTIONS.ref(contributions), COUNTS.ref(challenge_id))

    @staticmethod
    def idea_named(message: Any, replica: str) -> Iterable[Ref]:
        """The idea that a message is about."""
        return (IDEAS.ref(message.idea_id),)

    @staticmethod
    def shortlisting(message: Any, replica: str) -> Iterable[Ref]:
        """The challenge and the ideas that a change of the shortlist is about."""
        return (CHALLENGES.ref(message.challenge_id), *(IDEAS.ref(idea_id) for idea_id in message.idea_ids))

    @staticmethod
    def attempted(message: Any, replica: str) -> Iterable[Ref]:
        """What a ballot's end may settle; nothing where it was of no challenge."""
        if not decides(message):
            return ()
        return (ATTEMPTS.ref(message.ballot_id), CHALLENGES.ref(message.challenge_id))

    @staticmethod
    def winning(message: Any, replica: str) -> Iterable[Ref]:
        """The ideas that a ballot's outcome adopts."""
        return [IDEAS.ref(idea_id) for idea_id in message.winners] if decides(message) else ()

    @staticmethod
    def commenting(message: Any, replica: str) -> Iterable[Ref]:
        """The idea that a comment is about, and the comment that it answers."""
        answered = (COMMENTS.ref(message.reply_to),) if message.reply_to else ()
        return (IDEAS.ref(message.idea_id), *answered)

    @staticmethod
    def comment_named(message: Any, replica: str) -> Iterable[Ref]:
        """The comment that a message is about."""
        return (COMMENTS.ref(message.comment_id),)

    @staticmethod
    def counted(message: Any, replica: str) -> Iterable[Ref]:
        """The ideas whose tally a message tells."""
        return [IDEAS.ref(option_id) for option_id in message.counts or ()]

    async def challenge(self, challenge_id: UUID) -> Challenge:
        """A challenge. Refuses `NoSuchChallenge`."""
        challenge = await self.read(CHALLENGES, challenge_id)
        if challenge is None:
            raise NoSuchChallenge(path=("challengeId",))
        return challenge

    async def idea(self, idea_id: UUID) -> Idea:
        """An idea. Refuses `NoSuchIdea`."""
        idea = await self.read(IDEAS, idea_id)
        if idea is None:
            raise NoSuchIdea(path=("ideaId",))
        return idea

    async def comment(self, comment_id: UUID, field: str = "commentId") -> Comment:
        """A comment, named by a field of the input. Refuses `NoSuchComment`."""
        comment = await self.read(COMMENTS, comment_id)
        if comment is None:
            raise NoSuchComment(path=(field,))
        return comment

    async def attempt(self, ballot_id: UUID) -> Attempt:
        """What is known of a decision ballot."""
        return await self.read(ATTEMPTS, ballot_id) or Attempt(ballot_id)

    async def contributions(self, challenge_id: UUID, member_id: UUID) -> Contributions:
        """How many ideas a member has on a challenge."""
        key = contributions_id(challenge_id, member_id)
        return await self.read(CONTRIBUTIONS, key) or Contributions(key)

    async def count(self, challenge_id: UUID, change: int) -> None:
        """Count ideas that came to a challenge, or left it. Refuses `ChallengeIsFull`."""
        count = await self.read(COUNTS, challenge_id) or IdeaCount(challenge_id)
        count.ideas += change
        count.ever += max(0, change)
        if count.ever > MOST_IDEAS:
            raise ChallengeIsFull
        self.write(COUNTS, count)


def decides(event: BallotEvent) -> bool:
    """Whether a ballot may be one that decides a challenge: it is a challenge's, and not its standing ballot."""
    return event.challenge_id is not None and event.ballot_id != standing_ballot(event.challenge_id)


def contributions_id(challenge_id: UUID, member_id: UUID) -> str:
    """One count per challenge and member."""
    return f"{challenge_id}:{member_id}"


def text_id(idea_id: UUID, number: int) -> str:
    """An idea's earlier texts are numbered from 0, so that the newest are found without a search."""
    return f"{idea_id}:{number}"
