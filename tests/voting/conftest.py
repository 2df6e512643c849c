"""A ballot to vote on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from contracts.ideas import ChallengeOpened, IdeaSubmitted, Stance
from contracts.messages import Audience, Event, Member
from contracts.purpose import Measure, Purpose
from contracts.strategy import GoalActivated
from contracts.voting import (
    BallotDecided,
    BallotState,
    CastVote,
    CloseBallot,
    HandInPaper,
    Mark,
    Method,
    OpenBallot,
    OptionText,
    Position,
    TalliesOf,
    Tally,
    Terms,
    standing_ballot,
)
from services.voting.app import voting
from tests.eventually import eventually
from tests.stage import ANN, BOB, Place, Stage, now, said
from tests.voting.recounting import marks_of, recount

E = TypeVar("E", bound=Event)
GOAL = uuid4()
TACO, BURRITO, SOUP = uuid4(), uuid4(), uuid4()
AGREE, PASS, DISAGREE = Position.AGREE, Position.PASS, Position.DISAGREE


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


def goal_activated() -> GoalActivated:
    """The goal that everything here serves."""
    return GoalActivated(goal_id=GOAL, version=2, owner_id=ANN.id, starts=now(), ends=now() + timedelta(days=9))


PURPOSE = Purpose(
    goal_id=GOAL,
    owner_id=ANN.id,
    statement="More guests",
    measure=Measure(name="guests a day", baseline=40, date=now()),
)


def opening(options: Sequence[UUID] = (), roll: Sequence[UUID] | None = None, **terms: object) -> OpenBallot:
    """Options to put to a vote of their own: taco, burrito and soup unless said."""
    texts = [OptionText(id=option, title=f"Option {at}") for at, option in enumerate(options or (TACO, BURRITO, SOUP))]
    named = None if roll is None else tuple(roll)
    return said(OpenBallot, ANN, question="Which?", purpose=PURPOSE, terms=Terms(**terms), options=texts, roll=named)


async def put_to_vote(
    place: Place, options: Sequence[UUID] = (), roll: Sequence[UUID] | None = None, **terms: object
) -> UUID:
    """A ballot of its own, by instant runoff unless said."""
    await place.hear(goal_activated())
    command = opening(options, roll, **{"method": Method.INSTANT_RUNOFF} | terms)
    await place.tell(command)
    return command.id


def paper(ballot: UUID, *marks: UUID | tuple[UUID, int], by: Member = BOB, **more: object) -> HandInPaper:
    """A whole paper: options as they are ranked, or with the number each is given."""
    listed = [mark if isinstance(mark, tuple) else (mark, rank) for rank, mark in enumerate(marks, 1)]
    numbered = [Mark(option_id=option, number=number) for option, number in listed]
    return said(HandInPaper, by, ballot_id=ballot, marks=numbered, **more)


def vote(ballot: UUID, by: Member = BOB, option: UUID = TACO, choice: Position = AGREE, **more: object) -> CastVote:
    """A vote."""
    return said(CastVote, by, ballot_id=ballot, option_id=option, choice=choice, **more)


async def tally(place: Place, ballot: UUID, by: Member = ANN) -> Tally:
    """The tally as somebody sees it."""
    [found] = await place.ask(TalliesOf(viewer=by, ballot_ids=(ballot,)))
    assert isinstance(found, Tally)
    return found


async def recounted(place: Place, ballot: UUID) -> tuple[int, object]:
    """What the papers say."""
    rows = await place.database.collection("papers").find({"ballot_id": ballot}).to_list(None)
    return recount(marks_of(rows), 1)


async def news(place: Place, kind: type[E]) -> list[E]:
    """Events of a kind."""
    return [event for event in await place.journal() if isinstance(event, kind)]


async def decided(place: Place, ballot: UUID) -> BallotDecided:
    """Let the closing go its three steps; what the count found."""

    async def told() -> bool:
        await place.deadlines.fire()
        row = await place.database.collection("ballots").find_one({"_id": ballot})
        return row is not None and row["state"] == BallotState.DECIDED

    await eventually(told)
    [event] = [event for event in await news(place, BallotDecided) if event.ballot_id == ballot]
    return event


async def closed(place: Place, ballot: UUID) -> BallotDecided:
    """Close a ballot by hand; what the count found."""
    await place.tell(said(CloseBallot, ANN, ballot_id=ballot))
    return await decided(place, ballot)


async def opened(place: Place, closes_in: float | None = None, **stance: object) -> UUID:
    """A standing ballot over taco and burrito."""
    challenge = uuid4()
    until = None if closes_in is None else now() + timedelta(seconds=closes_in)
    await place.hear(challenge_opened(challenge, until, **stance))
    await place.hear(idea_submitted(TACO, challenge), idea_submitted(BURRITO, challenge))
    return standing_ballot(challenge)
