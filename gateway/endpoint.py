"""The door of the API, /graphql: requests and streams here, WebSockets next door."""

import logging
from collections.abc import Callable
from time import perf_counter

import orjson
from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.identity import Tokens, Visit
from chassis.telemetry import carrier, span
from contracts.messages import Refused
from gateway.answers import masked, refusal
from gateway.context import Context, Desk, now
from gateway.documents import Rejected
from gateway.measures import measured
from gateway.operations import Executor, WatchOverAStream
from gateway.streams import tell
from gateway.wire import (
    GRAPHQL,
    STREAM,
    Gone,
    NotThisMethod,
    Request,
    answer,
    answered_as,
    before_leaving,
    gotten,
    headers_of,
    posted,
    read_body,
    wants_page,
)

log = logging.getLogger(__name__)


class Endpoint:
    """Pure ASGI, in front of everything else: /graphql is answered here, all other paths further in.

    A castVote is nearly all that ever comes in, so nothing stands between the server and the executor.
    """

    def __init__(
        self,
        app: ASGIApp,
        desk: Callable[[], Desk],
        executor: Executor,
        tokens: Tokens,
        sockets: ASGIApp,
        page: bytes | None,
        about: str,
    ) -> None:
        self._app = app
        self._desk = desk
        self._executor = executor
        self._tokens = tokens
        self._sockets = sockets
        self._page = page
        self._challenge = (b"www-authenticate", f'Bearer resource_metadata="{about}"'.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer /graphql, and pass on the rest."""
        if scope["type"] not in ("http", "websocket") or scope["path"] != "/graphql":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, arrived, headers = perf_counter(), now(), headers_of(scope)
        accept = headers.get(b"accept", b"*/*")
        form = answered_as(accept)
        if self._page is not None and scope["method"] == "GET" and wants_page(accept):
            await answer(send, 200, self._page, b"text/html; charset=utf-8")
            return
        strict = form is GRAPHQL
        try:
            visit = await self._visit(headers)
            request = await _asked(scope, receive, headers)
            document = self._executor.documents.get(request.query)
            operation = document.operation(request.operation)
            if scope["method"] == "GET" and operation.kind is OperationType.MUTATION:
                raise NotThisMethod
            context = Context(self._desk(), visit, arrived)
            parent = _traceparent(headers)
            if form is STREAM:
                results = self._executor.stream(document, request.operation, request.variables, context, parent)
                await tell(results, visit, receive, send)
                return
            if operation.kind is OperationType.SUBSCRIPTION:
                raise WatchOverAStream
            told = await self._executor.run(document, request.operation, request.variables, context, parent)
            await answer(send, 400 if strict and "data" not in told else 200, orjson.dumps(told), form)
            measured(operation.span, perf_counter() - began)
        except Gone:
            return
        except Rejected as rejected:
            status = 400 if strict else 200
            await answer(send, status, orjson.dumps({"errors": rejected.errors}), _form(form))
        except Refused as refused:
            await self._refuse(refused, strict, form, receive, send)
        except Exception as fault:
            with span("fault"):
                told = {"errors": [masked(fault, (carrier() or "")[3:35])]}
            await answer(send, 500, orjson.dumps(told), _form(form))

    async def _refuse(self, refused: Refused, strict: bool, form: bytes, receive: Receive, send: Send) -> None:
        status = 400 if strict and refused.status == 422 else 200 if refused.status == 422 else refused.status
        extra: tuple[tuple[bytes, bytes], ...] = ()
        if status == 401:
            extra = (self._challenge,)
        elif status == 405:
            extra = ((b"allow", b"GET, POST"),)
        elif status == 413:
            extra = ((b"connection", b"close"),)
            send = before_leaving(send, receive)
        await answer(send, status, orjson.dumps({"errors": [refusal(refused)]}), _form(form), extra)

    async def _visit(self, headers: dict[bytes, bytes]) -> Visit | None:
        authorization = headers.get(b"authorization")
        if b"folkmoot-act-as" not in headers:
            return await self._tokens.visit(_text(authorization))
        names = (b"folkmoot-act-as", b"folkmoot-act-as-name", b"folkmoot-act-as-audience")
        return await self._tokens.visit(_text(authorization), *(_text(headers.get(name)) for name in names))


async def _asked(scope: Scope, receive: Receive, headers: dict[bytes, bytes]) -> Request:
    if scope["method"] == "POST":
        body = await read_body(receive, headers.get(b"content-length"))
        return posted(body, headers.get(b"content-type", b""))
    if scope["method"] != "GET":
        raise NotThisMethod
    return gotten(scope["query_string"])


def _form(form: bytes) -> bytes:
    return b"application/json; charset=utf-8" if form is STREAM else form


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")


def _traceparent(headers: dict[bytes, bytes]) -> str | None:
    return _text(headers.get(b"traceparent"))
