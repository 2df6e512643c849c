"""What comes in on a WebSocket: taken in the form of graphql-transport-ws; on anything else the socket is closed."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message

LONGEST_REASON = 120  # bytes that a closing frame has room for, and a few to spare
IDENTIFIED = ("subscribe", "complete")


def well_formed(message: Any) -> bool:
    """Whether a message has the fields that its type needs, each of the type it must be."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] in IDENTIFIED and not isinstance(message.get("id"), str):
        return False
    return message["type"] != "subscribe" or _is_request(message.get("payload"))


def _is_request(payload: Any) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
        and isinstance(payload.get("extensions"), dict | None)
    )


class Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Says what is wrong with a message by closing with 4400, as the protocol asks."""

    async def handle_message(self, message: Message) -> None:
        """Take a message that is well formed."""
        if well_formed(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("Not a message of graphql-transport-ws")

    async def handle_task_exception(self, error: Exception) -> None:
        """Log what failed; that somebody has gone is no failure."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)


class Adapter(ASGIWebSocketAdapter):
    """A socket that may have been closed already, by either side, when something is to be said."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send, or learn that nobody listens any more."""
        try:
            await super().send_json(message)
        except RuntimeError as closed:
            raise WebSocketDisconnected from closed

    async def close(self, code: int, reason: str) -> None:
        """Close, if that has not happened, with as much of the reason as there is room for."""
        with suppress(RuntimeError):
            await super().close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))
