"""GraphQL over HTTP: good and bad requests, and the form of their answers."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from gateway.wire import GRAPHQL, JSON, STREAM, answered_as
from tests.gateway.conftest import House, house_with, token

GRAPHQL_JSON = "application/graphql-response+json"
HELLO = orjson.dumps({"query": "{ viewer { name } }"})


async def post(house: House, body: bytes, accept: str = "*/*", **headers: str) -> tuple[int, str, dict[str, Any]]:
    own = {"content-type": "application/json", "accept": accept, **headers}
    async with house.browser.post("/graphql", data=body, headers=own) as response:
        return response.status, response.content_type, await response.json(content_type=None)


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (b"*/*", JSON),
        (b"", JSON),
        (b"text/plain", JSON),
        (b"application/graphql-response+json", GRAPHQL),
        (b"application/json, application/graphql-response+json", JSON),
        (b"application/json;q=0.9, application/graphql-response+json", GRAPHQL),
        (b"application/json;q=0.9, application/graphql-response+json;q=0.1", JSON),
        (b"application/graphql-response+json;q=0, application/json;q=0.1", JSON),
        (b"application/graphql-response+json;q=nonsense", JSON),
        (b"text/event-stream", STREAM),
        (b"text/html, */*;q=0.8", JSON),
    ],
)
def test_a_client_gets_the_form_it_wants_most(accept: bytes, form: bytes) -> None:
    assert answered_as(accept) == form


async def test_a_good_request_is_answered_in_the_form_asked_for(house: House) -> None:
    status, form, answer = await post(house, HELLO, GRAPHQL_JSON)

    assert (status, form, answer) == (200, GRAPHQL_JSON, {"data": {"viewer": None}})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "BodyIsNotJson"),
        (b"\xff\xfe", "BodyIsNotJson"),
        (b"", "BodyIsNotJson"),
        (b"[]", "NotAGraphQLRequest"),
        (b"{}", "NotAGraphQLRequest"),
        (b'{"query": 1}', "NotAGraphQLRequest"),
        (b'{"query": "{ __typename }", "variables": []}', "NotAGraphQLRequest"),
        (b'{"query": "{ __typename }", "operationName": 7}', "NotAGraphQLRequest"),
    ],
)
async def test_what_is_no_request_is_a_400_with_a_code(house: House, body: bytes, code: str) -> None:
    status, _, answer = await post(house, body)

    assert (status, codes(answer)) == (400, [code])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "QueryDoesNotParse"),
        ("{ nonsense }", "QueryIsNotValid"),
        ("query A { __typename } query B { __typename }", "NoSuchOperation"),
        ("{ __typename " + " " * 20_001 + "}", "QueryIsTooLong"),
        ("{" + " __typename" * 2_001 + "}", "QueryIsTooLong"),
        ("{a" * 900 + "}" * 900, "QueryIsTooDeep"),
        ("{a:a" * 5_000, "QueryIsTooDeep"),
        ("query Q($id: ID!) { node(id: $id) { id } }", "VariablesAreNotValid"),
    ],
)
async def test_a_query_that_cannot_be_executed_is_a_400_only_in_the_newer_form(
    house: House, query: str, code: str
) -> None:
    body = orjson.dumps({"query": query})

    newer, older = await post(house, body, GRAPHQL_JSON), await post(house, body, "application/json")

    assert (newer[0], set(codes(newer[2]))) == (400, {code})
    assert (older[0], set(codes(older[2]))) == (200, {code})
    assert "data" not in newer[2]


async def test_a_body_of_ten_megabytes_is_refused_without_being_read(house: House) -> None:
    address = urlsplit(house.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10000000\r\n\r\n{"
    )

    answer = await asyncio.wait_for(reader.read(4096), 5)

    assert b" 413 " in answer
    assert b'"code":"BodyIsTooLarge"' in answer
    writer.close()


async def test_a_body_that_hides_its_size_is_cut_off(house: House) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b"x" * 50_000

    async with house.browser.post("/graphql", data=endless(), headers={"content-type": "application/json"}) as response:
        assert response.status == 413


@pytest.mark.parametrize("form", ["multipart/form-data; boundary=x", "text/plain", "application/json; charset=latin1"])
async def test_only_json_is_taken(house: House, form: str) -> None:
    status, _, answer = await post(house, HELLO, **{"content-type": form})

    assert (status, codes(answer)) == (415, ["NotThisContentType"])


async def test_queries_may_be_asked_by_get_and_mutations_not(house: House) -> None:
    query = {"query": "query Q($n: Int) { challenges(first: $n) { totalCount } }", "variables": '{"n": 1000}'}
    async with house.browser.get("/graphql", params=query) as response:
        assert codes(await response.json()) == ["PageIsOutOfBounds"]
    mutation = {"query": 'mutation { closeBallot(input: {ballotId: "x"}) { errors { code } } }'}
    async with house.browser.get("/graphql", params=mutation) as response:
        assert (response.status, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "bad", ["Bearer garbage", token("ann", lasts=-60), token("ann", aud="others"), token("ann") + "x", "Basic YTpi"]
)
async def test_a_token_that_is_no_good_is_a_401_and_never_anonymous(house: House, bad: str) -> None:
    async with house.browser.post("/graphql", data=HELLO, headers={"authorization": bad}) as response:
        assert response.status == 401
        assert codes(await response.json()) == ["BadToken"]
        assert response.headers["www-authenticate"].startswith("Bearer resource_metadata=")


async def test_only_an_administrator_acts_as_another(house: House) -> None:
    status, _, answer = await post(house, HELLO, authorization=token("ann"), **{"Folkmoot-Act-As": "bea"})

    assert (status, codes(answer)) == (403, ["OnlyAdminsActAs"])


async def test_the_issuer_is_named_for_clients_that_look_for_it(house: House) -> None:
    async with house.browser.get("/.well-known/oauth-protected-resource") as response:
        assert (await response.json())["authorization_servers"] == ["https://issuer.example"]


async def test_operators_see_that_it_is_ready_and_what_it_did(house: House) -> None:
    await post(house, HELLO)
    async with house.browser.get("/health/ready") as ready, house.browser.get("/health") as health:
        assert ready.status == 200
    async with house.browser.get("/health/live") as live, house.browser.get("/health") as health:
        assert live.status == 200
        assert (await health.json())["services"] == dict.fromkeys(("ideas", "voting", "responses", "strategy"), True)
    async with house.browser.get("/metrics") as metrics:
        assert 'folkmoot_operation_seconds_count{operation="query viewer"}' in await metrics.text()


async def test_a_browser_is_shown_the_page_and_everything_on_it_is_ours(house: House) -> None:
    async with house.browser.get("/graphql", headers={"accept": "text/html"}) as response:
        page = await response.text()

    assert "http" not in page.replace("http-equiv", "")
    for file in ("graphiql.min.js", "graphiql.min.css", "react.production.min.js", "react-dom.production.min.js"):
        assert f'"/graphiql/{file}"' in page
        async with house.browser.get(f"/graphiql/{file}") as response:
            assert response.status == 200


async def test_a_site_that_is_named_may_call_and_others_may_not() -> None:
    async with house_with(cors_origins=("https://site.example",)) as house:
        preflight = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        async with house.browser.options("/graphql", headers={"origin": "https://site.example"} | preflight) as good:
            assert good.headers["access-control-allow-origin"] == "https://site.example"
        async with house.browser.options("/graphql", headers={"origin": "https://other.example"} | preflight) as bad:
            assert "access-control-allow-origin" not in bad.headers
        async with house.browser.post("/graphql", json={}, headers={"origin": "https://site.example"}) as answer:
            assert answer.headers["access-control-allow-origin"] == "https://site.example"
