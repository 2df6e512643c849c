"""A large community at one named ballot, and the endless row of votes that it casts."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import aiohttp
import orjson

from bench.generator import request_body, request_head
from chassis.identity import member_id
from cli.api import Api
from cli.identity import bearer, issuer_of, mint
from contracts.messages import Audience, Role
from contracts.voting import Method, Position

CHOICES = (Position.AGREE, Position.PASS, Position.DISAGREE)
CAST = "mutation CastVote($input: CastVoteInput!) { castVote(input: $input) { paperVersion errors { code message } } }"
AT_THE_ISSUER = 16  # tokens asked for at a time
KEY_LENGTH = 12


class Vote(NamedTuple):
    """One vote to cast; `number` is its own, `member` the place of their token."""

    number: int
    member: int
    option: str
    choice: Position


def changed(body: bytes) -> bool:
    """Whether a castVote was accepted and changed the paper."""
    return b'"errors":[]' in body and b"null" not in body


@dataclass(frozen=True)
class Community:
    """Who votes (their tokens), where, and on what. Ids are the API's, but for those of the members."""

    tokens: tuple[str, ...]
    ballot: str
    options: tuple[str, ...]
    members: tuple[UUID, ...] = ()

    def votes(self, first: int = 0, choices: Sequence[Position] = CHOICES) -> Iterator[Vote]:
        """Votes without end, each a change: all members on one option before they go to the next, then all of it
        again with changed minds. Neighbours are different members, as in a crowd. Numbers begin at `first`: the same
        members may use each but once."""
        numbers = itertools.count(first)
        for turn in itertools.count():
            for option in self.options:
                for member in range(len(self.tokens)):
                    yield Vote(next(numbers), member, option, choices[turn % len(choices)])

    def requests(self, host: str, votes: Iterator[Vote]) -> Iterator[bytes]:
        """Votes as HTTP requests for a server there."""
        heads = [request_head("/graphql", host, bearer(token)) for token in self.tokens]
        blank = "x" * KEY_LENGTH
        tails = {
            (option, choice): request_body(cast_body(self.ballot, option, choice, blank)).replace(
                blank.encode(), b"%012d"
            )
            for option in self.options
            for choice in CHOICES
        }
        for vote in votes:
            yield heads[vote.member] + tails[vote.option, vote.choice] % vote.number


async def gather_community(
    api: str, members: int, options: int, method: Method = Method.STANCE, name: str = "voter"
) -> Community:
    """Set a goal, open a ballot under it and mint a token for each member, whose names begin with `name`."""
    async with aiohttp.ClientSession() as session:
        issuer = await issuer_of(session, api)
        staff = bearer(await mint(session, issuer, "bench", (Role.STRATEGIST, Role.ORGANIZER), Audience.EMPLOYEE))
        ballot, ids = await open_ballot(Api(session, api), staff, options, method)
        gate = asyncio.Semaphore(AT_THE_ISSUER)

        async def token(number: int) -> str:
            async with gate:
                return await mint(session, issuer, f"{name}-{number}", (), Audience.CUSTOMER)

        tokens = await asyncio.gather(*(token(number) for number in range(members)))
        ids_of_members = tuple(member_id(issuer, f"{name}-{number}") for number in range(members))
    return Community(tuple(tokens), ballot, ids, ids_of_members)


async def open_ballot(api: Api, staff: dict[str, str], options: int, method: Method) -> tuple[str, tuple[str, ...]]:
    later = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    goal = await active_goal(api, staff)
    opened = await api.tell(
        "mutation OpenBallot($input: OpenBallotInput!)"
        " { openBallot(input: $input) { ballot { id } errors { code message retryable } } }",
        str(uuid4()),
        {
            "question": "How fast?",
            "purpose": {
                "goalId": goal["id"],
                "ownerId": goal["owner"]["id"],
                "statement": "To measure",
                "measure": {"name": "Votes a second", "baseline": 0, "date": later},
            },
            "terms": {"positions": [choice.name for choice in CHOICES], "public": True, "method": method.name},
            "options": [{"title": f"Option {number}"} for number in range(options)],
        },
        staff,
    )
    ballot = opened["ballot"]["id"]
    data = await api.ask(
        "query Options($id: ID!) { ballot(id: $id) { options(first: 100) { edges { node { id } } } } }",
        {"id": ballot},
        staff,
    )
    return ballot, tuple(edge["node"]["id"] for edge in data["ballot"]["options"]["edges"])


async def active_goal(api: Api, staff: dict[str, str]) -> dict[str, Any]:
    """A goal to work under: its id and owner, as the API tells them."""
    now = datetime.now(UTC)
    later = (now + timedelta(days=365)).isoformat()
    told = await api.tell(
        "mutation SetGoal($input: SetGoalInput!)"
        " { setGoal(input: $input) { goal { id owner { id } } errors { code message retryable } } }",
        str(uuid4()),
        {"statement": "Be fast", "advantage": "Measured", "starts": now.isoformat(), "ends": later},
        staff,
    )
    goal: dict[str, Any] = told["goal"]
    await api.tell(
        "mutation ActivateGoal($input: ActivateGoalInput!)"
        " { activateGoal(input: $input) { errors { code message retryable } } }",
        str(uuid4()),
        {"goalId": goal["id"]},
        staff,
    )
    return goal


def cast_body(ballot: str, option: str, choice: Position, key: str) -> bytes:
    """The body of one castVote."""
    said = {"ballotId": ballot, "optionId": option, "choice": choice.name, "idempotencyKey": key}
    return orjson.dumps({"query": CAST, "variables": {"input": said}})
