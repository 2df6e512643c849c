"""Whom a service lets in: the gateway alone, by a token signed for that one service and gone in a minute."""

from time import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.messages import Refused

ISSUER = "folkmoot-gateway"
LIFETIME = 60  # seconds a service token is good for
FRESH = 20  # seconds it must still be good for when it is sent
LEEWAY = 5  # seconds that two clocks may differ
REMEMBERED = 256  # tokens a door keeps in mind; each gateway process shows about one a minute


class NotTheGateway(Refused):
    """Services answer the gateway alone. Send this to the GraphQL API."""

    status = 401


class Signer:
    """The gateway's side: signs service tokens (JWT, EdDSA) with the Ed25519 private key in `pem`."""

    def __init__(self, pem: str) -> None:
        try:
            key = serialization.load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("SERVICE_KEY: must be an Ed25519 private key in PEM form.")
        self._key = key
        self._signed: dict[str, tuple[float, str]] = {}

    def sign_for(self, service: str) -> str:
        """The value of the Authorization header for that service; signed anew before it runs out."""
        now = time()
        fresh_until, header = self._signed.get(service, (0.0, ""))
        if now >= fresh_until:
            claims = {"iss": ISSUER, "aud": service, "iat": int(now), "exp": int(now) + LIFETIME}
            header = "Bearer " + jwt.encode(claims, self._key, algorithm="EdDSA")
            self._signed[service] = (now + LIFETIME - FRESH, header)
        return header


class Door:
    """A service's side: admits tokens meant for `service`, signed by one of the public keys in `pems`.

    Two keys may stand side by side while the gateway's is being replaced.
    """

    def __init__(self, service: str, pems: str) -> None:
        end = "-----END PUBLIC KEY-----"
        parts = [part + end for part in pems.replace("\\n", "\n").split(end)[:-1]]
        keys = [serialization.load_pem_public_key(part.strip().encode()) for part in parts]
        self._keys = [key for key in keys if isinstance(key, Ed25519PublicKey)]
        if not 1 <= len(self._keys) == len(parts) <= 2:
            raise ValueError("SERVICE_KEYS: must be one or two Ed25519 public keys in PEM form, one after the other.")
        self._service = service
        self._admitted: dict[str, float] = {}

    def admit(self, authorization: str | None) -> None:
        """Return if this came from the gateway; refuse with NotTheGateway if not."""
        now = time()
        if authorization is None:
            raise NotTheGateway
        if self._admitted.get(authorization, 0.0) > now:
            return
        expires = self._verified(authorization)
        if expires > now + LIFETIME + LEEWAY:
            raise NotTheGateway("This service token is good for longer than service tokens may be.")
        if len(self._admitted) >= REMEMBERED:
            self._admitted.clear()
        self._admitted[authorization] = expires + LEEWAY

    def _verified(self, authorization: str) -> float:
        """When the token expires (seconds since 1970)."""
        scheme, _, token = authorization.partition(" ")
        for key in self._keys if scheme == "Bearer" else ():
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=["EdDSA"],
                    audience=self._service,
                    issuer=ISSUER,
                    leeway=LEEWAY,
                    options={"require": ["exp", "iat", "iss", "aud"]},
                )
                return float(claims["exp"])
            except (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError):
                continue
        raise NotTheGateway


def new_keys() -> tuple[str, str]:
    """A fresh pair in PEM form: the private key for SERVICE_KEY, the public one for SERVICE_KEYS."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
