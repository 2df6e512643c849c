"""Streams of answers: server-sent events (graphql-sse, distinct connections), and WebSockets."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.schema.base import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.unset import UNSET, UnsetType

from chassis.identity import Tokens, Visit
from contracts.messages import Refused
from gateway.answers import refusal
from gateway.context import Context, Desk, now
from gateway.documents import Rejected
from gateway.frames import Adapter, Handler
from gateway.operations import Executor

log = logging.getLogger(__name__)

HEARTBEAT = 12.0  # seconds of silence after which proxies are told that we are still here
STREAMING = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


def seconds_left(visit: Visit | None) -> float | None:
    """How long a token is still good for; None where there is none."""
    return None if visit is None else max(0.0, (visit.expires - datetime.now(UTC)).total_seconds())


async def tell(
    results: AsyncGenerator[dict[str, Any], None], visit: Visit | None, receive: Receive, send: Send
) -> None:
    """Send results as server-sent events until they end, the client goes, or the token expires."""
    await send({"type": "http.response.start", "status": 200, "headers": STREAMING})
    telling = [asyncio.ensure_future(work) for work in (_next(results, send), _left(receive), _heartbeats(send))]
    try:
        await asyncio.wait(telling, timeout=seconds_left(visit), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)
        await results.aclose()
    await send({"type": "http.response.body", "body": b"event: complete\ndata:\n\n"})


async def _next(results: AsyncIterator[dict[str, Any]], send: Send) -> None:
    async for result in results:
        body = b"event: next\ndata: " + orjson.dumps(result) + b"\n\n"
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _heartbeats(send: Send) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT)
        await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})


class SocketContext:
    """What a WebSocket knows: who opened it, once it has said so in `connection_init`."""

    def __init__(self, desk: Desk, socket: WebSocket) -> None:
        self.desk = desk
        self.socket = socket
        self.connection_params: dict[str, Any] = {}
        self.visit: Visit | None = None
        self.expiry: asyncio.TimerHandle | None = None


class _Operations:
    """What strawberry's WebSocket handler takes for a schema: our one executor behind it."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def stream(
        self,
        query: Any,
        variable_values: Any = None,
        context_value: SocketContext | None = None,
        root_value: None = None,
        operation_name: Any = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of an operation; a first one that tells why it never began ends it."""
        assert context_value is not None
        return self._results(query, variable_values, context_value, operation_name)

    async def _results(
        self, query: Any, variables: Any, socket: SocketContext, name: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        try:
            document = self._executor.documents.get(str(query))
            document.operation(name)
        except Rejected as rejected:
            yield PreExecutionError(None, [_error(told) for told in rejected.errors])
            return
        except Refused as refused:
            yield PreExecutionError(None, [_error(refusal(refused))])
            return
        context = Context(socket.desk, socket.visit, now())
        results = self._executor.stream(document, name, variables, context, None)
        try:
            async for told in results:
                errors = [_error(error) for error in told.get("errors", ())] or None
                yield ExecutionResult(told["data"], errors) if "data" in told else PreExecutionError(None, errors)
        finally:
            await results.aclose()


def _error(told: dict[str, Any]) -> GraphQLError:
    return GraphQLError(told["message"], path=told.get("path"), extensions=told["extensions"])


class Sockets(GraphQL[SocketContext, None]):
    """WebSockets in the protocol graphql-transport-ws. They close when the token that opened them expires."""

    graphql_transport_ws_handler_class = Handler
    websocket_adapter_class = Adapter

    def __init__(self, executor: Executor, desk: Callable[[], Desk], tokens: Tokens, origins: tuple[str, ...]) -> None:
        super().__init__(
            cast("BaseSchema", _Operations(executor)),
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            allowed_origins=origins,
        )
        self._desk = desk
        self._tokens = tokens

    def decode_json(self, data: str | bytes) -> object:
        """What a frame says, read as strictly as the body of a request: no halves of characters, nothing too deep."""
        return orjson.loads(data)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> SocketContext:
        """What this socket knows at first."""
        context = SocketContext(self._desk(), cast("WebSocket", request))
        request.scope["folkmoot"] = context
        return context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket; when it is closed, nobody waits for its token to expire any more."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            context = scope.get("folkmoot")
            if context is not None and context.expiry is not None:
                context.expiry.cancel()

    async def on_ws_connect(self, context: SocketContext) -> UnsetType:
        """Let in whom the token in `connection_init` names, or a visitor; close with 4403 where it is no good."""
        said = {str(name).lower(): value for name, value in context.connection_params.items()}
        names = ("authorization", "folkmoot-act-as", "folkmoot-act-as-name", "folkmoot-act-as-audience")
        try:
            context.visit = await self._tokens.visit(*(_text(said.get(name)) for name in names))
        except Refused as refused:
            raise ConnectionRejectionError from refused
        left = seconds_left(context.visit)
        if left is not None:
            loop = asyncio.get_running_loop()
            context.expiry = loop.call_later(left, lambda: loop.create_task(_expire(context.socket)))
        return cast("UnsetType", UNSET)


def _text(said: object) -> str | None:
    return None if said is None else str(said)


async def _expire(socket: WebSocket) -> None:
    if socket.application_state is not WebSocketState.DISCONNECTED and socket.client_state is WebSocketState.CONNECTED:
        await socket.close(4403, "Your access token has expired")
