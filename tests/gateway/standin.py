"""A stand-in for the services: speaks their wire, answers as told, and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.trust import Door

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def done(kind: str = "VoteCast", version: int = 1) -> dict[str, Any]:
    """The answer to an accepted command, with one event."""
    return {"done": {"events": [{"kind": kind, "id": str(uuid4()), "key": "a key", "version": version}]}}


def refused(code: str, message: str = "No.", status: int = 409, **more: Any) -> dict[str, Any]:
    """A refusal with one problem."""
    errors = [{"code": code, "message": message, "path": [], "retryable": False, **more}]
    return {"problem": {"type": "about:blank", "title": code, "status": status, "detail": message, "errors": errors}}


def fault(trace: str | None = None) -> dict[str, Any]:
    """A masked fault."""
    return {"problem": {"title": "Fault", "status": 500, "detail": "Something went wrong on our side.", "trace": trace}}


@dataclass
class StandIn:
    """One service: `answers` by the kind of message, `requests` are the batches it was sent."""

    name: str
    door: Door
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[list[dict[str, Any]]] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    status: int = 200

    def __post_init__(self) -> None:
        self.held.set()

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every message so far."""
        return [item for request in self.requests for item in request]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The data of every message of a kind so far."""
        return [item["data"] for item in self.items if item["kind"] == kind]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a batch, once `held` lets it."""
        assert scope["type"] == "http"
        headers = dict(scope["headers"])
        if scope["path"] == "/health/ready":
            await _respond(send, 200, b"")
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.door.admit(headers[b"authorization"].decode())
        batch = orjson.loads(body)
        self.requests.append(batch)
        await self.held.wait()
        answers = [self.answers[item["kind"]](item["data"]) for item in batch]
        await _respond(send, self.status, orjson.dumps(answers))


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def listening(app: ASGIApp, lifespan: str = "off") -> AsyncIterator[str]:
    """The address at which an application listens."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan=lifespan, ws="websockets-sansio"))  # type: ignore[arg-type]
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
