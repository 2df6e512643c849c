"""A hot ballot closes under a crowd: two replicas of voting, 256 connections (P14, P15)."""

import asyncio
from base64 import b64decode
from random import Random
from typing import Any
from uuid import UUID, uuid4

from motor.motor_asyncio import AsyncIOMotorClient

from tests.eventually import eventually
from tests.journeys.town import BALLOT, CAST, CLOSE, Town

ROUNDS = 50
CONNECTIONS = 256


async def test_fifty_times_what_was_accepted_is_stored_and_what_was_refused_is_not(town: Town) -> None:
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    crowd = await asyncio.gather(*(town.member(f"crowd-{number}") for number in range(CONNECTIONS)))
    ids = {member: await member_id(town, member) for member in crowd}
    client: Any = AsyncIOMotorClient(town.system.mongo_url, uuidRepresentation="standard")
    voting = client["voting"]
    chance = Random(50)
    refusals = 0
    for _ in range(ROUNDS):
        challenge, ballot = await town.challenge(ann)
        idea = await town.idea(ann, challenge)
        await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="AGREE")
        fate: dict[UUID, bool] = {}

        async def cast(member: str, ballot: str = ballot, idea: str = idea, fate: dict[UUID, bool] = fate) -> None:
            choice = chance.choice(["AGREE", "PASS", "DISAGREE"])
            vote = {"ballotId": ballot, "optionId": idea, "choice": choice, "idempotencyKey": str(uuid4())}
            for _ in range(20):
                answer = await town.ask(member, CAST, input=vote)
                payload = (answer.get("data") or {}).get("castVote")
                codes = {error["code"] for error in payload["errors"]} if payload else {"Unknown"}
                if "Unknown" not in codes:
                    assert codes <= {"BallotIsClosed"}, answer
                    fate[ids[member]] = not codes
                    return
            raise AssertionError("it was never known")

        votes = [asyncio.create_task(cast(member)) for member in crowd]
        while sum(task.done() for task in votes) < CONNECTIONS // 3:
            await asyncio.wait([task for task in votes if not task.done()], return_when=asyncio.FIRST_COMPLETED)
        await town.do(ann, CLOSE, ballotId=ballot)
        await asyncio.gather(*votes)

        async def decided(ballot: str = ballot) -> bool:
            return bool((await town.ask(ann, BALLOT, id=ballot))["data"]["node"]["state"] == "DECIDED")

        await eventually(decided, within=20)
        uuid = UUID(b64decode(ballot).decode().partition(":")[2])
        papers = await voting["papers"].find({"ballot_id": uuid}).to_list(None)
        stored = {paper["member_id"] for paper in papers} & set(fate)
        assert stored == {member for member, accepted in fate.items() if accepted}
        shown = (await town.ask(ann, BALLOT, id=ballot))["data"]["node"]
        assert shown["tally"]["turnout"] == shown["outcome"]["turnout"] == len(papers)
        refusals += CONNECTIONS - len(stored)
    client.close()
    assert refusals > ROUNDS  # the closings did come in the middle


async def member_id(town: Town, token: str) -> UUID:
    """A member's id, as services know it."""
    answer = await town.ask(token, "{ viewer { memberId } }")
    return UUID(b64decode(answer["data"]["viewer"]["memberId"]).decode().partition(":")[2])
