"""MongoDB is stopped under the whole system: members are told so, nothing is set aside, and all goes on by itself."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient

from contracts.topics import SERVICES, dead_letters
from tests.eventually import eventually
from tests.journeys.town import CAST, IDEA, Town
from tests.live.conftest import PATIENCE, Live

VOTERS = 10
DEAD = (dead_letters("voting.tallies", "ideas"), dead_letters("voting.votes", "strategy"))


async def test_a_vote_is_answered_with_a_clear_error_and_counts_once_when_it_is_repeated(live: Live) -> None:
    """P5: unknown is not refused. P6: trouble with a server is nobody's attempt."""
    town = live.town
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    voters = [await town.member(f"patient-{number}") for number in range(VOTERS)]
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    votes = [{"ballotId": ballot, "optionId": idea, "choice": "AGREE", "idempotencyKey": str(uuid4())} for _ in voters]
    assert await _ready(town, "voting")
    before = await _set_aside(town)

    await town.system.stop("mongo")

    answers = await asyncio.gather(
        *(town.ask(each, CAST, input=vote) for each, vote in zip(voters, votes, strict=True))
    )
    for answer in answers:
        assert _error(answer) in (("Unknown", True), ("ServiceIsAway", True)), answer
        assert "Traceback" not in json.dumps(answer)
        assert "pymongo" not in json.dumps(answer)
    for service in SERVICES:
        assert not await _ready(town, service)
    async with town.session.get(f"{town.system.url('gateway')}/health") as told:
        assert (await told.json())["services"] == dict.fromkeys(SERVICES, False)

    await town.system.start("mongo")
    for service in SERVICES:
        await eventually(lambda service=service: _ready(town, service), within=PATIENCE)  # type: ignore[misc]
    for each, vote in zip(voters, votes, strict=True):
        await town.do(each, CAST, **vote)

    async def shown() -> bool:
        seen = (await town.ask(ann, IDEA, id=idea))["data"]["node"]
        return bool(seen["support"]["support"] == seen["goal"]["voices"]["voters"] == VOTERS)

    await eventually(shown, within=PATIENCE)
    assert await _set_aside(town) == before


async def _ready(town: Town, service: str) -> bool:
    async with town.session.get(f"{town.system.url(service)}/health/ready") as answer:
        return answer.status == 200


def _error(answer: Any) -> tuple[str, bool]:
    """The one error of a vote, in its payload or instead of it: its code, and whether to try again."""
    payload = (answer.get("data") or {}).get("castVote")
    [error] = payload["errors"] if payload else [each["extensions"] for each in answer["errors"]]
    return error["code"], error["retryable"]


async def _set_aside(town: Town) -> list[int]:
    """How many messages two groups have set aside so far, and how many keys each service holds back."""
    dead = [len(await town.records(topic)) for topic in DEAD]
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(town.system.mongo_url)
    held = [await client[service]["held"].count_documents({}) for service in SERVICES]
    client.close()
    return [*dead, *held]
