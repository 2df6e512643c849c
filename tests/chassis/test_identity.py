"""Who is asking, and who only says so."""

import base64
import hashlib
import hmac
import json
from time import thread_time, time
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.identity import BadToken, NoSubject, NoSuchAudience, OnlyAdminsActAs, Tokens, Visit, member_id
from chassis.issuer import IssuerIsAway, IssuerKeys
from chassis.settings import Settings
from contracts.messages import Audience, Role
from tests.chassis.conftest import Issuer
from tests.eventually import eventually


def tokens_of(
    issuer: Issuer, floor: float = 0.0, stale: float = 600.0, trusted_for: float = 60.0, **said: Any
) -> Tokens:
    keys = IssuerKeys(issuer.url, floor=floor, stale=stale)
    return Tokens(Settings(issuer=issuer.url, **said), keys, trusted_for=trusted_for)


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    return tokens_of(issuer)


async def visit_of(tokens: Tokens, authorization: str, *act_as: str | None) -> Visit:
    visit = await tokens.visit(authorization, *act_as)
    assert visit is not None
    return visit


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> bytes:
    parts = (json.dumps(part).encode() for part in (header, claims))
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)


def claims_in(authorization: str) -> dict[str, Any]:
    return jwt.decode(authorization.removeprefix("Bearer "), options={"verify_signature": False})


# -- who a token speaks for


async def test_a_valid_token_speaks_for_a_member(issuer: Issuer, tokens: Tokens) -> None:
    visit = await visit_of(tokens, issuer.token(roles=["organizer", "moderator", "offline_access"]))

    assert visit.member.name == "Ann"
    assert visit.member.audience == Audience.EMPLOYEE
    assert visit.member.roles == {Role.ORGANIZER, Role.MODERATOR}
    assert visit.member.id == member_id(issuer.url, "ann")
    assert visit.acted_by is None
    assert abs(visit.expires.timestamp() - time() - 3600) < 5


def test_a_member_has_the_same_id_for_ever() -> None:
    assert member_id("https://login.acme.example", "ann") == UUID("f35db877-e692-58eb-8071-c5625d22a8f5")


async def test_no_token_is_an_anonymous_visit(tokens: Tokens) -> None:
    assert await tokens.visit(None) is None


async def test_roles_are_found_along_a_dotted_path_and_as_words(issuer: Issuer) -> None:
    tokens = tokens_of(issuer, claim_roles="realm_access.roles", claim_audience="https://acme.example/side")

    listed = await visit_of(tokens, issuer.token(realm_access={"roles": ["admin"]}))
    words = await visit_of(tokens, issuer.token(realm_access={"roles": "admin strategist"}))
    vendor = await visit_of(tokens, issuer.token(said={"https://acme.example/side": "vendor"}))
    nested_in_nothing = await visit_of(tokens, issuer.token(realm_access="admin"))

    assert listed.member.roles == {Role.ADMIN}
    assert words.member.roles == {Role.ADMIN, Role.STRATEGIST}
    assert vendor.member.audience == Audience.VENDOR
    assert nested_in_nothing.member.roles == frozenset()


async def test_a_machine_goes_by_the_name_of_its_client(issuer: Issuer, tokens: Tokens) -> None:
    machine = await visit_of(tokens, issuer.token(without="name", sub="7f3a", client_id="nightly-import"))
    nameless = await visit_of(tokens, issuer.token(without="name", sub="7f3a"))

    assert machine.member.name == "nightly-import"
    assert nameless.member.name == "7f3a"


async def test_without_an_audience_a_member_is_a_customer(issuer: Issuer, tokens: Tokens) -> None:
    assert (await visit_of(tokens, issuer.token(without="audience"))).member.audience == Audience.CUSTOMER


async def test_an_audience_we_do_not_know_is_refused(issuer: Issuer, tokens: Tokens) -> None:
    with pytest.raises(BadToken, match="employee, vendor or customer"):
        await tokens.visit(issuer.token(audience="robots"))


async def test_a_token_good_for_ever_is_taken(issuer: Issuer, tokens: Tokens) -> None:
    assert (await visit_of(tokens, issuer.token(exp=10**15))).expires.year >= 2999


async def test_elliptic_keys_are_taken_too(issuer: Issuer, tokens: Tokens) -> None:
    issuer.new_key("curved", "ES256")

    assert (await visit_of(tokens, issuer.token("curved"))).member.name == "Ann"


# -- tokens that are refused


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"exp": int(time()) - 60}, "expired"),
        ({"nbf": int(time()) + 600}, "Sign in again"),
        ({"aud": "payroll"}, "another audience"),
        ({"iss": "https://elsewhere.example"}, "Sign in again"),
        ({"without": "exp"}, "Sign in again"),
        ({"without": "sub"}, "Sign in again"),
        ({"without": "iss"}, "Sign in again"),
        ({"without": "aud"}, "another audience|Sign in again"),
        ({"sub": ""}, "Sign in again"),
        ({"sub": 7}, "Sign in again"),
        ({"exp": "soon"}, "Sign in again"),
    ],
)
async def test_a_token_with_wrong_claims_is_refused(
    issuer: Issuer, tokens: Tokens, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadToken, match=message):
        await tokens.visit(issuer.token(**wrong))


async def test_a_clock_a_moment_apart_is_forgiven(issuer: Issuer, tokens: Tokens) -> None:
    assert await tokens.visit(issuer.token(exp=int(time()) - 2, iat=int(time()) + 2))


async def test_a_forged_signature_is_refused(issuer: Issuer, tokens: Tokens) -> None:
    issuer.new_key("forger", publish=False)
    forged = issuer.token("forger", headers={"kid": "first"})

    with pytest.raises(BadToken):
        await tokens.visit(forged)


async def test_claims_swapped_under_a_true_signature_are_refused(issuer: Issuer, tokens: Tokens) -> None:
    header, _, signature = issuer.token().split(".")
    _, others, _ = issuer.token(roles=["admin"]).split(".")

    with pytest.raises(BadToken):
        await tokens.visit(f"{header}.{others}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
async def test_a_token_that_asks_not_to_be_checked_is_refused(issuer: Issuer, tokens: Tokens, algorithm: str) -> None:
    claims = claims_in(issuer.token())
    bare = unsigned({"alg": algorithm, "typ": "JWT", "kid": "first"}, claims).decode()

    for token in (f"{bare}.", f"{bare}.AAAA"):
        with pytest.raises(BadToken):
            await tokens.visit(f"Bearer {token}")


async def test_a_public_key_is_no_shared_secret(issuer: Issuer, tokens: Tokens) -> None:
    private = issuer.new_key("both")
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = unsigned({"alg": "HS256", "typ": "JWT", "kid": "both"}, claims_in(issuer.token()))
    signature = base64.urlsafe_b64encode(hmac.new(pem, signed, hashlib.sha256).digest()).rstrip(b"=")

    with pytest.raises(BadToken):
        await tokens.visit(f"Bearer {(signed + b'.' + signature).decode()}")


async def test_a_shared_secret_in_the_key_set_signs_nothing(issuer: Issuer, tokens: Tokens) -> None:
    secret = b"0123456789abcdef0123456789abcdef"
    k = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    issuer.published.append({"kty": "oct", "kid": "shared", "k": k, "alg": "HS256"})
    token = jwt.encode(claims_in(issuer.token()), secret, "HS256", headers={"kid": "shared"})

    with pytest.raises(BadToken, match="does not know"):
        await tokens.visit(f"Bearer {token}")


async def test_an_algorithm_outside_the_list_is_refused(issuer: Issuer) -> None:
    tokens = tokens_of(issuer, token_algorithms=("ES256",))

    with pytest.raises(BadToken):
        await tokens.visit(issuer.token())


async def test_a_key_is_used_for_the_algorithm_it_was_published_for(issuer: Issuer, tokens: Tokens) -> None:
    issuer.new_key("strict", "RS256", alg="PS256")

    with pytest.raises(BadToken):
        await tokens.visit(issuer.token("strict"))


async def test_a_key_meant_for_encryption_signs_nothing(issuer: Issuer, tokens: Tokens) -> None:
    issuer.new_key("sealing", "RS256", use="enc")

    with pytest.raises(BadToken):
        await tokens.visit(issuer.token("sealing"))


async def test_a_key_of_another_kind_than_the_header_says_is_refused(issuer: Issuer, tokens: Tokens) -> None:
    issuer.new_key("curved", "ES256")

    with pytest.raises(BadToken):
        await tokens.visit(issuer.token("first", headers={"kid": "curved"}))


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YW5uOnNlY3JldA==", "token", "Bearer a.b.c", "Bearer " + "x" * 20_000]
)
async def test_a_header_that_is_no_token_is_refused_and_not_anonymous(tokens: Tokens, header: str) -> None:
    with pytest.raises(BadToken):
        await tokens.visit(header)


async def test_a_header_nested_without_end_is_refused(tokens: Tokens) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 6000).decode().rstrip("=")

    with pytest.raises(BadToken):
        await tokens.visit(f"Bearer {deep}.e30.AAAA")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.binary(), st.integers(0, 400))
async def test_nothing_garbled_gets_through_or_breaks_anything(
    issuer: Issuer, tokens: Tokens, words: str, noise: bytes, place: int
) -> None:
    good = issuer.token().removeprefix("Bearer ")
    noisy = base64.urlsafe_b64encode(noise).decode()
    broken = good[:place] + words + "." + noisy + good[place + 1 :]

    for token in (words, broken, f"{noisy}.{noisy}.{noisy}"):
        with pytest.raises(BadToken):
            await tokens.visit(f"Bearer {token}")


# -- keys that come and go


async def test_a_new_key_is_learned_when_it_is_first_seen(issuer: Issuer, tokens: Tokens) -> None:
    await visit_of(tokens, issuer.token())
    issuer.new_key("second")

    assert await tokens.visit(issuer.token("second", sub="bob"))
    assert await tokens.visit(issuer.token(sub="cy"))
    assert issuer.fetches == 2


async def test_a_withdrawn_key_stops_working(issuer: Issuer) -> None:
    tokens = tokens_of(issuer, stale=0.0, trusted_for=0.0)
    token = issuer.token()
    await visit_of(tokens, token)
    issuer.published.clear()
    issuer.new_key("second")

    async def refused() -> bool:
        try:
            await tokens.visit(token)
        except BadToken:
            return True
        return False

    await eventually(refused)


async def test_made_up_key_ids_do_not_hammer_the_issuer(issuer: Issuer) -> None:
    tokens = tokens_of(issuer, floor=60.0)
    await visit_of(tokens, issuer.token())

    for number in range(100):
        with pytest.raises(BadToken, match="does not know"):
            await tokens.visit(issuer.token(headers={"kid": f"made-up-{number}"}))

    assert issuer.fetches == 1


async def test_while_the_issuer_is_away_its_known_keys_stay_good(issuer: Issuer) -> None:
    tokens = tokens_of(issuer, stale=0.0, trusted_for=0.0)
    await visit_of(tokens, issuer.token())
    issuer.away = True

    with pytest.raises(BadToken):
        await tokens.visit(issuer.token(headers={"kid": "unknown"}))
    assert await tokens.visit(issuer.token(sub="bob"))


async def test_before_any_key_is_known_an_absent_issuer_is_no_fault_of_the_token(
    issuer: Issuer, tokens: Tokens
) -> None:
    issuer.away = True
    with pytest.raises(IssuerIsAway):
        await tokens.visit(issuer.token())

    issuer.away = False
    assert await tokens.visit(issuer.token())


async def test_an_issuer_by_another_name_is_not_believed(issuer: Issuer, tokens: Tokens) -> None:
    issuer.name = "https://elsewhere.example"

    with pytest.raises(IssuerIsAway):
        await tokens.visit(issuer.token())


async def test_a_token_without_key_id_goes_with_an_only_key(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token(headers={})
    assert await tokens.visit(token)

    issuer.new_key("second")
    several = tokens_of(issuer)
    with pytest.raises(BadToken):
        await several.visit(token)


async def test_the_keys_may_be_found_without_discovery(issuer: Issuer) -> None:
    tokens = Tokens(Settings(issuer="urn:acme", jwks_url=f"{issuer.url}/keys"))

    assert await tokens.visit(issuer.token(iss="urn:acme"))


# -- what is remembered


async def test_a_token_is_verified_once_and_then_remembered(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token()

    assert await tokens.visit(token) is await tokens.visit(token)


async def test_a_remembered_token_ends_with_its_time(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token(exp=int(time()) - 3)
    await visit_of(tokens, token)

    async def refused() -> bool:
        try:
            await tokens.visit(token)
        except BadToken:
            return True
        return False

    await eventually(refused)


async def test_only_so_many_tokens_are_remembered(issuer: Issuer) -> None:
    tokens = Tokens(Settings(issuer=issuer.url), remembered=2)
    first = issuer.token(sub="1")
    kept = await visit_of(tokens, first)
    for subject in ("2", "3"):
        await tokens.visit(issuer.token(sub=subject))

    assert await tokens.visit(first) is not kept
    assert len(tokens._remembered) == 2


@pytest.mark.timing
async def test_a_remembered_token_costs_next_to_nothing(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token()
    await visit_of(tokens, token)

    began = thread_time()
    for _ in range(2000):
        await tokens.visit(token)

    assert (thread_time() - began) / 2000 < 30e-6  # measured: about 1 us; room for a busy machine


# -- acting as a member


async def test_an_admin_acts_as_a_member_and_answers_for_it(issuer: Issuer, tokens: Tokens) -> None:
    admin = issuer.token(sub="root", roles=["admin"])

    visit = await visit_of(tokens, admin, "bob", "Bob%20Pr%C3%BCfer", "vendor")

    assert visit.member.id == member_id(issuer.url, "bob")
    assert visit.member.name == "Bob Prüfer"
    assert visit.member.audience == Audience.VENDOR
    assert visit.member.roles == frozenset()
    assert visit.acted_by == member_id(issuer.url, "root")
    assert (await visit_of(tokens, admin, "bob")).member.name == "bob"
    assert (await visit_of(tokens, admin)).acted_by is None


async def test_only_admins_act_as_others(issuer: Issuer, tokens: Tokens) -> None:
    token = issuer.token(roles=["organizer", "moderator", "responder", "strategist"])

    for authorization in (token, None):
        with pytest.raises(OnlyAdminsActAs) as refusal:
            await tokens.visit(authorization, "bob")
        assert refusal.value.status == 403


async def test_a_subject_and_a_known_audience_are_needed_to_act(issuer: Issuer, tokens: Tokens) -> None:
    admin = issuer.token(roles=["admin"])

    with pytest.raises(NoSubject):
        await tokens.visit(admin, "")
    with pytest.raises(NoSuchAudience):
        await tokens.visit(admin, "bob", None, "robots")


def test_without_an_issuer_nobody_can_be_told_apart() -> None:
    with pytest.raises(ValueError, match="ISSUER"):
        Tokens(Settings(issuer=""))
