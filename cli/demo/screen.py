"""A screen that moves by itself: a subscription over graphql-transport-ws, taken up again where it broke."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from cli.api import Headers
from cli.errors import Trouble

Picture = dict[str, Any]
PAUSE = 0.3  # seconds until a broken connection is tried again


class Screen:
    """Shows one thing as it changes, inside `async with`; `shown` hears every picture."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        headers: Headers,
        document: str,
        id: str,
        shown: Callable[[Picture], None] = lambda picture: None,
    ) -> None:
        self._session = session
        self._url = f"{url.replace('http', 'ws', 1)}/graphql"
        self._token = headers["Authorization"]
        self._asked = {"query": document, "variables": {"id": id}}
        self._shown = shown
        self._newest: Picture | None = None
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Begin to watch; there is a first picture when it returns, or Trouble is raised."""
        self._task = asyncio.create_task(self._watch())
        try:
            if await self.until(lambda picture: True, within=30) is None:
                raise Trouble(f"{self._url} shows nothing to whoever subscribes.")
        except BaseException:
            self._task.cancel()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Watch no more."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def until(self, as_told: Callable[[Picture], bool], within: float) -> Picture | None:
        """The newest picture, once it is as told; what there is when so many seconds are over, None at first."""
        until = asyncio.get_running_loop().time() + within
        while self._newest is None or not as_told(self._newest):
            moved = asyncio.create_task(self._moved.wait())
            left = until - asyncio.get_running_loop().time()
            await asyncio.wait([moved, self._task], timeout=left, return_when=asyncio.FIRST_COMPLETED)
            moved.cancel()
            if self._task.done():
                self._task.result()
            if asyncio.get_running_loop().time() >= until:
                break
            self._moved.clear()
        return self._newest

    async def _watch(self) -> None:
        while True:
            try:
                await self._subscription()
            except (aiohttp.ClientError, TimeoutError, OSError):
                await asyncio.sleep(PAUSE)

    async def _subscription(self) -> None:
        """One connection from its first picture to its end."""
        async with self._session.ws_connect(self._url, protocols=["graphql-transport-ws"]) as socket:
            await socket.send_json({"type": "connection_init", "payload": {"authorization": self._token}})
            async for message in socket:
                said = message.json()
                if said["type"] == "connection_ack":
                    await socket.send_json({"id": "1", "type": "subscribe", "payload": self._asked})
                elif said["type"] == "ping":
                    await socket.send_json({"type": "pong"})
                elif said["type"] == "next":
                    self._show(said["payload"])
                elif said["type"] == "error":
                    raise Trouble(f"{self._url} says: {said['payload'][0]['message']}")
        await asyncio.sleep(PAUSE)

    def _show(self, payload: Picture) -> None:
        if payload.get("errors"):
            raise Trouble(f"{self._url} says: {payload['errors'][0]['message']}")
        [self._newest] = payload["data"].values()
        self._shown(self._newest or {})
        self._moved.set()
