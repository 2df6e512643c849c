"""Row (d): a page of fifty ideas with author, tally and goal, as a frontend reads it."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import orjson

from bench.community import Community, active_goal
from bench.generator import request_body, request_head
from bench.processes import Processes
from bench.votes import Row, Target, measured
from cli.api import Api
from cli.identity import bearer, issuer_of, mint
from contracts.messages import Audience, Role

IDEAS, VOTES_EACH = 50, 5
READERS = 16
PAGE = """query Page($challenge: ID!) { ideas(challenge: $challenge, first: 50, orderBy: SUPPORT) { totalCount
  pageInfo { hasNextPage endCursor } edges { cursor node { id title author { id name } commentCount
  tally { version turnout counts { optionId counts { position count } } } goal { id statement state } } } } }"""
OPEN = """mutation OpenChallenge($input: OpenChallengeInput!) { openChallenge(input: $input) {
  challenge { id ballotId } errors { code message retryable } } }"""
SUBMIT = """mutation SubmitIdea($input: SubmitIdeaInput!) { submitIdea(input: $input) {
  idea { id } errors { code message retryable } } }"""
CAST = """mutation CastVote($input: CastVoteInput!) { castVote(input: $input) {
  errors { code message retryable } } }"""


@dataclass(frozen=True)
class Shelf:
    """A challenge with its ideas, and who reads it."""

    challenge: str
    tokens: tuple[str, ...]
    ballot: str
    ideas: tuple[str, ...]

    def requests(self, host: str) -> Iterator[bytes]:
        """The same page without end, by one reader after the other."""
        body = request_body(orjson.dumps({"query": PAGE, "variables": {"challenge": self.challenge}}))
        return itertools.cycle([request_head("/graphql", host, bearer(token)) + body for token in self.tokens])


def whole(body: bytes) -> bool:
    """Whether a page came with all its ideas, each with its author, tally and goal."""
    return b'"errors"' not in body and b"null" not in body and body.count(b'"cursor"') == IDEAS


async def pages(url: str, community: Community, seconds: float, processes: Processes) -> Row:
    """Pages a second for sixteen readers, on a challenge whose ideas have all been voted on."""
    shelf = await filled(url, community)
    target = Target("page of 50 ideas", url, shelf.requests(urlsplit(url).netloc), whole)
    return await measured(target, READERS, seconds, processes)


async def filled(
    url: str, community: Community, positions: Sequence[str] = ("SUPPORT",), votes_each: int = VOTES_EACH
) -> Shelf:
    """Open a challenge, answer it with ideas, and cast so many first votes on each."""
    members = [bearer(token) for token in community.tokens[:IDEAS]]
    later = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    async with aiohttp.ClientSession() as session:
        issuer = await issuer_of(session, url)
        staff = bearer(await mint(session, issuer, "bench", (Role.STRATEGIST, Role.ORGANIZER), Audience.EMPLOYEE))
        api = Api(session, url)
        goal = await active_goal(api, staff)
        asked = {
            "question": "What next?",
            "stance": {"positions": list(positions)},
            "purpose": {
                "goalId": goal["id"],
                "ownerId": goal["owner"]["id"],
                "statement": "To be read",
                "measure": {"name": "Pages a second", "baseline": 0, "date": later},
            },
        }
        opened = (await api.tell(OPEN, str(uuid4()), asked, staff))["challenge"]

        async def idea(number: int) -> str:
            said: dict[str, Any] = {"challengeId": opened["id"], "title": f"Idea {number}"}
            submitted = (await api.tell(SUBMIT, str(uuid4()), said, members[number]))["idea"]
            mark = {"ballotId": opened["ballotId"], "optionId": submitted["id"], "choice": positions[0]}
            for turn in range(votes_each):
                await api.tell(CAST, str(uuid4()), mark, members[(number + turn) % len(members)])
            return str(submitted["id"])

        ideas = await asyncio.gather(*(idea(number) for number in range(IDEAS)))
    return Shelf(opened["id"], community.tokens[:READERS], opened["ballotId"], tuple(ideas))
