"""The development issuer of access tokens: it believes everyone, so it must never leave your own machine.

Any OIDC provider takes its place in production; the gateway sees no difference.
"""

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.messages import Audience, Role
from deploy.local.folder import issuer_key

DAY = 86_400


class TokenRequest(BaseModel):
    """Who the token shall be for. `ttl` is in seconds; below zero makes a token that has expired already."""

    model_config = ConfigDict(extra="ignore")

    member: str = Field(min_length=1, max_length=200)
    name: str | None = Field(default=None, max_length=200)
    roles: list[Role] = []
    audience: Audience = Audience.EMPLOYEE
    ttl: int = Field(default=DAY, ge=-DAY, le=30 * DAY)
    machine: bool = False

    @field_validator("roles", mode="before")
    @classmethod
    def _split(cls, roles: object) -> object:
        """Forms say roles in one word each, or in one text with commas or spaces."""
        texts = [roles] if isinstance(roles, str) else roles
        if not isinstance(texts, list):
            return texts
        return [
            word for text in texts for word in (text.replace(",", " ").split() if isinstance(text, str) else [text])
        ]


class Issuer:
    """Signs tokens (ES256) under its own address and shows the key that proves them."""

    def __init__(self, url: str, token_audience: str, key: ec.EllipticCurvePrivateKey) -> None:
        self.url = url
        self._token_audience = token_audience
        self._key = key
        public = {
            **ECAlgorithm(ECAlgorithm.SHA256).to_jwk(key.public_key(), as_dict=True),
            "alg": "ES256",
            "use": "sig",
        }
        self._jwk = public | {"kid": jwt.PyJWK(public).key_id or public["x"]}

    async def describe(self, request: Request) -> Response:
        """OpenID Connect discovery."""
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "token_endpoint": f"{self.url}/token",
                "authorization_endpoint": f"{self.url}/authorize",
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": ["token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    async def keys(self, request: Request) -> Response:
        """The public key, as a JSON Web Key Set."""
        return JSONResponse({"keys": [self._jwk]})

    async def token(self, request: Request) -> Response:
        """A token for whoever asks; a malformed wish is answered as RFC 6749 section 5.2 says."""
        try:
            wish = TokenRequest.model_validate(_said(request, await request.body()))
        except (ValidationError, ValueError) as refused:
            return JSONResponse({"error": "invalid_request", "error_description": str(refused)}, status_code=400)
        answer = {"access_token": self.sign(wish), "token_type": "Bearer", "expires_in": wish.ttl}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def sign(self, wish: TokenRequest) -> str:
        """The token itself. A machine's names its client, as RFC 9068 asks."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "sub": wish.member,
            "name": wish.name or wish.member,
            "aud": self._token_audience,
            "iat": now,
            "exp": now + wish.ttl,
            "audience": wish.audience,
            "roles": wish.roles,
        }
        if wish.machine:
            claims["client_id"] = wish.member
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._jwk["kid"]})


def _said(request: Request, body: bytes) -> Any:
    """The fields of a request, from JSON or a form. Only `roles` may be said several times."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return json.loads(body)
    form = parse_qs(body.decode())
    return {name: values if name == "roles" else values[-1] for name, values in form.items()}


def app() -> Starlette:
    """The issuer as a server, set by `ISSUER` (its own address), `ISSUER_KEY` (a file) and `TOKEN_AUDIENCE`."""
    issuer = Issuer(
        url=os.environ["ISSUER"],
        token_audience=os.environ["TOKEN_AUDIENCE"],
        key=issuer_key(Path(os.environ["ISSUER_KEY"])),
    )
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", issuer.describe),
            Route("/jwks", issuer.keys),
            Route("/token", issuer.token, methods=["POST"]),
        ]
    )
