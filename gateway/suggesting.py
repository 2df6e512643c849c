"""Suggesting: what may be asked of challenges and ideas, and what came of it."""

from datetime import datetime
from uuid import UUID

import strawberry

from contracts import ideas as contract
from contracts.ideas import Phase
from gateway.context import Info
from gateway.decisions import DecisionInput
from gateway.ideas import Challenge, Idea, challenge, idea
from gateway.nodes import uuid_of
from gateway.payloads import Happened, UserError, given, refusing_into
from gateway.purposes import PurposeInput
from gateway.terms import Anonymity, Audience, Position, Publication
from gateway.words import KEY, said


@strawberry.input
class StanceInput:
    """How ideas are supported while a challenge gathers."""

    positions: list[Position] | None = said("The positions one may take; SUPPORT alone unless said.", default=None)
    anonymity: Anonymity = said("How much of a vote is shown.", default=Anonymity.NAMED)
    publication: Publication = said("When counts are shown.", default=Publication.ALWAYS)
    at_least: int = said("How many marks a member needs before any of them counts: 1 to 50.", default=1)
    at_most: int | None = said("How many marks a member may make.", default=None)


@strawberry.input
class PhasePlanInput:
    """When a phase begins, and what is open in it."""

    phase: Phase = said("The phase.")
    starts: datetime | None = said("When it begins by itself; by hand unless said.", default=None)
    ideas: bool = said("Whether ideas are taken.", default=False)
    votes: bool = said("Whether ideas may be voted on.", default=False)
    comments: bool | None = said(
        "Whether ideas may be commented on; until the challenge is delivered unless said.", default=None
    )


@strawberry.input
class OpenChallengeInput:
    """A question to put to the community."""

    question: str = said("What is asked: 1 to 200 characters.")
    purpose: PurposeInput = said("Why it is asked. Every piece is needed.", default_factory=PurposeInput)
    description: str = said("What to know before answering: at most 20,000 characters.", default="")
    decision_date: datetime | None = said("By when it will be decided.", default=None)
    audiences: list[Audience] | None = said("Who is invited; everybody unless said.", default=None)
    public: bool = said("Whether it may be read without signing in.", default=False)
    stance: StanceInput = said("How ideas are supported.", default_factory=StanceInput)
    plan: list[PhasePlanInput] | None = said(
        "The phases that differ: gathering is open for ideas and votes, later ones for neither.", default=None
    )
    ideas_per_member: int | None = said("How many ideas one member may submit.", default=None)
    threshold: int | None = said("The support at which an idea has earned a decision.", default=None)
    decision: DecisionInput = said("How it is decided.", default_factory=DecisionInput)
    shortlist_limit: int = said("How many ideas its shortlist holds: 1 to 50.", default=10)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class AdvanceChallengeInput:
    """A challenge to move on."""

    challenge_id: strawberry.ID = said("The challenge.")
    phase: Phase = said("The phase to move to; a later one.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class SubmitIdeaInput:
    """An idea to submit."""

    challenge_id: strawberry.ID = said("The challenge that it answers.")
    title: str = said("What it says in a line: 1 to 200 characters.")
    body: str = said("What it says at length: at most 20,000 characters.", default="")
    tags: list[str] = said("Words to find it by: at most 20.", default_factory=list)
    links: list[str] = said("Where to read on, as http or https addresses: at most 20.", default_factory=list)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class ReviseIdeaInput:
    """A new text for an idea."""

    idea_id: strawberry.ID = said("The idea.")
    title: str = said("What it says in a line: 1 to 200 characters.")
    body: str = said("What it says at length: at most 20,000 characters.", default="")
    tags: list[str] = said("Words to find it by: at most 20.", default_factory=list)
    links: list[str] = said("Where to read on, as http or https addresses: at most 20.", default_factory=list)
    seen_version: int | None = said("The version you saw; it is refused if there is a newer one.", default=None)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class WithdrawIdeaInput:
    """An idea to take back."""

    idea_id: strawberry.ID = said("The idea.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.type
class ChallengePayload:
    """What became of a request about a challenge."""

    errors: list[UserError] = said("Why it was refused; empty where it was done.", default_factory=list)
    events: list[Happened] = said("What happened; empty where nothing was left to change.", default_factory=list)
    challenge_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def challenge(self, info: Info) -> Challenge | None:
        """The challenge as it is now; null where the request was refused."""
        return await challenge(info.context, self.challenge_id) if self.challenge_id else None


@strawberry.type
class OpenChallengePayload(ChallengePayload):
    """What became of `openChallenge`."""


@strawberry.type
class AdvanceChallengePayload(ChallengePayload):
    """What became of `advanceChallenge`."""


@strawberry.type
class IdeaPayload:
    """What became of a request about an idea."""

    errors: list[UserError] = said("Why it was refused; empty where it was done.", default_factory=list)
    events: list[Happened] = said("What happened; empty where nothing was left to change.", default_factory=list)
    idea_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def idea(self, info: Info) -> Idea | None:
        """The idea as it is now; null where the request was refused."""
        return await idea(info.context, self.idea_id) if self.idea_id else None


@strawberry.type
class SubmitIdeaPayload(IdeaPayload):
    """What became of `submitIdea`."""


@strawberry.type
class ReviseIdeaPayload(IdeaPayload):
    """What became of `reviseIdea`."""


@strawberry.type
class WithdrawIdeaPayload(IdeaPayload):
    """What became of `withdrawIdea`."""


def _text(input: SubmitIdeaInput | ReviseIdeaInput) -> dict[str, object]:
    return {"title": input.title, "body": input.body, "tags": input.tags, "links": input.links}


@strawberry.type
class Mutation:
    """What may be asked of ideas."""

    @strawberry.mutation
    @refusing_into(OpenChallengePayload)
    async def open_challenge(self, info: Info, input: OpenChallengeInput) -> OpenChallengePayload | None:
        """Put a question to the community, for a purpose. For organizers."""
        fields = given(input)
        key = fields.pop("idempotency_key", None)
        fields |= {
            "purpose": input.purpose.contract(),
            "stance": given(input.stance),
            "decision": given(input.decision),
            "plan": [_planned(plan) for plan in input.plan or ()],
        }
        challenge_id, done = await info.context.do(contract.OpenChallenge, key, **fields)
        return OpenChallengePayload(challenge_id=challenge_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(AdvanceChallengePayload)
    async def advance_challenge(self, info: Info, input: AdvanceChallengeInput) -> AdvanceChallengePayload | None:
        """Move a challenge to a later phase. For its owner and organizers."""
        challenge_id = uuid_of(input.challenge_id, "Challenge", path=("challengeId",))
        _, done = await info.context.do(
            contract.AdvanceChallenge, input.idempotency_key, challenge_id=challenge_id, phase=input.phase
        )
        return AdvanceChallengePayload(challenge_id=challenge_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(SubmitIdeaPayload)
    async def submit_idea(self, info: Info, input: SubmitIdeaInput) -> SubmitIdeaPayload | None:
        """Answer a challenge with an idea."""
        challenge_id = uuid_of(input.challenge_id, "Challenge", path=("challengeId",))
        idea_id, done = await info.context.do(
            contract.SubmitIdea, input.idempotency_key, challenge_id=challenge_id, **_text(input)
        )
        return SubmitIdeaPayload(idea_id=idea_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(ReviseIdeaPayload)
    async def revise_idea(self, info: Info, input: ReviseIdeaInput) -> ReviseIdeaPayload | None:
        """Change the text of an idea of yours; the earlier text is kept."""
        idea_id = uuid_of(input.idea_id, "Idea", path=("ideaId",))
        _, done = await info.context.do(
            contract.ReviseIdea, input.idempotency_key, idea_id=idea_id, seen_version=input.seen_version, **_text(input)
        )
        return ReviseIdeaPayload(idea_id=idea_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(WithdrawIdeaPayload)
    async def withdraw_idea(self, info: Info, input: WithdrawIdeaInput) -> WithdrawIdeaPayload | None:
        """Take an idea back. For its author and moderators."""
        idea_id = uuid_of(input.idea_id, "Idea", path=("ideaId",))
        _, done = await info.context.do(contract.WithdrawIdea, input.idempotency_key, idea_id=idea_id)
        return WithdrawIdeaPayload(idea_id=idea_id, events=Happened.all_of(done.events))


def _planned(plan: PhasePlanInput) -> dict[str, object]:
    taken = {"ideas": plan.ideas, "votes": plan.votes, "comments": plan.comments}
    return {"phase": plan.phase, "starts": plan.starts, "open": taken}
