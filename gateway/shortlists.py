"""Shortlists of challenges, as the browser changes them (I5)."""

from uuid import UUID

import strawberry

from contracts import ideas as contract
from gateway.context import Info
from gateway.nodes import uuid_of
from gateway.payloads import Happened, refusing_into
from gateway.suggesting import ChallengePayload
from gateway.words import KEY, said


@strawberry.input
class ShortlistIdeasInput:
    """Ideas that shall go on to the decision."""

    challenge_id: strawberry.ID = said("The challenge that is being shortlisted.")
    idea_ids: list[strawberry.ID] = said("Ideas of it, 1 to 50, in the order in which they shall be listed.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class TakeIdeasOffShortlistInput:
    """Ideas that shall not go on to the decision after all."""

    challenge_id: strawberry.ID = said("The challenge that is being shortlisted.")
    idea_ids: list[strawberry.ID] = said("Ideas of it, 1 to 50.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.type
class ShortlistIdeasPayload(ChallengePayload):
    """What became of `shortlistIdeas`."""


@strawberry.type
class TakeIdeasOffShortlistPayload(ChallengePayload):
    """What became of `takeIdeasOffShortlist`."""


@strawberry.type
class Mutation:
    """What may be asked about shortlists."""

    @strawberry.mutation
    @refusing_into(ShortlistIdeasPayload)
    async def shortlist_ideas(self, info: Info, input: ShortlistIdeasInput) -> ShortlistIdeasPayload | None:
        """Let ideas go on to the decision, after those shortlisted already. For the owner and organizers."""
        challenge_id, ideas = _named(input)
        _, done = await info.context.do(
            contract.ShortlistIdeas, input.idempotency_key, challenge_id=challenge_id, idea_ids=ideas
        )
        return ShortlistIdeasPayload(challenge_id=challenge_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(TakeIdeasOffShortlistPayload)
    async def take_ideas_off_shortlist(
        self, info: Info, input: TakeIdeasOffShortlistInput
    ) -> TakeIdeasOffShortlistPayload | None:
        """Let ideas not go on to the decision after all. For the owner and organizers."""
        challenge_id, ideas = _named(input)
        _, done = await info.context.do(
            contract.TakeIdeasOffShortlist, input.idempotency_key, challenge_id=challenge_id, idea_ids=ideas
        )
        return TakeIdeasOffShortlistPayload(challenge_id=challenge_id, events=Happened.all_of(done.events))


def _named(input: ShortlistIdeasInput | TakeIdeasOffShortlistInput) -> tuple[UUID, list[UUID]]:
    challenge_id = uuid_of(input.challenge_id, "Challenge", path=("challengeId",))
    return challenge_id, [uuid_of(each, "Idea", path=("ideaIds",)) for each in input.idea_ids]
