"""Rows (f): how a ballot of a million papers closes and is counted, and what those notice who vote elsewhere."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import mean
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import aiohttp
import orjson

from bench.community import CAST, changed, open_ballot
from bench.generator import Load, load
from bench.seeding import Ballot, Held, look_alike, seed, voters
from bench.sizes import AT_ONCE, MANY, Site
from bench.votes import Unsound
from chassis.outbox import OUTBOX
from cli.api import Api
from cli.identity import bearer, issuer_of, mint
from contracts.messages import Audience, Role
from contracts.voting import BallotClosed, BallotDecided, BallotState, Method
from gateway.nodes import global_id, parted

OPTIONS = 8
METHODS = (Method.STANCE, Method.INSTANT_RUNOFF)
WINDOW = 6.0  # seconds of votes elsewhere before the closing, and after the count
LONGEST = 120.0  # seconds until a count is given up
LATE_VOTERS, PAUSE = 4, 0.02  # who go on voting on the ballot that closes, and their seconds between two tries
ENOUGH = 200  # refusals
GLANCE = 0.01
E = TypeVar("E", BallotClosed, BallotDecided)
HAND_IN = """mutation HandInPaper($input: HandInPaperInput!) { handInPaper(input: $input) {
  paperVersion errors { code message } } }"""
CLOSE = """mutation CloseBallot($input: CloseBallotInput!) { closeBallot(input: $input) {
  errors { code message retryable } } }"""


class Closing(NamedTuple):
    """What the closing of one ballot came to; times in seconds.

    `refused` is how long casts were refused before the ballot was closed with its final tally, `slowest` the longest
    that any cast on it waited for its answer, `counted` how long the count took. Votes a second are those on another
    ballot: `apart` before and after, `beside` from the closing until the count was told. `cpu` is seconds above idle.
    """

    method: Method
    papers: int
    refused: float
    slowest: float
    counted: float
    apart: float
    beside: float
    lost: int
    cpu: dict[str, float]


@dataclass
class Late:
    """What those were told who voted on a ballot while it closed."""

    accepted: int = 0
    refused: int = 0
    lost: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def note(self, said: str, took: float) -> None:
        """Take down one answer."""
        self.slowest = max(self.slowest, took)
        if "BallotIsClosed" in said:
            self.refused += 1
        elif '"errors":[]' in said:
            self.accepted += 1
        else:
            self.lost.append(said[:300])


async def closings(site: Site, papers: int = MANY) -> list[Closing]:
    """Close and count a ballot of each method, while others vote on another ballot."""
    elsewhere = site.crowd.requests(urlsplit(site.url).netloc, site.crowd.votes(9 * 10**9))
    found = []
    for method in METHODS:
        async with _staff(site) as (api, staff):
            ballot = await _filled(site, api, staff, method, papers)
            site.say(f"a ballot of {papers:,} papers by {method.value} is there")
            closing = await _closed(site, api, staff, ballot, papers, elsewhere)
        site.say(f"{method.value}: refused for {closing.refused:.2f} s, counted in {closing.counted:.1f} s")
        found.append(closing)
    return found


@asynccontextmanager
async def _staff(site: Site) -> AsyncIterator[tuple[Api, dict[str, str]]]:
    async with aiohttp.ClientSession() as session:
        issuer = await issuer_of(session, site.url)
        roles = (Role.STRATEGIST, Role.ORGANIZER)
        yield Api(session, site.url), bearer(await mint(session, issuer, "bench", roles, Audience.EMPLOYEE))


async def _filled(site: Site, api: Api, staff: dict[str, str], method: Method, papers: int) -> Ballot:
    """A ballot with so many papers, those like what a vote left on another of its kind."""
    (key, listed), (twin, choices) = [await open_ballot(api, staff, OPTIONS, method) for _ in range(2)]
    ballot = Ballot(parted(key)[1], method, [parted(option)[1] for option in listed])
    await api.tell(*_vote(twin, method, choices[0]), bearer(site.crowd.tokens[0]))
    voting, member = site.databases["voting"], site.crowd.members[0]
    await seed(voting, ballot, voters(site.crowd.members[:1], papers))
    await look_alike(voting, Held(ballot.id, member), Held(parted(twin)[1], member))
    return ballot


def _vote(ballot: str, method: Method, option: str) -> tuple[str, str, dict[str, object]]:
    """A first vote for one option: the mutation, its key and its input."""
    if method is Method.STANCE:
        return CAST, str(uuid4()), {"ballotId": ballot, "optionId": option, "choice": "AGREE"}
    return HAND_IN, str(uuid4()), {"ballotId": ballot, "marks": [{"optionId": option, "number": 1}]}


async def _closed(
    site: Site, api: Api, staff: dict[str, str], ballot: Ballot, papers: int, elsewhere: Iterator[bytes]
) -> Closing:
    """Close it and have it counted."""
    await site.processes.quiet(within=30)
    before = await _votes(site, elsewhere, WINDOW)
    late, over = Late(), asyncio.Event()
    spent, began = site.processes.cpu(), time.perf_counter()
    voting_on = [asyncio.create_task(_vote_on(site, ballot, place, late, over)) for place in range(LATE_VOTERS)]
    beside = asyncio.create_task(_votes(site, itertools.takewhile(lambda _: not over.is_set(), elsewhere), LONGEST))
    await asyncio.sleep(1)
    closing = asyncio.create_task(api.tell(CLOSE, str(uuid4()), {"ballotId": _id(ballot)}, staff))
    try:
        moments = await _watched(site, ballot.id)
    finally:
        over.set()
        await asyncio.gather(*voting_on, closing)
    during = await beside
    cpu = site.processes.above_idle(spent, time.perf_counter() - began)
    after = await _votes(site, elsewhere, WINDOW)
    await _must_agree(site, ballot, papers + late.accepted)
    if late.lost:
        raise Unsound(f"{len(late.lost)} late votes were neither taken nor refused, the first: {late.lost[0]}")
    return Closing(
        ballot.method,
        papers,
        refused=moments[BallotState.CLOSED] - moments[BallotState.CLOSING],
        slowest=late.slowest,
        counted=moments[BallotState.DECIDED] - moments[BallotState.CLOSED],
        apart=mean((before.per_second, after.per_second)),
        beside=during.per_second,
        lost=before.failures + during.failures + after.failures,
        cpu=cpu,
    )


def _id(ballot: Ballot) -> str:
    return str(global_id("Ballot", ballot.id))


async def _votes(site: Site, requests: Iterator[bytes], seconds: float) -> Load:
    return await load(site.url, requests, AT_ONCE, seconds, changed)


async def _watched(site: Site, ballot: UUID) -> dict[BallotState, float]:
    """When each state of a ballot was first seen, until it is decided; one that was passed over counts as the next."""
    seen: dict[BallotState, float] = {}
    rows, until = site.databases["voting"].collection("ballots"), time.monotonic() + LONGEST
    while BallotState.DECIDED not in seen:
        row = await rows.find_one({"_id": ballot}, {"state": 1}) or {}
        seen.setdefault(BallotState(row["state"]), time.monotonic())
        if time.monotonic() > until:
            raise Unsound(f"a ballot was not decided within {LONGEST:g} s")
        await asyncio.sleep(GLANCE)
    closed = seen.setdefault(BallotState.CLOSED, seen[BallotState.DECIDED])
    return seen | {BallotState.CLOSING: seen.get(BallotState.CLOSING, closed)}


async def _vote_on(site: Site, ballot: Ballot, place: int, late: Late, over: asyncio.Event) -> None:
    """Vote on the ballot again and again, each time as somebody who has not, until the count is over."""
    option = str(global_id("Option", ballot.options[0]))
    async with aiohttp.ClientSession() as session:
        for token in itertools.islice(site.crowd.tokens, 1 + place, None, LATE_VOTERS):
            if over.is_set() or late.refused > ENOUGH:
                return
            document, key, said = _vote(_id(ballot), ballot.method, option)
            body = orjson.dumps({"query": document, "variables": {"input": said | {"idempotencyKey": key}}})
            headers = bearer(token) | {"Content-Type": "application/json"}
            sent = time.monotonic()
            async with session.post(f"{site.url}/graphql", data=body, headers=headers) as answer:
                late.note(await answer.text(), time.monotonic() - sent)
            await asyncio.sleep(PAUSE)


async def _must_agree(site: Site, ballot: Ballot, papers: int) -> None:
    """The count of the papers must be what votes added up to while they came in, and miss no paper (P14, V10)."""
    closed = await _told(site, ballot.id, BallotClosed)
    decided = await _told(site, ballot.id, BallotDecided)
    whole = ballot.method is not Method.STANCE
    counted = decided.count[0].standing if whole else decided.rounds[0]
    tallied = {option: number for option, number in closed.standing.items() if number} if whole else closed.counts
    if {option: held for option, held in counted.items() if held} != tallied:
        raise Unsound(f"the count {counted} is not what votes added up to: {tallied}")
    if not papers == closed.turnout == decided.turnout:
        raise Unsound(f"{papers} papers were handed in, {closed.turnout} tallied, {decided.turnout} counted")


async def _told(site: Site, ballot: UUID, kind: type[E]) -> E:
    row = await site.databases["voting"].collection(OUTBOX).find_one({"type": kind.type(), "aggregateid": str(ballot)})
    if row is None:
        raise Unsound(f"{kind.__name__} was not told of {ballot}")
    return kind.model_validate_json(row["payload"])
