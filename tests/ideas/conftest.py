"""A goal to serve, and challenges that serve it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.ideas import OpenChallenge, SubmitIdea
from contracts.messages import Member
from contracts.purpose import Measure, Purpose
from contracts.strategy import GoalActivated
from services.ideas.app import ideas
from tests.stage import ANN, BOB, Place, Stage, now, said

GOAL = uuid4()


@pytest.fixture
async def place(stage: Stage) -> Place:
    """Ideas, knowing one active goal."""
    place = await stage.place(ideas)
    await place.hear(goal_activated())
    return place


def goal_activated(goal: UUID = GOAL, version: int = 2) -> GoalActivated:
    """Work may begin under a goal."""
    return GoalActivated(goal_id=goal, version=version, owner_id=ANN.id, starts=now(), ends=now() + timedelta(days=90))


def purpose(**fields: object) -> Purpose:
    """Why it is asked."""
    measure = Measure(name="guests a day", baseline=40, date=now() + timedelta(days=30))
    whole = {"goal_id": GOAL, "owner_id": ANN.id, "statement": "More guests", "measure": measure}
    return Purpose(**(whole | fields))


def question(by: Member = ANN, **fields: object) -> OpenChallenge:
    """What is for lunch?"""
    asked: dict[str, object] = {"question": "What is for lunch?", "purpose": purpose()}
    return said(OpenChallenge, by, **(asked | fields))


async def opened(place: Place, **fields: Any) -> UUID:
    """A challenge."""
    command = question(**fields)
    await place.tell(command)
    return command.id


async def submitted(place: Place, challenge: UUID, by: Member = BOB, title: str = "Tacos", **fields: object) -> UUID:
    """An idea that answers it."""
    command = said(SubmitIdea, by, challenge_id=challenge, title=title, **fields)
    await place.tell(command)
    return command.id
