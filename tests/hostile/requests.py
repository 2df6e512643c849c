"""Requests at the gateway that are wrong as HTTP, as JSON, as GraphQL, or in what they ask."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any
from urllib.parse import quote

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    is_leaf_type,
)

from gateway.schema import schema
from tests.hostile.wild import FLOATS, MOMENTS, NOT_JSON, NUMBERS, TEXTS, as_json, mangled, spoilt, wild

PATIENCE = 20.0  # seconds; whoever waits longer calls it hung
STREAM = 0.3  # seconds of a stream that are read


@dataclass(frozen=True)
class Known:
    """What an attacker has found out: their own tokens, headers that are no good, and ids of things that are there."""

    good: tuple[str, ...]
    bad: Callable[[Random], str]
    ids: tuple[str, ...]


def drawn(hand: Random, known: Known) -> tuple[str, bytes]:
    """A request as its bytes, and what is wrong with it."""
    make = hand.choice(KINDS)
    return make.__name__, make(hand, known)


def whole(
    hand: Random, known: Known, body: bytes, *, method: str = "POST", path: str = "/graphql", **headers: str
) -> bytes:
    """A request of good form around a body; headers are replaced or added, and left out where empty."""
    own = {"host": "gateway", "content-type": "application/json", "connection": "close", "accept": "*/*"}
    if hand.random() < 0.7:
        own["authorization"] = f"Bearer {hand.choice(known.good)}"
    own |= {"content-length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in own.items() if value), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + body


def sensible(hand: Random, known: Known) -> dict[str, Any]:
    """A request that would be fine, but for what it asks."""
    if hand.random() < 0.7:
        query, kind = hand.choice(mutations())
        return {"query": query, "variables": {"input": filled(hand, known, kind)}}
    return {"query": "query($id: ID!) { node(id: $id) { id __typename } }", "variables": {"id": an_id(hand, known)}}


def an_id(hand: Random, known: Known) -> Any:
    """An id: of something that is there, of another kind, or none."""
    return hand.choice(known.ids) if hand.random() < 0.6 else hand.choice((*TEXTS, "SWRlYTp4", 5, None, "QmFsbG90Og=="))


@lru_cache(maxsize=1)
def mutations() -> list[tuple[str, GraphQLInputObjectType]]:
    """Every mutation: a document that asks for all that is flat in its payload, and the type of its input."""
    found = []
    whole = schema._schema.mutation_type
    assert whole is not None
    for name, field in whole.fields.items():
        kind: Any = field.args["input"].type
        asked = f"mutation($input: {kind}) {{ {name}(input: $input) {{ {selection(field.type)} }} }}"
        found.append((asked, kind.of_type if isinstance(kind, GraphQLNonNull) else kind))
    return found


def selection(kind: Any, depth: int = 0) -> str:
    """All fields of a type that need no arguments, two deep."""
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    if isinstance(kind, GraphQLUnionType) or not isinstance(kind, GraphQLObjectType):
        return "__typename"
    said = ["__typename"]
    for name, field in kind.fields.items():
        inner: Any = field.type
        while isinstance(inner, GraphQLNonNull | GraphQLList):
            inner = inner.of_type
        if is_leaf_type(inner) and not field.args:
            said.append(name)
        elif depth < 1 and isinstance(inner, GraphQLObjectType) and not field.args and "Connection" not in inner.name:
            said.append(f"{name} {{ {selection(inner, depth + 1)} }}")
    return " ".join(said)


def filled(hand: Random, known: Known, kind: Any) -> Any:
    """A value of an input type, of its form but past its bounds; at times of another form."""
    if hand.random() < 0.03:
        return wild(hand)
    if isinstance(kind, GraphQLNonNull):
        return filled(hand, known, kind.of_type)
    if isinstance(kind, GraphQLList):
        return [filled(hand, known, kind.of_type) for _ in range(hand.choice((0, 1, 2, 3, 60)))]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: filled(hand, known, field.type)
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) or hand.random() < 0.6
        }
    if isinstance(kind, GraphQLEnumType):
        return hand.choice(list(kind.values))
    assert isinstance(kind, GraphQLScalarType)
    if kind.name == "ID":
        return an_id(hand, known)
    drawn_from: Any = {"Int": NUMBERS, "Float": (*FLOATS, *NUMBERS), "DateTime": MOMENTS, "Boolean": (True, False)}
    return hand.choice(drawn_from.get(kind.name, TEXTS))


def past_the_bounds(hand: Random, known: Known) -> bytes:
    """A mutation of the right form, with values at and past every edge."""
    return whole(hand, known, as_json(sensible(hand, known)))


def broken_json(hand: Random, known: Known) -> bytes:
    """A good body with something wrong in its bytes."""
    return whole(hand, known, mangled(hand, as_json(sensible(hand, known))))


def wrong_types(hand: Random, known: Known) -> bytes:
    """A body whose parts are not what they should be."""
    return whole(hand, known, as_json(spoilt(hand, sensible(hand, known) | {"operationName": None, "extensions": {}})))


def no_request_at_all(hand: Random, known: Known) -> bytes:
    """JSON that is no request: a batch, a number, nothing."""
    body = hand.choice((b"", b"[]", b"null", b"7", b'"x"', b"[" * 3000, *(word.encode() for word in NOT_JSON)))
    return whole(hand, known, hand.choice((body, as_json([sensible(hand, known)] * 20), as_json(wild(hand)))))


def bad_token(hand: Random, known: Known) -> bytes:
    """Somebody who is not who they say."""
    headers = {"authorization": known.bad(hand)}
    if hand.random() < 0.2:
        headers |= {"folkmoot_act_as": "ann", "folkmoot_act_as_audience": hand.choice(("employee", "x"))}
    return whole(hand, known, as_json(sensible(hand, known)), **headers)


def act_as(hand: Random, known: Known) -> bytes:
    """Somebody who would be another."""
    said = {"folkmoot_act_as": hand.choice(("ann", " ", "é", "x" * 3000)), "folkmoot_act_as_name": "%ff%00%ed%a0%80"}
    return whole(hand, known, as_json(sensible(hand, known)), **said)


def large_document(hand: Random, known: Known) -> bytes:
    """A document that is too long, too deep, or too much work."""
    many = hand.choice((20, 100, 700, 3000))
    rings = "".join(f" fragment F{n} on Query {{ ...F{(n + 1) % 9} }}" for n in range(9))
    bombs = "".join(f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(min(many, 200)))
    query = hand.choice(
        (
            lambda: "{" + " ".join(f"a{n}: __typename" for n in range(many)) + "}",
            lambda: "{" + "__typename " * many + "}",
            lambda: "{" + "viewer { id } " * many + "}",
            lambda: "{ viewer " * many + "}" * many,
            lambda: "{ __typename" + " @skip(if: false)" * many + " }",
            lambda: "{ __typename" + " @a" * many + " }",
            lambda: "{ ...F0 }" + rings,
            lambda: "{ ...F0 }" + bombs + f" fragment F{min(many, 200)} on Query {{ __typename }}",
            lambda: "{ __schema { types { fields { type " + "{ fields { type " * 20 + "{ name }" + "}}" * 20 + "}}}}",
            lambda: "query(" + " ".join(f"$v{n}: ID" for n in range(many)) + ") { __typename }",
            lambda: "{ node(id: " + "[" * many + "]" * many + ") { id } }",
            lambda: "{ node(id: " + "{a: " * many + "1" + "}" * many + ") { id } }",
            lambda: '{ node(id: "' + "x" * many * 10 + '") { id } }',
            lambda: "{ nodes(ids: [" + " ".join(f'"{each}"' for each in known.ids * many)[:19_000] + '""]) { id } }',
            lambda: "#" * many * 30,
            lambda: " ".join(f"query Q{n} {{ __typename }}" for n in range(many)),
            lambda: "query($a: " + "[" * many + "ID" + "]" * many + ") { __typename }",
        )
    )()
    return whole(hand, known, as_json({"query": query}))


def large_variables(hand: Random, known: Known) -> bytes:
    """Variables that are too many, too deep or too long."""
    query, kind = hand.choice(mutations())
    value = hand.choice(
        (
            lambda: {"x": "y" * 900_000},
            lambda: {f"a{n}": n for n in range(20_000)},
            lambda: [filled(hand, known, kind)] * 300,
            lambda: wild(hand),
        )
    )()
    if hand.random() < 0.2:
        return whole(hand, known, b'{"query":"{__typename}","variables":{"input":' + b"[" * 100_000 + b"}}")
    if hand.random() < 0.1:
        return whole(hand, known, b'{"query":"' + b"x" * 2_000_000 + b'"}')
    return whole(hand, known, as_json({"query": query, "variables": {"input": value}}))


def wrong_content_type(hand: Random, known: Known) -> bytes:
    """A body that says it is something else."""
    kind = hand.choice(
        (
            *("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*", "\xe9"),
            *("application/json; charset=utf-16", "application/json;;;charset", "application/graphql", "a" * 5000),
            *("application/json; charset=\x7f", "image/svg+xml", "application/json, text/plain"),
        )
    )
    body = hand.choice((as_json(sensible(hand, known)), b"query=" + quote("mutation { x }").encode(), b"--x--"))
    return whole(hand, known, body, content_type=kind)


def wrong_length(hand: Random, known: Known) -> bytes:
    """A body that is not as long as it says, or says it in two ways."""
    body = as_json(sensible(hand, known))
    cut = body[: hand.randrange(len(body))]
    length = hand.choice(
        (str(len(body) + 1), str(len(body) + 100_000), "-1", "+5", "1e3", "0x10", "9" * 30, "9" * 5000, " ", "5, 5")
    )
    if hand.random() < 0.4:
        chunks = hand.choice(
            (b"zz\r\nxx\r\n0\r\n\r\n", b"5\r\nab", b"ffffffffffffffff\r\nx", b"2;x=\x00\r\n{}\r\n0\r\n\r\n")
        )
        return whole(
            hand, known, chunks, transfer_encoding=hand.choice(("chunked", "gzip, chunked", "x")), content_length=""
        )
    return whole(hand, known, cut, content_length=length)


def wrong_method(hand: Random, known: Known) -> bytes:
    """A method that is not taken here."""
    method = hand.choice(("PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "P\x00ST"))
    return whole(hand, known, as_json(sensible(hand, known)), method=method, origin="https://evil.example")


def by_get(hand: Random, known: Known) -> bytes:
    """A GET with a mutation, or with what is no query string."""
    query, _ = hand.choice(mutations())
    said = hand.choice(
        (
            f"query={quote(query)}&variables={quote(as_json(wild(hand)))}",
            f"query={quote(query)}&variables=%ff%fe",
            f"query={quote('{ __typename }')}&variables={'[' * 900}",
            "query=%00",
            "query=" + quote("{ __typename }") + "&query=x" * 50,
            "&".join(f"a{n}=1" for n in range(500)),
            "query=%ed%a0%80&operationName=%ff",
            "=&=&;",
            "query=" + "x" * 30_000,
            "é=\xff",
        )
    )
    return whole(hand, known, b"", method="GET", path=f"/graphql?{said}", content_length="", content_type="")


def other_paths(hand: Random, known: Known) -> bytes:
    """What does not lead anywhere."""
    path = hand.choice(
        (
            *("/graphql/", "/graphql%2f", "//graphql", "/graphql/..;/", "/graphiql/%00", "/graphiql/../../etc/passwd"),
            *("/graphiql/..%2f..%2f..%2fetc%2fpasswd", "/graphiql/" + "a" * 300, "/graphiql/a%00.js", "/health/%2e%2e"),
            *(
                "/.env",
                "/.git/config",
                "/commands",
                "/queries",
                "/docs",
                "/" + "a/" * 2000,
                "/%ff%fe",
                "/graphiql/%ed%a0%80",
            ),
            *(
                "/.well-known/oauth-protected-resource?x=" + "y" * 500,
                "*",
                "http://evil.example/graphql",
                "/metrics?x=\x01",
            ),
        )
    )
    method = hand.choice(("GET", "POST"))
    return whole(
        hand, known, as_json({"query": "{ __typename }"}), method=method, path=path, host=hand.choice(("", "é", "x"))
    )


def many_headers(hand: Random, known: Known) -> bytes:
    """Headers that are many, long, doubled or no text."""
    many = {f"x_{n}": "y" * hand.choice((1, 100)) for n in range(hand.choice((50, 150)))}
    odd = {
        "traceparent": hand.choice(("00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x" * 500, "ff-é-é-zz", "00-1-2-3")),
        "accept": hand.choice(("*/*;q=nan", "text/event-stream", "application/json;q=inf,*/*;q=-1", ",;,", "é" * 100)),
        "cookie": "a=" + "b" * hand.choice((10, 7000)),
        "baggage": "é\x01=,;",
        "x_forwarded_for": "1.1.1.1" * 50,
        "accept_encoding": "\xff",
        "expect": hand.choice(("", "100-continue", "x")),
        "upgrade": hand.choice(("", "h2c", "websocket", "\xff")),
    }
    return whole(hand, known, as_json(sensible(hand, known)), **hand.choice((many, odd, many | odd)))


def streams(hand: Random, known: Known) -> bytes:
    """A subscription over server-sent events that should not be."""
    query = hand.choice(
        (
            "subscription($id: ID!) { tallyChanged(ballotId: $id) { version } }",
            "subscription($id: ID!) { caseChanged(caseId: $id) { version body } }",
            "subscription($id: ID!) { a: goalProgressed(goalId: $id) { id } b: caseChanged(caseId: $id) { id } }",
            "subscription { x }",
        )
    )
    said = {"query": query, "variables": hand.choice(({"id": an_id(hand, known)}, {}, None, wild(hand)))}
    return whole(hand, known, as_json(said), accept=hand.choice(("text/event-stream", "application/json")))


def no_http(hand: Random, known: Known) -> bytes:
    """Bytes that are no HTTP, or that stop being it."""
    good = whole(hand, known, as_json(sensible(hand, known)))
    return hand.choice(
        (
            lambda: hand.randbytes(hand.randrange(1, 600)),
            lambda: mangled(hand, good),
            lambda: good.replace(b"\r\n", b"\n"),
            lambda: good.replace(b"HTTP/1.1", hand.choice((b"HTTP/9.9", b"HTTP/1.0", b"", b"HTCPCP/1.0"))),
            lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hand.randbytes(50),
            lambda: b"\x16\x03\x01\x02\x00\x01" + hand.randbytes(200),
            lambda: good + good,
            lambda: b"POST /graphql HTTP/1.1\r\n" + b"a" * hand.choice((100, 60_000)),
        )
    )()


KINDS = (
    *(past_the_bounds, past_the_bounds, past_the_bounds, broken_json, wrong_types, no_request_at_all, bad_token),
    *(act_as, large_document, large_variables, wrong_content_type, wrong_length, wrong_method, by_get, other_paths),
    *(many_headers, streams, no_http),
)


async def exchanged(host: str, port: int, sent: bytes) -> tuple[str, str]:
    """Send bytes, and nothing more: the status that was answered, and all that came. `closed` is no answer at all."""
    reader, writer = await asyncio.open_connection(host, port)
    told = b""
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(sent)
            writer.write_eof()
            while True:
                streaming = b"text/event-stream" in told
                async with asyncio.timeout(STREAM if streaming else PATIENCE):
                    more = await reader.read(65_536)
                told += more
                if not more:
                    break
    except TimeoutError:
        if b"text/event-stream" not in told:
            return "hung", told.decode(errors="replace")
    except OSError:  # cut off: what came before that counts
        pass
    finally:
        writer.transport.abort()
    words = told.split(b" ", 2)
    return words[1].decode(errors="replace") if told.startswith(b"HTTP/") else "closed", told.decode(errors="replace")
