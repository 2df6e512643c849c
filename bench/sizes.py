"""Rows (e): a vote, a page of ideas and a page of papers on a ballot of few and of many votes, by turns."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from bench.community import CHOICES, Community
from bench.generator import load, request_body, request_head
from bench.processes import Processes
from bench.reading import IDEAS, READERS, filled, whole
from bench.seeding import Ballot, Held, look_alike, seed, voters
from bench.votes import Row, Target, Unsound, measured, of_medians
from chassis.mongo import Database
from cli.identity import bearer
from contracts.voting import Method, Position
from gateway.nodes import parted

FEW, MANY = 10_000, 1_000_000
AT_ONCE = 64  # voters
WARMING = 200  # requests
LATEST = 30.0  # seconds until ideas has heard a tally
TURNS = (Position.DISAGREE, Position.AGREE, Position.PASS)  # nobody is seeded with the first of these
PAPERS = """query Papers($ballot: ID!) { ballot(id: $ballot) { papers(first: 50) { totalCount
  edges { cursor node { member { id } marks { optionId choice } counted } } } } }"""


@dataclass(frozen=True)
class Site:
    """Where to measure: a gateway, the databases behind it, and who votes and reads."""

    url: str
    databases: Mapping[str, Database]
    crowd: Community
    processes: Processes
    say: Callable[[str], None]


def listed(body: bytes) -> bool:
    """Whether fifty papers came, each with a mark."""
    return b'"errors"' not in body and body.count(b'"choice"') >= 50 and body.count(b'"cursor"') == 50


async def sizes(site: Site, rounds: int, seconds: float, at: tuple[int, int] = (FEW, MANY)) -> list[Row]:
    """Every kind at both sizes, the sizes in turn: a row for each, few and many side by side."""
    sized = [await _asked_of(site, votes, place) for place, votes in enumerate(at)]
    pairs = list(zip(*sized, strict=True))
    for target in itertools.chain(*pairs):
        await load(target.url, itertools.islice(target.requests, WARMING), READERS, 60, target.success)
    await site.processes.quiet(within=30)
    seen: dict[str, list[Row]] = {}
    for turn, pair in itertools.product(range(rounds), pairs):
        for target in pair if turn % 2 == 0 else reversed(pair):
            crowd = AT_ONCE if pair is pairs[0] else READERS  # votes come first
            row = await measured(target, crowd, seconds, site.processes)
            seen.setdefault(target.kind, []).append(row)
            site.say(f"round {turn + 1}: {row.kind}: {row.per_second:,.0f}/s, p99 {row.p99:,.1f} ms")
    return [of_medians(rows) for rows in seen.values()]


async def _asked_of(site: Site, votes: int, place: int) -> list[Target]:
    """What is asked of a challenge whose standing ballot holds so many votes. Every second member of the crowd is
    among those who have voted."""
    shelf = await filled(site.url, site.crowd, positions=names(CHOICES), votes_each=0)
    real = await filled(site.url, site.crowd, positions=names(CHOICES), votes_each=1)
    ballot = Ballot(parted(shelf.ballot)[1], Method.STANCE, [parted(idea)[1] for idea in shelf.ideas])
    members = site.crowd.members
    await seed(site.databases["voting"], ballot, voters(members[::2], votes))
    await look_alike(site.databases["voting"], Held(ballot.id, members[0]), Held(parted(real.ballot)[1], members[0]))
    await _announced(site.databases["ideas"], parted(shelf.challenge)[1])
    site.say(f"a ballot of {votes:,} votes is there")
    there = replace(site.crowd, ballot=shelf.ballot, options=shelf.ideas)
    host = urlsplit(site.url).netloc
    cast = there.requests(host, there.votes((place + 1) * 10**9, TURNS))
    papers = request_body(orjson.dumps({"query": PAPERS, "variables": {"ballot": shelf.ballot}}))
    return [
        Target(f"vote on {votes:,}", site.url, cast),
        Target(f"page of 50 ideas on {votes:,}", site.url, shelf.requests(host), whole),
        Target(f"page of 50 papers of {votes:,}", site.url, _by_turns(host, site.crowd.tokens, papers), listed),
    ]


def names(choices: tuple[Position, ...]) -> list[str]:
    """Positions as the API spells them."""
    return [choice.name for choice in choices]


def _by_turns(host: str, tokens: tuple[str, ...], body: bytes) -> Iterator[bytes]:
    """The same request without end, by one reader after the other."""
    return itertools.cycle([request_head("/graphql", host, bearer(token)) + body for token in tokens[:READERS]])


async def _announced(ideas: Database, challenge: UUID) -> None:
    """Wait until every idea wears the tally that voting announced of what was seeded."""
    supported = {"challenge_id": challenge, "support": {"$gt": 0}}
    for _ in range(int(LATEST / 0.1)):
        if await ideas.collection("ideas").count_documents(supported) == IDEAS:
            return
        await asyncio.sleep(0.1)
    raise Unsound(f"the seeded tally has not reached the ideas within {LATEST:g} s")
