"""A service waits until the start-up job has been done for its version."""

import asyncio
from dataclasses import replace

import pytest

from chassis.kept import Index
from deploy.declared import SERVICES
from deploy.prepared import leave_mark, mark_of, missing
from services.voting.app import voting
from services.voting.store import Ballots
from tests.stage import Stage


async def test_it_is_missing_until_the_job_has_left_its_mark(stage: Stage) -> None:
    database = (await stage.place(voting)).database
    mark = mark_of(voting)

    assert "has not been done" in str(await missing(database, mark))
    await asyncio.gather(*(leave_mark(database, mark) for _ in range(3)))

    assert await missing(database, mark) is None


async def test_a_version_that_needs_another_index_waits_for_its_own_job_and_the_old_one_does_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = (await stage.place(voting)).database
    old = mark_of(voting)
    await leave_mark(database, old)

    first, *others = Ballots.kept
    monkeypatch.setattr(Ballots, "kept", (replace(first, indexes=(*first.indexes, Index((("new", 1),)))), *others))
    new = mark_of(voting)

    assert await missing(database, new) is not None
    await leave_mark(database, new)
    assert await missing(database, new) is None
    assert await missing(database, old) is None, "going back needs no job"


def test_each_service_has_a_mark_of_its_own_that_is_the_same_every_time() -> None:
    marks = [mark_of(service) for service in SERVICES]
    assert marks == [mark_of(service) for service in SERVICES]
    assert len(set(marks)) > 1


async def test_mongodb_away_is_waited_for_too(stage: Stage) -> None:
    database = (await stage.place(voting)).database
    await stage.fail("find", 1, errorCode=50)  # it took too long
    assert "MongoDB is away" in str(await missing(database, mark_of(voting)))
