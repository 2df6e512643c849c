"""Tokens that are no good, and say so in as many ways as there are."""

import base64
import json
from random import Random
from time import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

OTHER = ec.generate_private_key(ec.SECP256R1())
OTHER_SERVICE = Ed25519PrivateKey.generate()
DEEP = b'{"a":' * 2000 + b"1" + b"}" * 2000
LONG = b'{"alg":' + b"9" * 6000 + b"}"
ELSEWHERE = {"jku": "http://127.0.0.1:9/jwks", "jwk": {"kty": "oct", "k": "AA"}}
HALF = b'{"alg":"ES256","kid":"\\ud800"}'


def part(said: Any) -> str:
    """One part of a token."""
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def bad_headers(hand: Random, good: str, expired: str, public: str) -> str:
    """The value of an Authorization header that must not be believed. `good` is a token, `public` a key in PEM."""
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    flipped = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
    wrong = {
        "expired": expired,
        "none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "None": f"{part(header | {'alg': 'None'})}.{body}.{signature}",
        "other key": jwt.encode(claims, OTHER, algorithm="ES256", headers={"kid": header.get("kid")}),
        "unknown key": jwt.encode(claims, OTHER, algorithm="ES256", headers={"kid": "nobody"}),
        "other algorithm": jwt.encode(claims, OTHER_SERVICE, algorithm="EdDSA", headers={"kid": header.get("kid")}),
        "public key as secret": f"{part(header | {'alg': 'HS256'})}.{body}.{part(public.encode())}",
        "audience": jwt.encode(claims | {"aud": "another"}, OTHER, algorithm="ES256"),
        "more roles": f"{head}.{part(claims | {'roles': ['admin']})}.{signature}",
        "for ever": f"{head}.{part(claims | {'exp': 10**12})}.{signature}",
        "flipped": f"{head}.{body}.{flipped}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "five parts": f"{good}.{head}.{body}",
        "deep header": f"{part(b'[' * 6000)}.{body}.{signature}",
        "deep header, closed": f"{part(b'[' * 5000 + b']' * 5000)}.{body}.{signature}",
        "deep claims": f"{head}.{part(DEEP)}.{signature}",
        "long number": f"{part(LONG)}.{body}.{signature}",
        "kid a list": f"{part(header | {'kid': ['x']})}.{body}.{signature}",
        "kid a path": f"{part(header | {'kid': '../../../dev/null'})}.{body}.{signature}",
        "jku": f"{part(header | ELSEWHERE)}.{body}.{signature}",
        "crit": f"{part(header | {'crit': ['exp']})}.{body}.{signature}",
        "alg a list": f"{part(header | {'alg': ['ES256']})}.{body}.{signature}",
        "header a list": f"{part([1, 2])}.{body}.{signature}",
        "not base64": "ä.ö.ü",
        "not text": f"{part(bytes([0xFF, 0xFE]))}.{part(bytes([0, 1]))}.{signature}",
        "surrogate": f"{part(HALF)}.{body}.{signature}",
        "huge": good + "A" * hand.choice((100, 20_000, 50_000)),
        "empty": "",
        "spaces": "   ",
        "words": "let me in",
        "dots": "." * hand.randrange(1, 500),
    }
    scheme = hand.choice(("Bearer", "Bearer", "Bearer", "bearer", "Basic", "bearer\t", "Bearer  "))
    return f"{scheme} {wrong[hand.choice(sorted(wrong))]}"


def bad_service_headers(hand: Random, key: str, service: str, fine: str) -> str | None:
    """The same at a service's own door. `key` is the gateway's private key, `fine` a header for another service."""
    now = int(time())
    claims: dict[str, Any] = {"iss": "folkmoot-gateway", "aud": service, "iat": now, "exp": now + 60}

    def signed(more: dict[str, Any], by: Any = key, algorithm: str = "EdDSA") -> str:
        said = {name: value for name, value in (claims | more).items() if value is not None}
        return "Bearer " + jwt.encode(said, by, algorithm=algorithm)

    return hand.choice(
        (
            lambda: None,
            lambda: fine,
            lambda: signed({"exp": now - 60}),
            lambda: signed({"exp": now + 3600}),
            lambda: signed({"exp": 1e300}),
            lambda: signed({"exp": None}),
            lambda: signed({"iat": now + 1000}),
            lambda: signed({"iss": "another"}),
            lambda: signed({"aud": [f"{service} "]}),
            lambda: signed({"aud": {"a": 1}}),
            lambda: signed({}, OTHER_SERVICE),
            lambda: signed({}, OTHER, "ES256"),
            lambda: f"Bearer {part({'alg': 'none'})}.{part(claims)}.",
            lambda: f"Bearer {part(b'[' * 6000)}.{part(claims)}.x",
            lambda: "Basic Z2F0ZXdheTpnYXRld2F5",
            lambda: signed({})[:-4] + "AAAA",
        )
    )()
