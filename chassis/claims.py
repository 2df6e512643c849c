"""What a verified token says about a member, in the words of the house."""

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.settings import Settings
from contracts.messages import Audience, Member, Refused, Role, derived


class BadToken(Refused):
    """This access token is not valid here. Sign in again, or send no Authorization header to visit anonymously."""

    status = 401


def member_id(issuer: str, subject: str) -> UUID:
    """The id of a member: uuid5(uuid5(NAMESPACE_URL, issuer), subject), the same wherever it is worked out."""
    return derived(uuid5(NAMESPACE_URL, issuer), subject)


def member_of(claims: dict[str, Any], settings: Settings) -> Member:
    """The member a token speaks for. A machine's token names nobody: it goes by its client's name, then subject.

    Without an audience a member is a customer: the side that sees least.
    """
    name = _found(claims, settings.claim_name) or claims.get("client_id") or claims.get("azp") or claims["sub"]
    audiences = set(_several(_found(claims, settings.claim_audience)))
    roles = set(_several(_found(claims, settings.claim_roles)))
    audience = next((one for one in Audience if one in audiences), Audience.CUSTOMER)
    if audiences and audience not in audiences:
        raise BadToken(
            f'The claim "{settings.claim_audience}" of this access token must name employee, vendor or customer.'
        )
    return Member(
        id=member_id(settings.issuer, claims["sub"]),
        name=str(name),
        audience=audience,
        roles=frozenset(role for role in Role if role in roles),
    )


def _found(claims: dict[str, Any], path: str) -> Any:
    """The claim of that name, or along a dotted path such as realm_access.roles; None where there is none."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _several(said: Any) -> Iterable[str]:
    """The values of a claim, which issuers write as a list or as words."""
    if isinstance(said, str):
        return said.split()
    return [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
