"""How members speak with the system: GraphQL through either gateway, once, and what came of it."""

import asyncio
import json
from collections.abc import Sequence
from random import Random
from typing import Any

import aiohttp

from tests.live.chaos.journal import Entry, Told

THING = {"submitIdea": "idea", "postComment": "comment", "fileCase": "case"}


def mutation(name: str) -> str:
    """The request of a mutation: what happened, the thing that came of it, or why it was refused."""
    thing = f"{THING[name]} {{ id }}" if name in THING else ""
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ events {{ id kind version }}"
        f" {thing} errors {{ code }} }} }}"
    )


class Door:
    """Both gateways; `faults` are answers that admitted a mistake of ours."""

    def __init__(self, session: aiohttp.ClientSession, doors: Sequence[str], chance: Random) -> None:
        self._session = session
        self._doors = doors
        self._chance = chance
        self.faults: list[str] = []

    async def send(self, entry: Entry, door: int | None = None) -> Told | None:
        """Send a request once and note the answer; None where there was none, or it said that it is not known."""
        told = await self._sent(entry, self._chance.randrange(2) if door is None else door)
        if told is None:
            entry.unanswered += 1
        else:
            entry.told.append(told)
        return told

    async def _sent(self, entry: Entry, door: int) -> Told | None:
        variables = {"input": {**entry.input, "idempotencyKey": entry.key}}
        body = {"query": mutation(entry.mutation), "variables": variables}
        try:
            async with self._session.post(
                self._doors[door], json=body, headers={"Authorization": f"Bearer {entry.token}"}
            ) as answer:
                text = await answer.text()
                if answer.status != 200:
                    self._note(f"{entry.mutation}: status {answer.status}: {text[:200]}")
                    return None
        except (aiohttp.ClientError, TimeoutError, OSError, asyncio.IncompleteReadError):
            return None
        return self._read(entry, json.loads(text))

    def _read(self, entry: Entry, answer: dict[str, Any]) -> Told | None:
        payload = (answer.get("data") or {}).get(entry.mutation)
        codes = {(error.get("extensions") or {}).get("code") for error in answer.get("errors", ())}
        if codes - {"Unknown"}:
            self._note(f"{entry.mutation}: {json.dumps(answer)[:300]}")
        if payload is None:
            return None
        if payload["errors"]:
            return Told(refused=tuple(error["code"] for error in payload["errors"]))
        events = tuple((event["id"], event["kind"], event["version"]) for event in payload["events"])
        thing = payload.get(THING.get(entry.mutation, "")) or {}
        return Told(events, thing=thing.get("id"))

    def _note(self, trouble: str) -> None:
        self.faults.append(trouble)
