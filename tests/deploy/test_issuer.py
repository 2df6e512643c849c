"""The development issuer of tokens, asked as a client asks it."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio

from deploy.local.folder import issuer_key
from deploy.local.issuer import Issuer, TokenRequest
from deploy.local.system import System
from tests.deploy.stand_in import EVERYWHERE


@pytest_asyncio.fixture(scope="module", name="system")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system whose issuer we ask."""
    async with System(tmp_path_factory.mktemp("issuer"), apps=EVERYWHERE, prepare=None) as system:
        yield system


async def proven(system: System, token: str) -> dict[str, Any]:
    """The claims of a token, believed only as far as the published documents and keys go."""
    async with aiohttp.ClientSession(system.url("issuer"), raise_for_status=True) as session:
        description = await (await session.get("/.well-known/openid-configuration")).json()
        keys = jwt.PyJWKSet.from_dict(await (await session.get(description["jwks_uri"])).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["ES256"], audience="folkmoot", issuer=description["issuer"]
    )
    return claims


async def asked(system: System, **body: Any) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.post(f"{system.url('issuer')}/token", **body) as answer:
        said: dict[str, Any] = await answer.json()
        return answer.status, said


async def test_a_token_says_who_and_what_and_until_when(system: System) -> None:
    status, answer = await asked(
        system, json={"member": "ann", "roles": ["organizer"], "audience": "customer", "ttl": 60}
    )
    claims = await proven(system, answer["access_token"])

    assert (status, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 60)
    assert (claims["sub"], claims["name"], claims["audience"], claims["roles"]) == (
        *("ann", "ann", "customer"),
        ["organizer"],
    )
    assert claims["exp"] - claims["iat"] == 60
    assert abs(claims["iat"] - time.time()) < 30


@pytest.mark.parametrize("roles", ["organizer,moderator", "organizer moderator", ["organizer", "moderator"]])
async def test_a_form_will_do_too(system: System, roles: str | list[str]) -> None:
    pairs = [("member", "ben")] + [("roles", role) for role in ([roles] if isinstance(roles, str) else roles)]

    status, answer = await asked(system, data=aiohttp.FormData(pairs)())

    assert status == 200
    assert (await proven(system, answer["access_token"]))["roles"] == ["organizer", "moderator"]


async def test_a_token_can_be_asked_for_that_has_expired(system: System) -> None:
    with pytest.raises(jwt.ExpiredSignatureError):
        await proven(system, await system.token("ann", ttl=-1))


async def test_a_machine_is_named_as_client(system: System) -> None:
    assert (await proven(system, await system.token("importer", ["admin"], machine=True)))["client_id"] == "importer"
    assert "client_id" not in await proven(system, await system.token("ann"))


@pytest.mark.parametrize(
    "body",
    [
        {"json": {}},
        {"json": {"member": ""}},
        {"json": {"member": "ann", "roles": ["emperor"]}},
        {"json": {"member": "ann", "roles": [1]}},
        {"json": {"member": "ann", "audience": "everyone"}},
        {"json": {"member": "ann", "ttl": "long"}},
        {"json": []},
        {"data": b"{", "headers": {"content-type": "application/json"}},
        {"data": b"\xff\xfe"},
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(system: System, body: dict[str, Any]) -> None:
    status, answer = await asked(system, **body)

    assert (status, answer["error"]) == (400, "invalid_request")
    assert answer["error_description"]


def test_its_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "issuer.pem"
    first, second = (Issuer("http://issuer", "folkmoot", issuer_key(path)) for _ in range(2))
    token = first.sign(TokenRequest(member="ann"))

    assert (
        jwt.get_unverified_header(token)["kid"]
        == jwt.get_unverified_header(second.sign(TokenRequest(member="b")))["kid"]
    )
    assert path.stat().st_mode & 0o777 == 0o600
