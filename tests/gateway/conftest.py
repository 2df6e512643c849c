"""A gateway with its doors open, before stand-ins for the services and an issuer of tokens."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any
from uuid import UUID

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from chassis.identity import Tokens, member_id
from chassis.issuer import IssuerKey, IssuerKeys
from chassis.settings import Settings
from chassis.trust import Door, new_keys
from contracts.messages import Event
from contracts.topics import SERVICES
from gateway.front import FrontDesk
from tests.gateway.standin import StandIn, listening

ISSUER = "https://issuer.example"
KEY = Ed25519PrivateKey.generate()


class OneKey(IssuerKeys):
    """An issuer whose one key is known beforehand."""

    async def get(self, kid: str | None) -> IssuerKey | None:
        """The key."""
        return IssuerKey("one", KEY.public_key(), "EdDSA")


def token(subject: str = "ann", audience: str = "employee", roles: str = "", lasts: float = 3600, **claims: Any) -> str:
    """An Authorization header."""
    said = {"iss": ISSUER, "aud": "folkmoot", "sub": subject, "name": subject.title(), "exp": time() + lasts}
    said |= {"audience": audience, "roles": roles, **claims}
    return "Bearer " + jwt.encode(said, KEY, algorithm="EdDSA")


ANN = token("ann")
ANN_ID: UUID = member_id(ISSUER, "ann")
ADMIN = token("root", roles="admin")


@dataclass
class News:
    """An event as it comes off a topic."""

    event: Event
    replayed: bool = False


@dataclass
class House:
    """The gateway under test, what stands behind it, and a browser in front of it."""

    url: str
    front: FrontDesk
    services: dict[str, StandIn]
    browser: aiohttp.ClientSession
    topics: "asyncio.Queue[list[News]]" = field(default_factory=asyncio.Queue)

    @property
    def voting(self) -> StandIn:
        """The stand-in for voting."""
        return self.services["voting"]

    @property
    def ideas(self) -> StandIn:
        """The stand-in for ideas."""
        return self.services["ideas"]

    @property
    def responses(self) -> StandIn:
        """The stand-in for responses."""
        return self.services["responses"]

    @property
    def strategy(self) -> StandIn:
        """The stand-in for strategy."""
        return self.services["strategy"]

    @property
    def requests(self) -> int:
        """How many requests the services were sent."""
        return sum(len(service.requests) for service in self.services.values())

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, by: str | None = ANN, **headers: str
    ) -> dict[str, Any]:
        """The response to an operation, whatever its status."""
        own = {"authorization": by} if by else {}
        body = {"query": query, "variables": variables}
        async with self.browser.post("/graphql", json=body, headers=own | headers) as response:
            return dict(await response.json(content_type=None))


@asynccontextmanager
async def house_with(**more: Any) -> AsyncIterator[House]:
    """A house, open until it is left."""
    private, public = new_keys()
    services = {name: StandIn(name, Door(name, public)) for name in SERVICES}
    topics: asyncio.Queue[list[News]] = asyncio.Queue()

    async def tail(settings: Settings, names: Iterable[str]) -> AsyncIterator[list[News]]:
        while True:
            yield await topics.get()

    async with (
        listening(services["ideas"]) as ideas,
        listening(services["voting"]) as voting,
        listening(services["responses"]) as responses,
        listening(services["strategy"]) as strategy,
    ):
        urls = {"ideas_url": (ideas,), "voting_url": (voting,), "responses_url": (responses,)}
        urls |= {"strategy_url": (strategy,)}
        settings = Settings(**{**urls, "issuer": ISSUER, "service_key": SecretStr(private), **more})
        front = FrontDesk(settings, tail, Tokens(settings, OneKey(ISSUER)))
        async with listening(front.app(), lifespan="on") as url, aiohttp.ClientSession(url) as browser:
            yield House(url, front, services, browser, topics)


@pytest.fixture(scope="session")
async def open_house() -> AsyncIterator[House]:
    """A house in development, open for all tests."""
    async with house_with() as house:
        yield house


@pytest.fixture
async def house(open_house: House) -> House:
    """The house, its services knowing nothing yet."""
    for service in open_house.services.values():
        service.answers.clear()
        service.requests.clear()
        service.held.set()
        service.status = 200
    return open_house
