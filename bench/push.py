"""Row (c): from a vote's mutation to the tally on a watching screen."""

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bench.community import Community, Vote, cast_body, changed
from bench.generator import Load
from bench.processes import Processes
from bench.votes import Row, Unsound, row_of
from cli.identity import bearer

WATCH = "subscription Watch($ballot: ID!) { tallyChanged(ballotId: $ballot) { version turnout counts { optionId } } }"
PUSHES = 120
REST = (0.12, 0.32)  # seconds between two votes: more than the shortest time between two announcements of a ballot
LONGEST = 5.0  # seconds that a push may take


class Screen:
    """A browser's socket that watches one ballot; remembers when each version arrived."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._moved = asyncio.Event()
        self.version = -1
        self.at = 0.0

    async def follow(self) -> None:
        """Take in what is pushed, until the socket closes."""
        async for message in self._socket:
            said: dict[str, Any] = message.json()
            if said["type"] == "ping":
                await self._socket.send_json({"type": "pong"})
            elif said["type"] != "next":
                raise Unsound(f"the subscription ended: {said}")
            elif "errors" in said["payload"]:
                raise Unsound(f"the subscription failed: {said['payload']['errors']}")
            else:
                self.at = time.perf_counter()
                self.version = said["payload"]["data"]["tallyChanged"]["version"]
                self._moved.set()

    async def newer_than(self, version: int) -> float:
        """When a newer version arrived, waiting for it; raises TimeoutError after five seconds."""
        async with asyncio.timeout(LONGEST):
            while self.version <= version:
                self._moved.clear()
                await self._moved.wait()
        return self.at


async def pushes(url: str, community: Community, votes: Iterator[Vote], processes: Processes) -> Row:
    """So many lone votes, each awaited on a screen that watches their ballot."""
    came = Load()
    before, began, cpu = processes.cpu(), time.perf_counter(), time.process_time()
    async with aiohttp.ClientSession() as session, _screen(session, url, community) as screen:
        await screen.newer_than(-1)
        for vote in itertools.islice(votes, PUSHES):
            await asyncio.sleep(random.uniform(*REST))
            seen, sent = screen.version, time.perf_counter()
            body = cast_body(community.ballot, vote.option, vote.choice, f"push-{vote.number}")
            headers = bearer(community.tokens[vote.member]) | {"Content-Type": "application/json"}
            async with session.post(f"{url}/graphql", data=body, headers=headers) as answer:
                said = await answer.read()
            if not changed(said):
                raise Unsound(f"a vote to be pushed changed nothing: {said.decode()[:500]}")
            came.latencies.append(await screen.newer_than(seen) - sent)
    came.seconds, came.cpu = time.perf_counter() - began, time.process_time() - cpu
    return row_of("vote to push", 1, came, processes.above_idle(before, came.seconds), 0.0)


@asynccontextmanager
async def _screen(session: aiohttp.ClientSession, url: str, community: Community) -> AsyncIterator[Screen]:
    """A screen that has begun to watch, over graphql-transport-ws."""
    address = f"{url.replace('http', 'ws', 1)}/graphql"
    async with session.ws_connect(address, protocols=["graphql-transport-ws"]) as socket:
        await socket.send_json({"type": "connection_init", "payload": bearer(community.tokens[0])})
        if (acknowledged := await socket.receive_json(timeout=LONGEST))["type"] != "connection_ack":
            raise Unsound(f"the socket was not accepted: {acknowledged}")
        watch = {"query": WATCH, "variables": {"ballot": community.ballot}}
        await socket.send_json({"id": "1", "type": "subscribe", "payload": watch})
        screen = Screen(socket)
        following = asyncio.create_task(screen.follow())
        try:
            yield screen
        finally:
            following.cancel()
            await asyncio.wait([following])
            if not following.cancelled() and (error := following.exception()):
                raise error
