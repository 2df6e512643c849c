"""The running system, as its users see it: members with tokens, mutations, screens that watch."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from deploy.local.system import System

ERRORS = "errors { code message path retryable }"
SET_GOAL = f"mutation($input: SetGoalInput!) {{ setGoal(input: $input) {{ goal {{ id owner {{ id }} }} {ERRORS} }} }}"
ACTIVATE = f"mutation($input: ActivateGoalInput!) {{ activateGoal(input: $input) {{ {ERRORS} }} }}"
OPEN = f"""mutation($input: OpenChallengeInput!) {{
  openChallenge(input: $input) {{ challenge {{ id ballotId }} {ERRORS} }} }}"""
SUBMIT = f"mutation($input: SubmitIdeaInput!) {{ submitIdea(input: $input) {{ idea {{ id }} {ERRORS} }} }}"
CAST = f"mutation($input: CastVoteInput!) {{ castVote(input: $input) {{ events {{ id kind version }} {ERRORS} }} }}"
CLOSE = f"mutation($input: CloseBallotInput!) {{ closeBallot(input: $input) {{ {ERRORS} }} }}"
IDEA = """query($id: ID!) { node(id: $id) { ... on Idea {
  support { support version counts { position count } } tally { version turnout }
  goal { voices { heard voters contributors } } } } }"""
BALLOT = "query($id: ID!) { node(id: $id) { ... on Ballot { state tally { version turnout } outcome { turnout } } } }"
WATCH = """subscription($id: ID!) { tallyChanged(ballotId: $id) {
  version turnout counts { optionId counts { position count } } } }"""
AGAIN = ("NoActiveGoal", "NoSuchBallot", "NoSuchOption", "NoSuchChallenge", "Unknown")


class Town:
    """A system, and a session to speak with it."""

    def __init__(self, system: System, session: aiohttp.ClientSession) -> None:
        self.system = system
        self.session = session

    async def member(self, name: str, roles: tuple[str, ...] = (), audience: str = "customer") -> str:
        """A member's token."""
        return await self.system.token(name, roles, audience)

    async def ask(self, token: str | None, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """What GraphQL answers, whole."""
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        async with self.session.post(self.system.graphql_url, json=body, headers=sent | (headers or {})) as response:
            return json.loads(await response.text())

    @staticmethod
    def raw(id: str) -> str:
        """The id within a global one, as services and topics know it."""
        return b64decode(id).decode().partition(":")[2]

    async def do(self, token: str, mutation: str, **given: Any) -> Any:
        """A mutation that must be accepted: its payload. What is early or unknown is repeated with the same key."""
        given.setdefault("idempotencyKey", str(uuid4()))
        for _ in range(60):
            answer = await self.ask(token, mutation, input=given)
            [payload] = (answer.get("data") or {"": None}).values()
            codes = {error["code"] for error in payload["errors"]} if payload else {"Unknown"}
            if payload and not codes:
                return payload
            assert codes <= set(AGAIN), answer
            await asyncio.sleep(0.1)
        raise AssertionError(f"it was never accepted: {answer}")

    async def challenge(self, owner: str, **more: Any) -> tuple[str, str]:
        """An open challenge under an active goal: its id and its ballot's."""
        period = {"starts": "2026-01-01T00:00:00Z", "ends": "2036-01-01T00:00:00Z"}
        goal = (await self.do(owner, SET_GOAL, statement="Be liked", advantage="We listen", **period))["goal"]
        await self.do(owner, ACTIVATE, goalId=goal["id"])
        measure = {"name": "tacos sold", "baseline": 10, "date": "2030-01-01T00:00:00Z"}
        purpose = {"goalId": goal["id"], "ownerId": goal["owner"]["id"], "statement": "More tacos", "measure": measure}
        stance = {"positions": ["AGREE", "PASS", "DISAGREE"]}
        asked = {"question": "Which taco?", "purpose": purpose, "stance": stance, "public": True} | more
        opened = (await self.do(owner, OPEN, **asked))["challenge"]
        return opened["id"], opened["ballotId"]

    async def idea(self, author: str, challenge: str, title: str = "Fish") -> str:
        """An idea of a challenge."""
        payload = await self.do(author, SUBMIT, challengeId=challenge, title=title)
        return str(payload["idea"]["id"])

    @asynccontextmanager
    async def watching(self, token: str, id: str, query: str = WATCH) -> AsyncIterator["Screen"]:
        """A screen that shows something as it changes: a ballot's tally unless said."""
        url = self.system.graphql_url.replace("http", "ws")
        async with self.session.ws_connect(url, protocols=["graphql-transport-ws"]) as socket:
            await socket.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
            assert (await socket.receive_json())["type"] == "connection_ack"
            said = {"query": query, "variables": {"id": id}}
            await socket.send_json({"id": "1", "type": "subscribe", "payload": said})
            yield Screen(socket)

    async def records(self, topic: str) -> list[ConsumerRecord]:
        """Everything on a topic."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.system.kafka_url, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic, number) for number in range(12)])
            ends = await consumer.end_offsets(consumer.assignment())
            found: list[ConsumerRecord] = []
            while any([await consumer.position(part) < end for part, end in ends.items()]):
                for part in (await consumer.getmany(timeout_ms=200)).values():
                    found += part
            return found
        finally:
            await consumer.stop()


class Screen:
    """What a subscription shows."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def next(self) -> Any:
        """The next picture."""
        async with asyncio.timeout(10):
            while (message := await self._socket.receive_json())["type"] != "next":
                assert message["type"] not in ("error", "complete"), message
            [picture] = message["payload"]["data"].values()
            return picture
