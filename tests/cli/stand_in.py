"""A stand-in for the API and its issuer: as much of a consultation as the visitor's own rules need, in memory."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from aiohttp import web

PAGE = 2


class StandIn:
    """Remembers goals, ideas and votes. `mishap(operation)` may answer in its place; `lag` is how far ideas trail."""

    def __init__(self) -> None:
        self.done: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
        self.authors: dict[str, str] = {}  # idea -> author
        self.votes: dict[str, dict[str, str]] = {}  # member -> option -> choice
        self.cast: list[tuple[str, str, str]] = []  # in order of arrival, without repeats
        self.headers: list[dict[str, str]] = []
        self.under_way = 0
        self.most_under_way = 0
        self.early = 0  # this many votes are refused as early
        self.unopened = 1  # this many times the standing ballot is not there yet
        self.stale = 0  # this many readings of the ideas show nothing yet
        self.mishap: Callable[[str], web.Response | None] = lambda operation: None

    def app(self) -> web.Application:
        """It as a server."""
        app = web.Application()
        app.router.add_post("/graphql", self.graphql)
        app.router.add_get("/.well-known/oauth-protected-resource", self.resource)
        app.router.add_post("/token", self.token)
        return app

    async def resource(self, request: web.Request) -> web.Response:
        return web.json_response({"authorization_servers": [str(request.url.origin())]})

    async def token(self, request: web.Request) -> web.Response:
        return web.json_response({"access_token": base64.b64encode(await request.read()).decode()})

    async def graphql(self, request: web.Request) -> web.Response:
        said = await request.json()
        operation = said["query"].split()[1].partition("(")[0]
        self.headers.append(dict(request.headers))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return self.mishap(operation) or self.answered(operation, said["variables"], self.who(request))
        finally:
            self.under_way -= 1

    def who(self, request: web.Request) -> str:
        if "Folkmoot-Act-As" in request.headers:
            return request.headers["Folkmoot-Act-As"]
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return token if token == "admin" else str(json.loads(base64.b64decode(token))["member"])

    def answered(self, operation: str, variables: dict[str, Any], who: str) -> web.Response:
        if operation == "WhoAmI":
            return web.json_response({"data": {"viewer": {"memberId": f"id of {who}"}}})
        if "input" not in variables:
            return web.json_response({"data": {"node": getattr(self, operation.lower())(who, variables.get("after"))}})
        said = dict(variables["input"])
        name, key, text = operation[0].lower() + operation[1:], said.pop("idempotencyKey"), json.dumps(said)
        before, payload = self.done.get((who, f"{name}:{key}"), (text, None))
        if before != text:
            payload = {"errors": [refusal("KeyReused")]}
        elif payload is None:
            payload = getattr(self, name.lower())(who, said)
            if not payload["errors"]:
                self.done[who, f"{name}:{key}"] = text, payload
        return web.json_response({"data": {name: payload}})

    def setgoal(self, who: str, said: dict[str, Any]) -> dict[str, Any]:
        return {"goal": {"id": "goal", "owner": {"id": who}}, "errors": []}

    def activategoal(self, who: str, said: dict[str, Any]) -> dict[str, Any]:
        return {"errors": []}

    def openchallenge(self, who: str, said: dict[str, Any]) -> dict[str, Any]:
        return {"challenge": {"id": "challenge"}, "errors": []}

    def standingballot(self, who: str, after: str | None) -> dict[str, Any]:
        self.unopened -= 1
        return {"ballot": {"id": "ballot"} if self.unopened < 0 else None}

    def submitidea(self, who: str, said: dict[str, Any]) -> dict[str, Any]:
        idea = f"idea-{len(self.authors)}"
        self.authors[idea] = who
        return {"idea": {"id": idea}, "errors": []}

    def castvote(self, who: str, said: dict[str, Any]) -> dict[str, Any]:
        if self.early > 0:
            self.early -= 1
            return {"errors": [refusal("NoSuchOption", retryable=True)]}
        self.votes.setdefault(who, {})[said["optionId"]] = said["choice"]
        self.cast.append((who, said["optionId"], said["choice"]))
        return {"errors": []}

    def papers(self, who: str, after: str | None) -> dict[str, Any]:
        papers = [
            {"member": {"id": f"id of {member}"}, "marks": [{"optionId": o, "choice": c} for o, c in marks.items()]}
            for member, marks in self.votes.items()
        ]
        return {"papers": page(papers, after)}

    def counts(self) -> dict[str, Counter[str]]:
        counts: dict[str, Counter[str]] = {}
        for marks in self.votes.values():
            for option, choice in marks.items():
                counts.setdefault(option, Counter())[choice] += 1
        return counts

    def tally(self, who: str, after: str | None) -> dict[str, Any]:
        return {"tally": {"counts": [{"optionId": o, "counts": positions(c)} for o, c in self.counts().items()]}}

    def ideas(self, who: str, after: str | None) -> dict[str, Any]:
        self.stale -= 1
        counts = self.counts() if self.stale < 0 else {}
        ideas = [{"id": idea, "support": {"counts": positions(counts.get(idea, {}))}} for idea in self.authors]
        return {"ideas": page(ideas, after)}


def positions(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"position": position, "count": count} for position, count in counts.items()]


def page(nodes: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    start = int(after or 0)
    end = start + PAGE
    return {
        "edges": [{"node": node} for node in nodes[start:end]],
        "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end)},
    }


def refusal(code: str, retryable: bool = False) -> dict[str, Any]:
    return {"code": code, "message": f"refused as {code}", "path": [], "retryable": retryable}
