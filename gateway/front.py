"""The front desk, put together: one Starlette application over the services, the tokens and the live feed."""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import FrameType
from typing import Any

from aiohttp import ClientSession, TCPConnector
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from chassis import memory, telemetry
from chassis.identity import Tokens
from chassis.metrics import metrics
from chassis.settings import Settings
from chassis.trust import Signer
from contracts.topics import SERVICES
from gateway import graphiql, watching
from gateway.context import Desk
from gateway.endpoint import Endpoint
from gateway.live import LiveFeed
from gateway.operations import Executor
from gateway.schema import schema
from gateway.services import ServiceClient
from gateway.streams import Sockets

log = logging.getLogger(__name__)

ABOUT = "/.well-known/oauth-protected-resource"
Tail = Callable[[Settings, Iterable[str]], AsyncIterator[list[Any]]]


class FrontDesk:
    """All that one gateway process consists of."""

    def __init__(self, settings: Settings, tail: Tail, tokens: Tokens | None = None) -> None:
        self.settings = settings
        self.live = LiveFeed()
        self.executor = Executor(schema._schema, open_to_questions=not settings.in_production)
        self.ready = False
        self._tail = tail
        self._signer = Signer(settings.service_key.get_secret_value() if settings.service_key else "")
        self._tokens = tokens or Tokens(settings)
        self._desk: Desk | None = None

    def desk(self) -> Desk:
        """What requests share while the doors are open."""
        assert self._desk is not None, "the doors are not open"
        return self._desk

    def app(self) -> ASGIApp:
        """The ASGI application: pure ASGI in front for /graphql, plain routes for the rest."""
        settings = self.settings
        sockets = Sockets(self.executor, self.desk, self._tokens, settings.cors_origins)
        page = None if settings.in_production else graphiql.page()
        routes: list[BaseRoute] = [
            Route("/health", self._told),
            Route("/health/live", self._alive),
            Route("/health/ready", self._ready),
            Route("/metrics", metrics),
            Route(ABOUT, self._about),
        ]
        if page is not None:
            routes.append(Mount("/graphiql", StaticFiles(directory=graphiql.FILES)))
        inside = Starlette(routes=routes, lifespan=self._lifespan)
        door = Endpoint(inside, self.desk, self.executor, self._tokens, sockets, page, ABOUT)
        return CORSMiddleware(door, **_cors(settings)) if settings.cors_origins else door

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        telemetry.start(self.settings, "gateway")
        connector = TCPConnector(limit=0, ttl_dns_cache=5, keepalive_timeout=20)
        async with ClientSession(connector=connector, auto_decompress=False) as session:
            services = {name: self._client(name, session) for name in SERVICES}
            self._desk = Desk(services, self.live)
            following = asyncio.create_task(self._follow())
            self.ready = True
            memory.settle()
            try:
                with self._ending_streams_on_signals():
                    yield
            finally:
                self.ready = False
                self.live.end()
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following
                await asyncio.gather(*(client.drained() for client in services.values()))
        await asyncio.to_thread(telemetry.stop)

    def _client(self, name: str, session: ClientSession) -> ServiceClient:
        urls = [url.rstrip("/") for url in getattr(self.settings, f"{name}_url")]
        return ServiceClient(name, urls, session, self._signer.sign_for, self.settings.batching)

    async def _follow(self) -> None:
        while True:
            try:
                await self.live.follow(self._tail(self.settings, watching.TOPICS))
            except Exception:
                log.exception("the live feed broke off and is begun again")
            await asyncio.sleep(1)

    @contextmanager
    def _ending_streams_on_signals(self) -> Iterator[None]:
        """The server waits for open streams before it tells us that it stops: so end them when the signal comes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def ended(number: int, frame: FrameType | None) -> None:
            self.ready = False
            loop.call_soon_threadsafe(self.live.end)
            handler = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        handled = [number for number, handler in before.items() if callable(handler)]
        for number in handled:
            signal.signal(number, ended)
        try:
            yield
        finally:
            for number in handled:
                signal.signal(number, before[number])

    async def _alive(self, request: Request) -> Response:
        return Response()

    async def _ready(self, request: Request) -> Response:
        return Response(status_code=200 if self.ready else 503)

    async def _told(self, request: Request) -> Response:
        services = self.desk().services
        answers = await asyncio.gather(*(client.ready() for client in services.values()))
        return JSONResponse(
            {
                "ready": self.ready,
                "services": dict(zip(services, answers, strict=True)),
                "watching": self.live.watching,
                "documents": len(self.executor.documents),
            }
        )

    async def _about(self, request: Request) -> Response:
        """Which issuer's tokens are taken here (RFC 9728)."""
        return JSONResponse(
            {
                "resource": str(request.base_url).rstrip("/") + "/graphql",
                "authorization_servers": [self.settings.issuer],
                "bearer_methods_supported": ["header"],
                "resource_name": "Folkmoot",
            }
        )


def _cors(settings: Settings) -> dict[str, Any]:
    return {
        "allow_origins": list(settings.cors_origins),
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["authorization", "content-type", "traceparent"],
        "max_age": 600,
    }
