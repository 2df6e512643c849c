"""What tests of the chassis share: a sign-in service of our own, to be trusted, doubted and rotated; a relay."""

import json
from collections.abc import AsyncIterator
from time import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from contracts.access import ANY_MEMBER, TABLE
from contracts.topics import EVENTS
from tests.chassis.jars import JarWasLabelled, PutIn, ThingWasPut, jars
from tests.chassis.relaying import Relaying
from tests.kafka import make_topics
from tests.stage import Stage

Key = Any


class Issuer:
    """An OpenID Connect issuer on 127.0.0.1: `keys` is what it publishes, `fetches` how often it was asked for them."""

    def __init__(self) -> None:
        self.url = ""
        self.name: str | None = None
        self.away = False
        self.fetches = 0
        self.published: list[dict[str, Any]] = []
        self._keys: dict[str, tuple[Key, str]] = {}

    def new_key(self, kid: str, algorithm: str = "RS256", publish: bool = True, **marks: str) -> Key:
        """A key pair whose public half is published under `kid`."""
        if algorithm.startswith("ES"):
            key: Key = ec.generate_private_key(ec.SECP256R1())
            public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        else:
            key = rsa.generate_private_key(65_537, 2048)
            public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._keys[kid] = (key, algorithm)
        if publish:
            self.published.append({**public, "kid": kid, "use": "sig", **marks})
        return key

    def token(
        self,
        kid: str = "first",
        without: str = "",
        headers: dict[str, Any] | None = None,
        said: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """The Authorization header of a member called Ann, good for an hour unless `claims` say otherwise."""
        all_said = {
            "iss": self.url,
            "aud": "folkmoot",
            "sub": "ann",
            "name": "Ann",
            "audience": "employee",
            "exp": int(time()) + 3600,
        }
        all_said |= claims | (said or {})
        all_said.pop(without, None)
        key, algorithm = self._keys[kid]
        return "Bearer " + jwt.encode(
            all_said, key, algorithm=algorithm, headers={"kid": kid} if headers is None else headers
        )

    async def _configuration(self, request: web.Request) -> web.Response:
        if self.away:
            raise web.HTTPServiceUnavailable
        return web.json_response({"issuer": self.name or self.url, "jwks_uri": f"{self.url}/keys"})

    async def _key_set(self, request: web.Request) -> web.Response:
        self.fetches += 1
        if self.away:
            raise web.HTTPServiceUnavailable
        return web.Response(text=json.dumps({"keys": self.published}))

    async def start(self) -> web.AppRunner:
        """Open its doors."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._configuration)
        app.router.add_get("/keys", self._key_set)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return runner


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    """An issuer with one RSA key, "first"."""
    issuer = Issuer()
    issuer.new_key("first")
    runner = await issuer.start()
    yield issuer
    await runner.cleanup()


@pytest.fixture
async def relaying(street: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Relaying]:
    """The jars and nobody relaying yet."""
    topic = f"jars.r{uuid4().hex[:8]}"
    monkeypatch.setitem(TABLE, PutIn, ANY_MEMBER)
    for event in (ThingWasPut, JarWasLabelled):
        monkeypatch.setattr(event, "topic", topic)
        monkeypatch.setitem(EVENTS, event.type(), event)
    await make_topics(street.settings, topic)
    relaying = Relaying(await street.place(jars), street)
    yield relaying
    await relaying.end()
