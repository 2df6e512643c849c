"""Giving way: what can wait lets the commands that are under way go first."""

import asyncio

import pytest

from chassis import calm
from chassis.calm import Calm


async def test_where_no_command_is_under_way_nobody_waits() -> None:
    waiting = Calm().wait()

    with pytest.raises(StopIteration):
        waiting.send(None)


async def test_who_can_wait_goes_on_once_the_last_command_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "PATIENCE", 60)
    here = Calm()
    with here.broken():
        with here.broken():
            waiting = asyncio.create_task(here.wait())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert here.is_broken
        assert not waiting.done()

    async with asyncio.timeout(10):
        await waiting


async def test_who_can_wait_goes_on_though_others_have_come_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "PATIENCE", 60)
    here = Calm()
    with here.broken():
        waiting = asyncio.create_task(here.wait())
        await asyncio.sleep(0)

    with here.broken():
        async with asyncio.timeout(10):
            await waiting


async def test_nobody_waits_for_longer_than_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "PATIENCE", 0.001)
    here = Calm()

    with here.broken():
        async with asyncio.timeout(10):
            await here.wait()


async def test_a_command_that_fails_leaves_calm_behind() -> None:
    here = Calm()

    with pytest.raises(ZeroDivisionError), here.broken():
        raise ZeroDivisionError

    assert not here.is_broken
