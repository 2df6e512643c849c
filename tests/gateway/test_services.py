"""How the gateway asks the services: together, once, and never losing track of who asked what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from chassis.trust import Door, Signer, new_keys
from contracts.messages import Audience, Member
from contracts.voting import BallotsNamed, CastVote, Position
from gateway.services import ServiceClient
from gateway.trouble import Fault, ServiceIsAway, ServiceRefused, Unknown
from tests.eventually import eventually
from tests.gateway.standin import StandIn, done, fault, listening, refused

ANN = Member(id=uuid4(), name="Ann", audience=Audience.EMPLOYEE)


def vote(choice: Position = Position.AGREE) -> CastVote:
    return CastVote(
        id=uuid4(), member=ANN, arrived=datetime.now(UTC), ballot_id=uuid4(), option_id=uuid4(), choice=choice
    )


def ballots() -> BallotsNamed:
    return BallotsNamed(viewer=ANN, ballot_ids=(uuid4(),))


@asynccontextmanager
async def asking(batching: bool = True, away: str | None = None) -> AsyncIterator[tuple[ServiceClient, StandIn]]:
    private, public = new_keys()
    voting = StandIn("voting", Door("voting", public), {"CastVote": lambda data: done()})
    async with listening(voting) as url, aiohttp.ClientSession() as session:
        urls = [away, url] if away else [url]
        try:
            yield ServiceClient("voting", urls, session, Signer(private).sign_for, batching), voting
        finally:
            voting.held.set()  # a test that failed while it held answers back should end


async def test_a_lone_command_waits_for_nobody() -> None:
    async with asking() as (client, voting):
        await client.send(vote())

        assert [len(request) for request in voting.requests] == [1]


async def test_whatever_waits_while_two_requests_are_in_flight_goes_into_the_next() -> None:
    async with asking() as (client, voting):
        voting.held.clear()
        sent = []
        for _ in range(2):
            sent.append(asyncio.create_task(client.send(vote())))
            await eventually(lambda: _so_many(voting, len(sent)))
        sent += [asyncio.create_task(client.send(vote())) for _ in range(20)]
        await asyncio.sleep(0)
        voting.held.set()

        await asyncio.gather(*sent)

        assert [len(request) for request in voting.requests] == [1, 1, 20]


async def test_no_request_takes_more_than_a_service_does() -> None:
    async with asking() as (client, voting):
        await asyncio.gather(*(client.send(vote()) for _ in range(700)))

        assert [len(request) for request in voting.requests] == [256, 256, 188]


async def test_a_crowd_that_fills_no_more_than_one_batch_travels_together() -> None:
    async with asking() as (client, voting):

        async def voter() -> None:
            for _ in range(5):
                await client.send(vote())

        await asyncio.gather(*(voter() for _ in range(40)))

        assert [len(request) for request in voting.requests] == [40] * 5


async def test_a_crowd_that_fills_several_travels_in_even_batches() -> None:
    async with asking() as (client, voting):
        await asyncio.gather(*(client.send(vote()) for _ in range(150)))

        sizes = [len(request) for request in voting.requests]
        assert len(sizes) == 2
        assert min(sizes) >= 0.5 * max(sizes)


async def test_the_first_of_a_crowd_waits_a_moment_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.lane.LINGER", 0.01)
    async with asking() as (client, voting):
        await asyncio.gather(*(client.send(vote()) for _ in range(20)))
        sent = []
        for _ in range(3):
            sent.append(asyncio.create_task(client.send(vote())))
            await asyncio.sleep(0.001)

        await asyncio.gather(*sent)

        assert [len(request) for request in voting.requests] == [20, 3]


async def test_a_few_do_not_wait_for_long_behind_a_request_that_is_held_up() -> None:
    async with asking() as (client, voting):
        await asyncio.gather(*(client.send(vote()) for _ in range(20)))
        voting.held.clear()
        sent = []
        for _ in range(2):
            sent.append(asyncio.create_task(client.send(vote())))
            await eventually(lambda: _so_many(voting, 1 + len(sent)))
        voting.held.set()

        await asyncio.gather(*sent)

        assert [len(request) for request in voting.requests] == [20, 1, 1]


async def test_a_crowd_is_forgotten_and_a_lone_command_waits_for_nobody_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.lane.LINGER", 0.001)
    async with asking() as (client, _):
        await asyncio.gather(*(client.send(vote()) for _ in range(20)))
        await client.send(vote())  # waits for it in vain, once
        monkeypatch.setattr("gateway.lane.LINGER", 3600)

        await asyncio.wait_for(client.send(vote()), 5)


async def _so_many(voting: StandIn, requests: int) -> bool:
    return len(voting.requests) >= requests


async def test_what_is_asked_at_once_goes_together() -> None:
    async with asking() as (client, voting):
        await asyncio.gather(*(client.send(vote()) for _ in range(20)))

        assert [len(request) for request in voting.requests] == [20]


async def test_what_one_asks_goes_together_and_apart_from_what_others_ask_while_there_is_room() -> None:
    async with asking() as (client, voting):
        voting.answers["BallotsNamed"] = lambda data: {"answer": [None]}
        voting.held.clear()
        askers = [object() for _ in range(9)]
        asked = [asyncio.create_task(client.ask(ballots(), None, asker)) for asker in askers for _ in range(2)]
        await eventually(lambda: _so_many(voting, 8))
        voting.held.set()

        await asyncio.gather(*asked)

        assert sorted(len(request) for request in voting.requests) == [2] * 7 + [4]


async def test_without_batching_each_goes_alone_and_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.lane.LINGER", 3600)
    monkeypatch.setattr("gateway.lane.BEHIND", 3600)
    async with asking(batching=False) as (client, voting), asyncio.timeout(5):
        voting.held.clear()
        sent = [asyncio.create_task(client.send(vote())) for _ in range(20)]
        await eventually(lambda: _so_many(voting, 20))
        sent.append(asyncio.create_task(client.send(vote())))
        await eventually(lambda: _so_many(voting, 21))
        voting.held.set()

        await asyncio.gather(*sent)

        assert [len(request) for request in voting.requests] == [1] * 21


async def test_each_gets_its_own_answer_and_a_refusal_touches_nobody_else() -> None:
    async with asking() as (client, voting):
        voting.answers["CastVote"] = lambda data: done() if data["choice"] == "agree" else refused("BallotIsClosed")
        choices = [Position.AGREE, Position.DISAGREE, Position.AGREE]

        good, bad, fine = await asyncio.gather(
            *(client.send(vote(choice)) for choice in choices), return_exceptions=True
        )

        assert not isinstance(good, BaseException)
        assert not isinstance(fine, BaseException)
        assert isinstance(bad, ServiceRefused)
        assert [problem.code for problem in bad.problems] == ["BallotIsClosed"]


async def test_who_leaves_takes_nobody_along() -> None:
    async with asking() as (client, voting):
        voting.held.clear()
        leaving, staying = (asyncio.create_task(client.send(vote())) for _ in range(2))
        await eventually(lambda: _so_many(voting, 1))
        leaving.cancel()
        voting.held.set()

        assert (await staying).events


async def test_a_replica_that_does_not_listen_is_passed_over() -> None:
    async with asking(away="http://127.0.0.1:1") as (client, voting):
        for _ in range(3):
            await client.send(vote())

        assert len(voting.items) == 3


async def test_a_service_that_is_away_did_nothing_and_says_so() -> None:
    private, _ = new_keys()
    async with aiohttp.ClientSession() as session:
        client = ServiceClient("voting", ["http://127.0.0.1:1"], session, Signer(private).sign_for)

        with pytest.raises(ServiceIsAway) as away:
            await client.send(vote())

    assert away.value.retryable


async def test_a_service_that_answers_with_trouble_leaves_it_unknown_and_was_asked_with_the_same_id() -> None:
    async with asking() as (client, voting):
        voting.status = 503

        with pytest.raises(Unknown):
            await client.send(vote())

        ids: set[UUID] = {item["data"]["id"] for item in voting.items}
        assert len(voting.items) > 1
        assert len(ids) == 1


async def test_a_refusal_of_what_was_sent_before_is_unknown_since_who_had_it_first_may_still_do_it_p5() -> None:
    """Seen: a replica that stood still took votes which another, asked again, had refused: the ballot was closing."""
    async with asking() as (client, voting):
        voting.answers["CastVote"] = voting.answers["BallotsNamed"] = lambda data: _closed(voting)

        with pytest.raises(Unknown):
            await client.send(vote())
        with pytest.raises(ServiceRefused):
            await client.ask(ballots())


def _closed(voting: StandIn) -> dict[str, Any]:
    """A refusal that is lost on its way back every first time."""
    voting.status = 503 if len(voting.requests) % 2 else 200
    return refused("BallotIsClosed")


async def test_no_answer_in_time_is_unknown_never_refused_p5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.lane.PATIENCE", 0.2)
    async with asking() as (client, voting):
        voting.held.clear()

        with pytest.raises(Unknown):
            await client.send(vote())
        voting.held.set()


async def test_a_fault_carries_its_trace() -> None:
    async with asking() as (client, voting):
        voting.answers["CastVote"] = lambda data: fault("abc")

        with pytest.raises(Fault) as broken:
            await client.send(vote())

        assert broken.value.trace == "abc"


async def test_a_batch_stays_under_the_weight_that_a_service_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.lane.HEAVIEST", 2_000)
    async with asking() as (client, voting):
        await asyncio.gather(*(client.send(vote()) for _ in range(20)))

        assert len(voting.requests) > 2
        assert len(voting.items) == 20


async def test_an_answer_has_the_type_that_its_query_declares() -> None:
    async with asking() as (client, voting):
        voting.answers["BallotsNamed"] = lambda data: {"answer": [None for _ in data["ballot_ids"]]}

        assert await client.ask(BallotsNamed(ballot_ids=(uuid4(), uuid4()))) == [None, None]
