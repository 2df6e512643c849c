"""Whom the visitor speaks for: tokens of the development issuer, or an admin's token that acts as members."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp

from cli.api import base_of
from cli.errors import Trouble
from contracts.messages import Audience, Role


class Passports(Protocol):
    """Gives the headers under which someone's requests go out."""

    async def staff(self, subject: str, name: str) -> Mapping[str, str]:
        """For whoever sets the goal and opens the challenge."""

    async def member(self, subject: str, name: str) -> Mapping[str, str]:
        """For someone who takes part."""


class Minted:
    """A token for each, from an issuer that believes everyone: the development issuer of a local system."""

    def __init__(self, session: aiohttp.ClientSession, issuer: str) -> None:
        self._session = session
        self._issuer = issuer

    async def staff(self, subject: str, name: str) -> Mapping[str, str]:
        """An employee who may set goals and open challenges."""
        return bearer(
            await mint(self._session, self._issuer, subject, (Role.STRATEGIST, Role.ORGANIZER), Audience.EMPLOYEE, name)
        )

    async def member(self, subject: str, name: str) -> Mapping[str, str]:
        """A customer without any role."""
        return bearer(await mint(self._session, self._issuer, subject, (), Audience.CUSTOMER, name))


class ActingAs:
    """One admin's token; the admin opens, and acts as each member."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def staff(self, subject: str, name: str) -> Mapping[str, str]:
        """The admin in person, who may do what any role may."""
        return bearer(self._token)

    async def member(self, subject: str, name: str) -> Mapping[str, str]:
        """The admin, acting as a customer."""
        return bearer(self._token) | {
            "Folkmoot-Act-As": quote(subject),
            "Folkmoot-Act-As-Name": quote(name),
            "Folkmoot-Act-As-Audience": Audience.CUSTOMER.value,
        }


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token."""
    return {"Authorization": f"Bearer {token}"}


async def issuer_of(session: aiohttp.ClientSession, api: str) -> str:
    """The issuer whose tokens this API accepts, as RFC 9728 says. Raises Trouble when there is no API there."""
    url = f"{base_of(api)}/.well-known/oauth-protected-resource"
    try:
        async with session.get(url) as answer:
            if answer.status != 200:
                raise Trouble(f"{url} answers with status {answer.status}: that is not the API. Name it with --api.")
            return str((await answer.json(content_type=None))["authorization_servers"][0]).rstrip("/")
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise Trouble(
            f"There is no API at {base_of(api)}. Start it with `make run`, or name another with --api."
        ) from None
    except (ValueError, LookupError, TypeError):
        raise Trouble(f"{url} names no issuer of tokens. Is {base_of(api)} the API?") from None


async def mint(
    session: aiohttp.ClientSession,
    issuer: str,
    member: str,
    roles: Sequence[Role],
    audience: Audience,
    name: str | None = None,
) -> str:
    """A token of the development issuer. Raises Trouble where the issuer is a real one, which asks for more."""
    wish = {"member": member, "roles": list(roles), "audience": audience, "name": name or member}
    try:
        async with session.post(f"{issuer}/token", json=wish) as answer:
            said: dict[str, Any] = await answer.json(content_type=None)
            return str(said["access_token"])
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise Trouble(f"The issuer {issuer} does not answer. Start the local system with `make run`.") from None
    except (ValueError, LookupError, TypeError):
        raise Trouble(
            f"{issuer} is not the development issuer and mints no tokens by itself. Sign in there; an import takes an "
            "admin's token with --token."
        ) from None
