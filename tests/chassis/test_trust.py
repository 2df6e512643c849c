"""Services let in the gateway alone."""

from time import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from chassis import trust
from chassis.trust import Door, NotTheGateway, Signer, new_keys

PRIVATE, PUBLIC = new_keys()
OTHER_PRIVATE, OTHER_PUBLIC = new_keys()


def signed(private: str = PRIVATE, **claims: Any) -> str:
    now = int(time())
    said = {"iss": "folkmoot-gateway", "aud": "voting", "iat": now, "exp": now + 60} | claims
    key: Any = serialization.load_pem_private_key(private.encode(), password=None)
    return "Bearer " + jwt.encode(said, key, algorithm="EdDSA")


def test_the_gateway_is_let_in() -> None:
    token = Signer(PRIVATE).sign_for("voting")
    door = Door("voting", PUBLIC)

    door.admit(token)
    door.admit(token)


def test_a_token_opens_the_one_door_it_was_signed_for() -> None:
    with pytest.raises(NotTheGateway):
        Door("ideas", PUBLIC).admit(Signer(PRIVATE).sign_for("voting"))


def test_two_keys_stand_side_by_side_while_one_replaces_the_other() -> None:
    door = Door("voting", PUBLIC + OTHER_PUBLIC)

    door.admit(Signer(PRIVATE).sign_for("voting"))
    door.admit(Signer(OTHER_PRIVATE).sign_for("voting"))


def test_a_key_that_was_taken_away_opens_nothing() -> None:
    with pytest.raises(NotTheGateway) as refusal:
        Door("voting", OTHER_PUBLIC).admit(Signer(PRIVATE).sign_for("voting"))
    assert refusal.value.status == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "someone"},
        {"exp": int(time()) - 60},
        {"exp": int(time()) + 3600},
        {"exp": None},
        {"iat": int(time()) + 600},
    ],
)
def test_a_token_not_as_the_gateway_writes_it_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotTheGateway):
        Door("voting", PUBLIC).admit(signed(**wrong))


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer a.b.c"])
def test_without_a_token_the_door_stays_shut(header: str | None) -> None:
    with pytest.raises(NotTheGateway):
        Door("voting", PUBLIC).admit(header)


def test_the_public_key_is_no_shared_secret() -> None:
    now = int(time())
    claims = {"iss": "folkmoot-gateway", "aud": "voting", "iat": now, "exp": now + 60}
    secret = "".join(PUBLIC.splitlines()[1:-1])
    forged = jwt.encode(claims, secret, algorithm="HS256")

    with pytest.raises(NotTheGateway):
        Door("voting", PUBLIC).admit(f"Bearer {forged}")


def test_a_token_is_signed_anew_before_it_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time()
    monkeypatch.setattr(trust, "time", lambda: now)
    signer = Signer(PRIVATE)
    first = signer.sign_for("voting")
    assert signer.sign_for("voting") == first

    now += trust.LIFETIME - trust.FRESH
    assert signer.sign_for("voting") != first


def test_an_admitted_token_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time()
    token = signed(exp=int(now) - 4)
    monkeypatch.setattr(trust, "time", lambda: now)
    door = Door("voting", PUBLIC)
    door.admit(token)

    now += 2
    monkeypatch.setattr(door, "_verified", lambda _: (_ for _ in ()).throw(NotTheGateway))
    with pytest.raises(NotTheGateway):
        door.admit(token)


@pytest.mark.parametrize("pems", ["", "nonsense", PRIVATE, PUBLIC + OTHER_PUBLIC + PUBLIC])
def test_a_door_needs_one_key_or_two(pems: str) -> None:
    with pytest.raises(ValueError, match="SERVICE_KEYS"):
        Door("voting", pems)


@pytest.mark.parametrize("pem", ["", PUBLIC, "nonsense"])
def test_a_signer_needs_its_private_key(pem: str) -> None:
    with pytest.raises(ValueError, match="SERVICE_KEY"):
        Signer(pem)
