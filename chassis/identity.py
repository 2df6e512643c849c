"""Who is asking: an access token of the organization's issuer in, a member out."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import jwt

from chassis.claims import BadToken, member_id, member_of
from chassis.issuer import IssuerKeys
from chassis.settings import Settings
from contracts.messages import Audience, Invalid, Member, NotAllowed, Role

__all__ = ["BadToken", "NoSubject", "NoSuchAudience", "OnlyAdminsActAs", "Tokens", "Visit", "member_id"]

LEEWAY = 5  # seconds that two clocks may differ
TRUSTED_FOR = 60.0  # seconds a verified token is taken at its word; then a withdrawn key is noticed
REMEMBERED = 10_000  # visits kept; about 2 kB each
FAR_AWAY = 32_503_680_000  # the year 3000, past which some issuers' "never" lies
LONGEST = 16_384  # characters of a token we look at


class OnlyAdminsActAs(NotAllowed):
    """Only a member with the role admin may act as another. Leave out the Folkmoot-Act-As headers."""


class NoSubject(Invalid):
    """Folkmoot-Act-As must hold the subject of the member acted as."""


class NoSuchAudience(Invalid):
    """Folkmoot-Act-As-Audience must be employee, vendor or customer."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is asking (`member`), on whose responsibility (`acted_by`: the admin), and until when (UTC)."""

    member: Member
    acted_by: UUID | None
    expires: datetime


class Tokens:
    """Verifies access tokens (JWT, RFC 7519) and remembers those it has verified: a check costs 300 us, a memory 1."""

    def __init__(
        self,
        settings: Settings,
        keys: IssuerKeys | None = None,
        trusted_for: float = TRUSTED_FOR,
        remembered: int = REMEMBERED,
    ) -> None:
        if not settings.issuer:
            raise ValueError("ISSUER: name the OpenID Connect issuer whose access tokens are accepted.")
        self._settings = settings
        self._keys = keys or IssuerKeys(settings.issuer, settings.jwks_url)
        self._trusted_for = trusted_for
        self._most = remembered
        self._remembered: OrderedDict[tuple[str | None, ...], tuple[float, Visit]] = OrderedDict()

    async def visit(
        self,
        authorization: str | None,
        act_as: str | None = None,
        act_as_name: str | None = None,
        act_as_audience: str | None = None,
    ) -> Visit | None:
        """Who is asking, from the Authorization header; None is an anonymous visitor, who sent none.

        The others are the headers Folkmoot-Act-As (the subject of a member), -Name (percent-encoded UTF-8) and
        -Audience (customer unless said): an admin acts as that member, who then has no roles.
        Refuses with BadToken, IssuerIsAway, OnlyAdminsActAs, NoSubject or NoSuchAudience.
        """
        asked = (authorization, act_as, act_as_name, act_as_audience)
        known = self._remembered.get(asked)
        if known is not None and known[0] > time():
            self._remembered.move_to_end(asked)
            return known[1]
        if act_as is not None:
            visit = self._acting(await self.visit(authorization), act_as, act_as_name, act_as_audience)
        elif authorization is None:
            return None
        else:
            visit = await self._verified(authorization)
        self._remember(asked, visit)
        return visit

    def _remember(self, asked: tuple[str | None, ...], visit: Visit) -> None:
        until = min(visit.expires.timestamp() + LEEWAY, time() + self._trusted_for)
        self._remembered[asked] = (until, visit)
        self._remembered.move_to_end(asked)
        if len(self._remembered) > self._most:
            self._remembered.popitem(last=False)

    async def _verified(self, authorization: str) -> Visit:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise BadToken("The Authorization header must read: Bearer, a space, an access token.")
        claims = await self._claims(token) if len(token) <= LONGEST else None
        if claims is None or not claims["sub"]:
            raise BadToken
        expires = min(int(claims["exp"]), FAR_AWAY)
        return Visit(member_of(claims, self._settings), None, datetime.fromtimestamp(expires, UTC))

    async def _claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature, issuer, audience and times are right; BadToken else."""
        settings = self._settings
        try:
            key = await self._keys.get(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise BadToken("This access token is signed with a key that its issuer does not know. Sign in again.")
            return jwt.decode(
                token,
                key.key,
                algorithms=[name for name in settings.token_algorithms if key.algorithm in (None, name)],
                audience=settings.token_audience,
                issuer=settings.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise BadToken("This access token has expired. Get a new one and try again.") from None
        except jwt.InvalidAudienceError:
            raise BadToken(
                f'This access token is for another audience. Ask the issuer for one for "{settings.token_audience}".'
            ) from None
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError):
            raise BadToken from None

    def _acting(self, visit: Visit | None, subject: str, name: str | None, audience: str | None) -> Visit:
        if visit is None or Role.ADMIN not in visit.member.roles:
            raise OnlyAdminsActAs
        if not subject:
            raise NoSubject
        if audience is not None and audience not in set(Audience):
            raise NoSuchAudience
        member = Member(
            id=member_id(self._settings.issuer, subject),
            name=unquote(name) if name else subject,
            audience=Audience(audience or Audience.CUSTOMER),
        )
        return Visit(member, visit.member.id, visit.expires)
