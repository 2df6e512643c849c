"""The keys of the organization's OpenID Connect issuer: fetched, kept, and fetched again when they change."""

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic
from typing import Any

import jwt
import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout

from contracts.messages import Refused

log = logging.getLogger(__name__)

FLOOR = 5.0  # seconds between two fetches, whatever key ids visitors make up
STALE = 600.0  # seconds after which the set is looked up again, so that a withdrawn key stops working
PATIENCE = ClientTimeout(total=5)
LARGEST = 1_000_000  # bytes of a document we are ready to read


class IssuerIsAway(Refused):
    """The sign-in service cannot be reached, so your token cannot be checked. Try again in a few seconds."""

    status = 503
    retryable = True


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One public key; `algorithm` is the only one it may be used with, None where the issuer does not say."""

    id: str | None
    key: Any
    algorithm: str | None


class IssuerKeys:
    """The issuer's public keys by id (RFC 7517), found by OpenID Connect Discovery unless `jwks_url` says where.

    An unknown id causes at most one fetch every `floor` seconds. While the issuer is away the old keys stay good.
    """

    def __init__(self, issuer: str, jwks_url: str | None = None, floor: float = FLOOR, stale: float = STALE) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._floor = floor
        self._stale = stale
        self._keys: dict[str | None, IssuerKey] | None = None
        self._tried = self._fetched = float("-inf")
        self._one_at_a_time = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def get(self, kid: str | None) -> IssuerKey | None:
        """The key of that id, or the only key where the token names none; None where the issuer knows no such key.

        Raises IssuerIsAway only while no keys were ever seen.
        """
        found = self._among(kid)
        if found is None:
            await self._refresh(wanted=kid)
            if self._keys is None:
                raise IssuerIsAway
            return self._among(kid)
        if monotonic() - self._fetched > self._stale and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(self._refresh(wanted=None))
        return found

    def _among(self, kid: str | None) -> IssuerKey | None:
        keys = self._keys or {}
        if kid is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(kid)

    async def _refresh(self, wanted: str | None) -> None:
        async with self._one_at_a_time:
            if monotonic() - self._tried < self._floor or (wanted is not None and self._among(wanted)):
                return
            try:
                self._keys = await self._fetch()
                self._fetched = monotonic()
            except (ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                log.warning("The issuer's keys could not be fetched (%r); the known ones stay good.", error)
            finally:
                self._tried = monotonic()

    async def _fetch(self) -> dict[str | None, IssuerKey]:
        async with ClientSession(timeout=PATIENCE, trust_env=True) as session:
            url = self._jwks_url or await self._discover(session)
            document = await _read(session, url)
        usable = [key for key in map(_usable, document["keys"]) if key]
        if not usable:
            raise ValueError("its key set holds no key for signatures")
        return {key.id: key for key in usable}

    async def _discover(self, session: ClientSession) -> str:
        """Where the keys are (OpenID Connect Discovery 1.0, sections 4.1 and 4.3)."""
        about = await _read(session, self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if about["issuer"] != self._issuer:
            raise ValueError("it calls itself by another name than the setting ISSUER")
        url = str(about["jwks_uri"])
        if self._issuer.startswith("https:") and not url.startswith("https:"):
            raise ValueError("its keys are not served over https")
        return url


async def _read(session: ClientSession, url: str) -> Any:
    async with session.get(url) as response:
        response.raise_for_status()
        text = bytearray()
        async for piece in response.content.iter_chunked(65_536):
            text += piece
            if len(text) > LARGEST:
                raise ValueError("its answer is too long")
        return orjson.loads(text)


def _usable(key: dict[str, Any]) -> IssuerKey | None:
    """A public key meant for signatures; a symmetric one would let whoever can read it sign."""
    if key.get("kty") not in ("RSA", "EC", "OKP") or key.get("use", "sig") != "sig":
        return None
    try:
        known = jwt.PyJWK(key)
    except jwt.PyJWTError:
        return None
    too_short = known.Algorithm.check_key_length(known.key)
    return None if too_short else IssuerKey(known.key_id, known.key, key.get("alg"))
