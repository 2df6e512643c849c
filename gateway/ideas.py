"""Ideas, as the browser sees them."""

from asyncio import ensure_future
from collections.abc import Awaitable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from contracts import ideas as contract
from contracts import voting as voting_contract
from contracts.ideas import ChallengeOrder, IdeaOrder, IdeaState, Phase, Setback
from contracts.messages import Window
from gateway.ahead import asked_below, dressed, loaded
from gateway.comments import Comment
from gateway.context import Context, Info
from gateway.counts import PositionCount, Tally
from gateway.decisions import Decision
from gateway.nodes import Node, found_as, global_id, uuid_of
from gateway.pages import Connection, connection, window
from gateway.purposes import Purpose
from gateway.strategy import Goal, Person, goal
from gateway.terms import Anonymity, Audience, Position, Publication
from gateway.voting import Ballot, ballot
from gateway.words import said, worded

worded(
    Phase,
    gathering="Ideas are gathered and supported.",
    shortlisting="The ideas that go on are being chosen.",
    deciding="The shortlist is being decided on.",
    decided="It is decided.",
    delivered="What was decided is delivered.",
)
worded(
    IdeaState,
    open="It stands. Where ideas are asked for by it: all that stand, the adopted among them.",
    adopted="It won the decision of its challenge.",
    withdrawn="It was taken back.",
)
worded(
    IdeaOrder,
    newest="The newest first.",
    oldest="The oldest first.",
    support="The most supported first.",
    comments="The most commented first.",
)
worded(
    ChallengeOrder,
    newest="The newest first.",
    oldest="The oldest first.",
    decision_date="Those to be decided soonest first; those without a date are left out.",
)


@strawberry.type
class PhasePlan:
    """When a phase begins, and what is open in it."""

    phase: Phase = said("The phase.")
    starts: datetime | None = said("When it begins by itself; null: by hand.")
    ideas: bool = said("Whether ideas are taken.")
    votes: bool = said("Whether ideas may be voted on.")
    comments: bool = said("Whether ideas may be commented on.")

    @classmethod
    def of(cls, plan: contract.PhasePlan) -> Self:
        """Dress the plan of a phase."""
        taken = plan.open
        return cls(phase=plan.phase, starts=plan.starts, ideas=taken.ideas, votes=taken.votes, comments=plan.comments)


@strawberry.type
class Stance:
    """How ideas are supported while a challenge gathers."""

    positions: list[Position] = said("The positions one may take on an idea.")
    anonymity: Anonymity = said("How much of a vote is shown.")
    publication: Publication = said("When counts are shown.")
    at_least: int = said("How many marks a member needs before any of them counts.")
    at_most: int | None = said("How many marks a member may make.")

    @classmethod
    def of(cls, stance: contract.Stance) -> Self:
        """Dress a stance."""
        return cls(**{**dict(stance), "positions": list(stance.positions)})


@strawberry.type
class Support:
    """The tally that an idea wears. It follows the votes within moments; `tally` is exact."""

    counts: list[PositionCount] = said("Per position.")
    support: int = said("How many stand behind it.")
    version: int = said("The version of the tally it was taken from.")


@strawberry.type
class IdeaText:
    """An earlier text of an idea."""

    version: int = said("The version of the idea that had it.")
    title: str = said("Its title.")
    body: str = said("Its body.")
    revised_at: datetime = said("When it was replaced.")


@dataclass(frozen=True, slots=True)
class Shared:
    """What the ideas of one page have in common: it was asked for once for all of them, where it was asked for."""

    goal: Awaitable[Goal | None] | None = None
    tally: Awaitable[voting_contract.Tally | None] | None = None
    paper: Awaitable[voting_contract.Paper | None] | None = None


ALONE = Shared()


@strawberry.type
class Idea(Node):
    """An answer to a challenge."""

    title: str = said("What it says in a line.")
    body: str = said("What it says at length.")
    tags: list[str] = said("Words to find it by.")
    links: list[str] = said("Where to read on.")
    author: Person = said("Whose it is.")
    state: IdeaState = said("Whether it stands.")
    support: Support = said("The tally it wears.")
    reached_threshold: bool = said("Whether its support has once reached the challenge's threshold.")
    shortlisted: bool = said("Whether it is on the shortlist of its challenge, or was when that was decided.")
    adopted_at: datetime | None = said("When it won the decision; null where it has not.")
    comment_count: int = said("How many comments on it stand.")
    submitted_at: datetime = said("When it was submitted.")
    version: int = said("Counts up with every change of its text.")
    idea_id: strawberry.Private[UUID]
    challenge_id: strawberry.Private[UUID]
    goal_id: strawberry.Private[UUID]
    shared: strawberry.Private[Shared]

    @strawberry.field
    async def challenge(self, info: Info) -> "Challenge | None":
        """The challenge that it answers."""
        return await challenge(info.context, self.challenge_id)

    @strawberry.field
    def goal(self, info: Info) -> Goal | None:
        """The goal that the challenge serves; null where you may not see it."""
        served: Goal | None = dressed(self.shared.goal or goal(info.context, self.goal_id))
        return served

    @strawberry.field
    def tally(self, info: Info) -> Tally | None:
        """How the votes on this idea stand, as far as you may see."""
        ballot_id = voting_contract.standing_ballot(self.challenge_id)
        found = self.shared.tally or info.context.option_tallies.load((ballot_id, self.idea_id))
        tally: Tally | None = dressed(found, lambda tally: Tally.of_option(tally, self.idea_id, "Idea"))
        return tally

    @strawberry.field
    def my_choice(self, info: Info) -> Position | None:
        """The position you took on it; null where you took none."""
        if info.context.viewer is None:
            return None
        found = self.shared.paper or info.context.papers.load(voting_contract.standing_ballot(self.challenge_id))
        choice: Position | None = dressed(found, lambda paper: paper.marks.get(self.idea_id))
        return choice

    @strawberry.field
    async def earlier_texts(self, info: Info) -> list[IdeaText] | None:
        """What it said before it was revised, newest first; at most 100."""
        texts = await info.context.texts.load(self.idea_id)
        return [IdeaText(**dict(text)) for text in texts]

    @strawberry.field
    async def comments(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Comment] | None:
        """What was said about it, to be read from top to bottom.

        Each comment is followed by its replies, the oldest first at every depth.
        """
        page = await info.context.page(
            contract.CommentsPage, idea_id=self.idea_id, window=window(first, after, last, before)
        )
        return connection(page, Comment.of)

    @classmethod
    def of(cls, idea: contract.Idea, shared: Shared = ALONE) -> Self:
        """Dress an idea, with what it shares with those it was asked for with."""
        worn = idea.support
        return cls(
            id=global_id("Idea", idea.id),
            title=idea.title,
            body=idea.body,
            tags=list(idea.tags),
            links=list(idea.links),
            author=Person.named(idea.author_id, idea.author_name),
            state=idea.state,
            support=Support(counts=PositionCount.all_of(worn.counts), support=worn.support, version=worn.version),
            reached_threshold=idea.reached_threshold,
            shortlisted=idea.shortlisted,
            adopted_at=idea.adopted_at,
            comment_count=idea.comment_count,
            submitted_at=idea.submitted_at,
            version=idea.version,
            idea_id=idea.id,
            challenge_id=idea.challenge_id,
            goal_id=idea.goal_id,
            shared=shared,
        )


@strawberry.type
class Challenge(Node):
    """A question put to the community, for a purpose."""

    question: str = said("What is asked.")
    description: str = said("What to know before answering.")
    purpose: Purpose = said("Why it is asked.")
    owner: Person | None = said("Who answers for it.")
    decision_date: datetime | None = said("By when it will be decided.")
    audiences: list[Audience] = said("Who is invited.")
    public: bool = said("Whether it may be read without signing in.")
    stance: Stance = said("How ideas are supported.")
    phase: Phase = said("Where it stands.")
    plan: list[PhasePlan] = said("When its phases begin, and what is open in them.")
    ideas_per_member: int | None = said("How many ideas one member may submit.")
    threshold: int | None = said("The support at which an idea has earned a decision.")
    decision: Decision = said("How it is decided.")
    shortlist_limit: int = said("How many ideas its shortlist holds.")
    attempt: int = said("How many decision ballots it has had, the present one among them.")
    ballot_closes_at: datetime | None = said(
        "When its newest decision ballot was to close, as declared at its opening."
    )
    setback: Setback | None = said("Why the last attempt at a decision brought none; null while another is under way.")
    missed_phase: Phase | None = said(
        "The planned phase whose time came and that could not begin: for want of a shortlist, or of an outcome."
    )
    idea_count: int = said("How many ideas it has.")
    opened_at: datetime = said("When it was opened.")
    version: int = said("Counts up with every change of the challenge itself.")
    challenge_id: strawberry.Private[UUID]
    goal_id: strawberry.Private[UUID | None]
    shortlisted: strawberry.Private[tuple[UUID, ...]]
    won: strawberry.Private[tuple[UUID, ...]]

    @strawberry.field
    async def shortlist(self, info: Info) -> "list[Idea] | None":
        """The ideas that go on to its decision, in their order."""
        return await _ideas(info.context, self.shortlisted)

    @strawberry.field
    async def adopted(self, info: Info) -> "list[Idea] | None":
        """The ideas that won its decision, the first first."""
        return await _ideas(info.context, self.won)

    @strawberry.field
    def decision_ballot_id(self) -> strawberry.ID | None:
        """The id of its newest decision ballot, known at once; null before the first attempt."""
        return global_id("Ballot", self._decision_ballot) if self._decision_ballot else None

    @strawberry.field
    async def decision_ballot(self, info: Info) -> Ballot | None:
        """Its newest decision ballot; null before the first attempt, and for the moment it takes to open."""
        return await ballot(info.context, self._decision_ballot) if self._decision_ballot else None

    @property
    def _decision_ballot(self) -> UUID | None:
        return voting_contract.decision_ballot(self.challenge_id, self.attempt) if self.attempt else None

    @strawberry.field
    async def goal(self, info: Info) -> Goal | None:
        """The goal that it serves; null where you may not see it."""
        return await goal(info.context, self.goal_id) if self.goal_id else None

    @strawberry.field
    def ballot_id(self) -> strawberry.ID:
        """The id of the standing ballot, known at once."""
        return global_id("Ballot", voting_contract.standing_ballot(self.challenge_id))

    @strawberry.field
    async def ballot(self, info: Info) -> Ballot | None:
        """The standing ballot on which its ideas are voted; null for the moment it takes to open."""
        return await ballot(info.context, voting_contract.standing_ballot(self.challenge_id))

    @strawberry.field
    async def ideas(
        self,
        info: Info,
        order_by: IdeaOrder = IdeaOrder.NEWEST,
        state: IdeaState | None = IdeaState.OPEN,
        author: strawberry.ID | None = None,
        tag: str | None = None,
        shortlisted: bool | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Idea] | None:
        """Its ideas in a stable order: those that stand unless said, of an author or with a tag where asked.

        The root field `ideas` finds the same with one request less.
        """
        filters: dict[str, Any] = {
            "order": order_by,
            "state": state,
            "author": author,
            "tag": tag,
            "shortlisted": shortlisted,
        }
        return await _page(info, self.challenge_id, window(first, after, last, before), **filters)

    @classmethod
    def of(cls, challenge: contract.Challenge) -> Self:
        """Dress a challenge."""
        why = challenge.purpose
        return cls(
            id=global_id("Challenge", challenge.id),
            question=challenge.question,
            description=challenge.description,
            purpose=Purpose.of(why),
            owner=Person.named(why.owner_id, challenge.owner_name) if why.owner_id else None,
            decision_date=challenge.decision_date,
            audiences=sorted(challenge.audiences),
            public=challenge.public,
            stance=Stance.of(challenge.stance),
            phase=challenge.phase,
            plan=[PhasePlan.of(plan) for plan in challenge.plan],
            ideas_per_member=challenge.ideas_per_member,
            threshold=challenge.threshold,
            decision=Decision.of(challenge.decision),
            shortlist_limit=challenge.shortlist_limit,
            attempt=challenge.attempt,
            ballot_closes_at=challenge.ballot_closes_at,
            setback=challenge.setback,
            missed_phase=challenge.missed,
            idea_count=challenge.idea_count,
            opened_at=challenge.opened_at,
            version=challenge.version,
            challenge_id=challenge.id,
            goal_id=why.goal_id,
            shortlisted=challenge.shortlist,
            won=challenge.adopted,
        )


@found_as("Challenge")
async def challenge(context: Context, id: UUID) -> Challenge | None:
    """A challenge with the viewer's eyes."""
    found = await context.challenges.load(id)
    return Challenge.of(found) if found else None


@found_as("Idea")
async def idea(context: Context, id: UUID) -> Idea | None:
    """An idea with the viewer's eyes."""
    found = await context.ideas.load(id)
    return Idea.of(found) if found else None


async def _ideas(context: Context, ids: Iterable[UUID]) -> list[Idea]:
    found = await context.ideas.load_many(list(ids))
    return [Idea.of(each) for each in found if each]


async def _page(info: Info, challenge_id: UUID, part: Window, author: str | None, **filters: Any) -> Connection[Idea]:
    context = info.context
    author_id = uuid_of(author, "Member") if author else None
    page = await context.page(
        contract.IdeasPage, challenge_id=challenge_id, author_id=author_id, window=part, **filters
    )
    shared = _shared(context, asked_below(info), page.items) if page.items else ALONE
    await loaded(shared.goal, shared.tally, shared.paper)
    return connection(page, lambda each: Idea.of(each, shared))


def _shared(context: Context, asked: Container[str], ideas: Sequence[contract.Idea]) -> Shared:
    """What is asked of the goal, tally and paper of these ideas, all of one challenge: each once for all of them."""
    ballot_id = voting_contract.standing_ballot(ideas[0].challenge_id)
    options = [idea.id for idea in ideas]
    return Shared(
        goal=ensure_future(goal(context, ideas[0].goal_id)) if "goal" in asked else None,
        tally=ensure_future(context.tally_of(ballot_id, options)) if "tally" in asked else None,
        paper=context.papers.load(ballot_id) if "myChoice" in asked and context.viewer else None,
    )


@strawberry.type
class Query:
    """What may be asked about ideas."""

    @strawberry.field
    async def challenge(self, info: Info, id: strawberry.ID) -> Challenge | None:
        """A challenge; null where there is none to see."""
        return await challenge(info.context, uuid_of(id, "Challenge"))

    @strawberry.field
    async def challenges(
        self,
        info: Info,
        order_by: ChallengeOrder = ChallengeOrder.NEWEST,
        phase: Phase | None = None,
        goal: strawberry.ID | None = None,
        audience: Audience | None = None,
        open_to_me: bool = False,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Challenge] | None:
        """The challenges that you may see, newest first unless said.

        In a phase, for a goal, for an audience, or for you as one of the invited, where asked.
        """
        page = await info.context.page(
            contract.ChallengesPage,
            order=order_by,
            phase=phase,
            goal_id=uuid_of(goal, "Goal") if goal else None,
            audience=audience,
            open_to_me=open_to_me,
            window=window(first, after, last, before),
        )
        return connection(page, Challenge.of)

    @strawberry.field
    async def ideas(
        self,
        info: Info,
        challenge: strawberry.ID,
        order_by: IdeaOrder = IdeaOrder.NEWEST,
        state: IdeaState | None = IdeaState.OPEN,
        author: strawberry.ID | None = None,
        tag: str | None = None,
        shortlisted: bool | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Idea] | None:
        """The ideas of a challenge in a stable order: those that stand unless said.

        Of an author, with a tag, on the shortlist or not, where asked.
        """
        part, challenge_id = window(first, after, last, before), uuid_of(challenge, "Challenge")
        filters: dict[str, Any] = {
            "order": order_by,
            "state": state,
            "author": author,
            "tag": tag,
            "shortlisted": shortlisted,
        }
        return await _page(info, challenge_id, part, **filters)

    @strawberry.field
    async def idea(self, info: Info, id: strawberry.ID) -> Idea | None:
        """An idea; null where there is none to see."""
        return await idea(info.context, uuid_of(id, "Idea"))
