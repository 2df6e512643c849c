"""What bad input gets, from the real system: a clear, typed error, and nothing lost."""

import json
from base64 import b64encode
from io import BytesIO
from uuid import uuid4

import pytest

from tests.eventually import eventually
from tests.journeys.town import BALLOT, CAST, CLOSE, OPEN, Town

PAGE = 'query($id: ID!) { node(id: $id) { ... on Challenge { ideas(after: "%s") { totalCount } } } }'


def codes(payload: dict[str, list[dict[str, str]]]) -> list[str]:
    """What a mutation was refused for."""
    return [error["code"] for error in payload["errors"]]


def global_id(kind: str) -> str:
    """An id of something that is not there."""
    return b64encode(f"{kind}:{uuid4()}".encode()).decode()


@pytest.fixture
async def ann(town: Town) -> str:
    """An organizer and strategist."""
    return await town.member("ann", ("organizer", "strategist"), "employee")


async def test_an_option_that_is_not_there(town: Town, ann: str) -> None:
    _, ballot = await town.challenge(ann)
    answer = await town.ask(ann, CAST, input={"ballotId": ballot, "optionId": global_id("Idea"), "choice": "AGREE"})
    assert codes(answer["data"]["castVote"]) == ["NoSuchOption"]


async def test_a_closed_ballot(town: Town, ann: str) -> None:
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="AGREE")
    await town.do(ann, CLOSE, ballotId=ballot)

    async def closed() -> bool:
        return bool((await town.ask(ann, BALLOT, id=ballot))["data"]["node"]["state"] != "OPEN")

    await eventually(closed)
    answer = await town.ask(ann, CAST, input={"ballotId": ballot, "optionId": idea, "choice": "PASS"})
    assert codes(answer["data"]["castVote"]) == ["BallotIsClosed"]


async def test_no_purpose_names_each_missing_piece(town: Town, ann: str) -> None:
    answer = await town.ask(ann, OPEN, input={"question": "Why?", "purpose": {}})
    errors = answer["data"]["openChallenge"]["errors"]
    assert {error["code"] for error in errors} == {
        *("NoGoal", "NoOwner", "NoPurpose", "NoMeasure", "NoBaseline", "NoMeasureDate")
    }
    assert all(error["path"][:2] == ["input", "purpose"] or error["path"][0] == "purpose" for error in errors)


async def test_a_key_used_before_with_other_input(town: Town, ann: str) -> None:
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    vote = {"ballotId": ballot, "optionId": idea, "choice": "AGREE", "idempotencyKey": "once"}
    await town.do(ann, CAST, **vote)
    answer = await town.ask(ann, CAST, input=vote | {"choice": "PASS"})
    assert codes(answer["data"]["castVote"]) == ["KeyReused"]


@pytest.mark.parametrize("forged", [True, False])
async def test_a_forged_or_expired_token(town: Town, forged: bool) -> None:
    token = await town.member("mallory") if forged else await town.system.token("mallory", ttl=-60)
    body, _, signature = token.rpartition(".")
    sent = f"{body}.{signature[::-1]}" if forged else token
    headers = {"Authorization": f"Bearer {sent}"}
    async with town.session.post(town.system.graphql_url, json={"query": "{ __typename }"}, headers=headers) as told:
        answer = json.loads(await told.text())
        assert told.status == 401
    assert answer["errors"][0]["extensions"]["code"] == "BadToken"


@pytest.mark.parametrize(("given", "code"), [("garbage", "NotAnId"), (b64encode(b"Idea:x").decode(), "NotAnId")])
async def test_a_garbage_id(town: Town, ann: str, given: str, code: str) -> None:
    answer = await town.ask(ann, CAST, input={"ballotId": given, "optionId": global_id("Idea"), "choice": "AGREE"})
    assert codes(answer["data"]["castVote"]) == [code]
    answer = await town.ask(ann, BALLOT, id=given)
    assert answer["errors"][0]["extensions"]["code"] == code


async def test_a_garbage_cursor(town: Town, ann: str) -> None:
    challenge, _ = await town.challenge(ann)
    answer = await town.ask(ann, PAGE % "garbage", id=challenge)
    assert answer["errors"][0]["extensions"]["code"] == "NoSuchCursor"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"query": "{', 400), (b"[]", 400), (b'{"query": "' + b"x" * 10_000_000 + b'"}', 413)],
    ids=["malformed", "no-object", "ten-megabytes"],
)
async def test_a_body_that_is_no_request(town: Town, body: bytes, status: int) -> None:
    headers = {"content-type": "application/json"}
    async with town.session.post(town.system.graphql_url, data=BytesIO(body), headers=headers) as told:
        answer = json.loads(await told.text())
        assert told.status == status
    assert answer["errors"][0]["extensions"]["code"]


async def test_an_oversized_query(town: Town, ann: str) -> None:
    answer = await town.ask(ann, "{" + " ".join(f"a{number}: __typename" for number in range(3000)) + "}")
    assert answer["errors"][0]["extensions"]["code"]
    assert not answer.get("data")
