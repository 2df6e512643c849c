"""A ballot to vote on."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from contracts.ideas import ChallengeOpened, IdeaSubmitted, Stance
from contracts.messages import Audience
from contracts.voting import Position, standing_ballot
from services.voting.app import voting
from tests.stage import ANN, Place, Stage, now

GOAL = uuid4()
TACO, BURRITO = uuid4(), uuid4()


@pytest.fixture
async def place(stage: Stage) -> Place:
    """Voting, without any ballot."""
    return await stage.place(voting)


def challenge_opened(challenge: UUID, until: datetime | None = None, **stance: object) -> ChallengeOpened:
    """A challenge that asks for agree, pass or disagree."""
    asked = {"positions": (Position.AGREE, Position.PASS, Position.DISAGREE)} | stance
    return ChallengeOpened(
        challenge_id=challenge,
        version=1,
        goal_id=GOAL,
        audiences=frozenset({Audience.CUSTOMER, Audience.EMPLOYEE}),
        public=True,
        owner_id=ANN.id,
        opened_at=now(),
        stance=Stance(**asked),
        votes_until=until,
        decision_date=None,
    )


def idea_submitted(idea: UUID, challenge: UUID) -> IdeaSubmitted:
    """An idea that answers it."""
    return IdeaSubmitted(
        idea_id=idea, challenge_id=challenge, goal_id=GOAL, version=1, author_id=ANN.id, submitted_at=now()
    )


async def opened(place: Place, closes_in: float | None = None, **stance: object) -> UUID:
    """A standing ballot over taco and burrito."""
    challenge = uuid4()
    until = None if closes_in is None else now() + timedelta(seconds=closes_in)
    await place.hear(challenge_opened(challenge, until, **stance))
    await place.hear(idea_submitted(TACO, challenge), idea_submitted(BURRITO, challenge))
    return standing_ballot(challenge)
