"""A hot ballot closes under a crowd: two replicas of voting, 256 connections (P14, P15, P17)."""

import asyncio
import os
from base64 import b64decode
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from motor.motor_asyncio import AsyncIOMotorClient

from tests.eventually import eventually
from tests.journeys.town import BALLOT, CAST, CLOSE, Town

ROUNDS = int(os.environ.get("ROUNDS", "8"))  # `ROUNDS=50 make test ARGS=tests/journeys/test_closing.py` for a long look
CONNECTIONS = 256
CHOICES = ("AGREE", "PASS", "DISAGREE")


class Round:
    """One ballot, from the first vote to the count: what each member was last told."""

    def __init__(self, town: Town, ballot: str, idea: str) -> None:
        self.town = town
        self.ballot = ballot
        self.idea = idea
        self.accepted = 0
        self.refused = 0
        self.last: dict[str, str] = {}

    async def keep_voting(self, member: str, start: int) -> None:
        """Change one's mind until the ballot is closed; what is unknown is asked again with its key."""
        for number in range(start, start + 1000):
            choice = CHOICES[number % 3]
            if not await self._cast(member, choice):
                self.refused += 1
                return
            self.last[member] = choice
            self.accepted += 1
        raise AssertionError("it never closed")

    async def _cast(self, member: str, choice: str) -> bool:
        vote = {"ballotId": self.ballot, "optionId": self.idea, "choice": choice, "idempotencyKey": str(uuid4())}
        for _ in range(20):
            answer = await self.town.ask(member, CAST, input=vote)
            payload = (answer.get("data") or {}).get("castVote")
            codes = {error["code"] for error in payload["errors"]} if payload else {"Unknown"}
            if codes != {"Unknown"}:
                assert codes <= {"BallotIsClosed"}, answer
                return not codes
        raise AssertionError("it was never known")

    async def decided(self) -> bool:
        """Whether the count is published."""
        answer = await self.town.ask(None, BALLOT, id=self.ballot)
        return bool(answer["data"]["node"]["state"] == "DECIDED")


async def test_time_and_again_what_was_accepted_is_stored_and_what_was_refused_is_not(town: Town) -> None:
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    crowd = await asyncio.gather(*(town.member(f"crowd-{number}") for number in range(CONNECTIONS)))
    ids = {await member_id(town, member): member for member in crowd}
    client: Any = AsyncIOMotorClient(town.system.mongo_url, uuidRepresentation="standard")
    samples = 0
    for _ in range(ROUNDS):
        challenge, ballot = await town.challenge(ann)
        idea = await town.idea(ann, challenge)
        await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="AGREE")
        here = Round(town, ballot, idea)
        uuid = UUID(b64decode(ballot).decode().partition(":")[2])
        votes = [asyncio.create_task(here.keep_voting(member, start)) for start, member in enumerate(crowd)]

        async def crowded(here: Round = here) -> bool:
            return here.accepted > CONNECTIONS

        await eventually(crowded, within=30)
        await sample(client, uuid)
        await town.do(ann, CLOSE, ballotId=ballot)
        while not all(task.done() for task in votes):
            samples += await sample(client, uuid)
        await asyncio.gather(*votes)
        await eventually(here.decided, within=20)

        papers = await client["voting"]["papers"].find({"ballot_id": uuid}).to_list(None)
        marks = {ids.get(each["member_id"]): mark.upper() for each in papers for mark in each["marks"].values()}
        assert {member: mark for member, mark in marks.items() if member} == here.last
        assert here.refused == CONNECTIONS
        shown = (await town.ask(None, BALLOT, id=ballot))["data"]["node"]
        assert shown["tally"]["turnout"] == shown["outcome"]["turnout"] == len(papers)
        samples += await sample(client, uuid)
    client.close()
    assert samples >= ROUNDS


async def sample(client: Any, ballot: UUID) -> int:
    """Compare the tally with a recount in one snapshot (P17)."""
    async with await client.start_session(snapshot=True) as session:
        counts = await client["voting"]["counts"].find({"ballot_id": ballot}, session=session).to_list(None)
        papers = await client["voting"]["papers"].find({"ballot_id": ballot}, session=session).to_list(None)
    tally: Counter[str] = Counter()
    for count in counts:
        tally.update(count["counts"])
    assert +tally == Counter(mark for paper in papers for mark in paper["marks"].values())
    return 1


async def member_id(town: Town, token: str) -> UUID:
    """A member's id, as services know it."""
    answer = await town.ask(token, "{ viewer { memberId } }")
    return UUID(b64decode(answer["data"]["viewer"]["memberId"]).decode().partition(":")[2])
