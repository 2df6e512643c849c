"""What graphql-cop looks for, one by one and under its names, at the gateway as strangers meet it in production.

The tool itself cannot be had from a package registry. Of its findings one is meant: queries may be asked by GET, as
GraphQL over HTTP has it; nobody is known there but by a token in a header, which no other site can send.
"""

import json
from typing import Any

import pytest
from yarl import URL

from tests.hostile.siege import Siege

DEEP = "{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }"
RING = "{ __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }"


async def asked(siege: Siege, body: Any, number: int = 2, **more: Any) -> tuple[int, Any]:
    """What that gateway answers a POST."""
    url = f"{siege.system.url('gateway', number)}/graphql"
    async with siege.town.session.post(url, **({"json": body} | more)) as response:
        text = await response.text()
        return response.status, json.loads(text)


async def refused(siege: Siege, query: str) -> str:
    """The code a document is refused with."""
    status, told = await asked(siege, {"query": query})
    assert status == 200
    assert "data" not in told
    return str(told["errors"][0]["extensions"]["code"])


async def test_alias_overloading(siege: Siege) -> None:
    assert await refused(siege, "{" + " ".join(f"alias{n}: __typename" for n in range(101)) + "}") == "TooManyAliases"


async def test_batch_queries(siege: Siege) -> None:
    status, told = await asked(siege, [{"query": "{ __typename }"}] * 10)
    assert (status, told["errors"][0]["extensions"]["code"]) == (400, "NotAGraphQLRequest")


async def test_directive_overloading(siege: Siege) -> None:
    _, told = await asked(siege, {"query": "{ __typename " + "@aa" * 10 + " }"})
    assert len(told["errors"]) < 10  # it counts on one error for each of ten
    assert await refused(siege, "{ __typename" + " @skip(if: false)" * 31 + " }") == "QueryIsNotValid"


async def test_circular_introspection(siege: Siege) -> None:
    assert await refused(siege, DEEP) == "QueryIsNotValid"


async def test_circular_fragment(siege: Siege) -> None:
    for number in (1, 2):
        _, told = await asked(siege, {"query": RING}, number)
        assert told["errors"][0]["extensions"]["code"] == "QueryIsNotValid"


async def test_field_duplication(siege: Siege) -> None:
    assert await refused(siege, "{" + " __typename" * 500 + " }") == "FieldIsRepeated"


async def test_introspection(siege: Siege) -> None:
    assert await refused(siege, "{ __schema { types { name fields { name } } } }") == "QueryIsNotValid"


async def test_field_suggestions(siege: Siege) -> None:
    for query in ("{ viewr { id } }", "{ __schema { directive } }", '{ node(idd: "x") { id } }'):
        _, told = await asked(siege, {"query": query})
        assert "Did you mean" not in json.dumps(told)


@pytest.mark.parametrize("path", ["/graphql", "/graphiql", "/graphiql/index.html", "/playground", "/console"])
async def test_graphiql(siege: Siege, path: str) -> None:
    url = siege.system.url("gateway", 2) + path
    async with siege.town.session.get(url, headers={"accept": "text/html"}) as response:
        text = (await response.text()).lower()
    assert "graphiql" not in text
    assert "<html" not in text


async def test_trace_mode(siege: Siege) -> None:
    for query in ("{ __typename }", "{ nonsense }", '{ node(id: "x") { id } }'):
        _, told = await asked(siege, {"query": query}, headers={"apollo-tracing": "1", "x-apollo-tracing": "1"})
        assert not {"tracing", "exception", "stacktrace", "debug"} & {*str(told).lower().replace("'", " ").split()}


async def test_unhandled_errors(siege: Siege) -> None:
    assert await refused(siege, "qwerty cop { abc }") == "QueryDoesNotParse"


async def test_mutations_by_get(siege: Siege) -> None:
    url = URL(f"{siege.system.url('gateway', 2)}/graphql").with_query(query="mutation cop { __typename }")
    async with siege.town.session.get(url) as response:
        assert response.status == 405


async def test_queries_by_get_know_nobody_by_a_cookie(siege: Siege) -> None:
    url = URL(f"{siege.system.url('gateway', 2)}/graphql").with_query(query="{ viewer { id } }")
    token = siege.known.good[0]
    async with siege.town.session.get(
        url, headers={"cookie": f"authorization=Bearer {token}; token={token}"}
    ) as response:
        assert json.loads(await response.text()) == {"data": {"viewer": None}}


@pytest.mark.parametrize(
    "form",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"],
    ids=lambda form: form[:12],
)
async def test_posts_that_another_site_could_send(siege: Siege, form: str) -> None:
    body = b"query=mutation%20%7B%20__typename%20%7D"
    status, told = await asked(siege, None, json=None, data=body, headers={"content-type": form})
    assert (status, told["errors"][0]["extensions"]["code"]) == (415, "NotThisContentType")
