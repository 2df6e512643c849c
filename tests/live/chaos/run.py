"""One run: a community acts while accidents happen; when all is set right, every promise is checked."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from tests.journeys.town import Town
from tests.live.chaos.actors import IDEAS_EACH, Actor, Scene
from tests.live.chaos.books import Reader
from tests.live.chaos.checker import violations
from tests.live.chaos.door import Door
from tests.live.chaos.house import House
from tests.live.chaos.journal import Entry
from tests.live.chaos.plan import CLOSINGS, Accident, Plan

MEMBERS = 16
IDEAS = 2  # on each challenge, to begin with
STAFF = 2
RUSH = 0.08  # of the run, in which everybody still wants to vote there
IN_HAND = 3.5  # seconds for which a service that is ready may still work on what it was handed before (P10)
PATIENCE = 120.0  # seconds to come to rest
AGAIN = 250  # accepted requests that are repeated in the end
AT_ONCE = 8

logger = logging.getLogger(__name__)


@dataclass
class Report:
    """What came of a run."""

    plan: Plan
    journal: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    unknown: int = 0  # requests that nobody could tell the fate of when the accidents were over
    resting: float = 0.0  # seconds until everything had come to rest
    events: int = 0

    @property
    def accepted(self) -> int:
        """How many requests were done."""
        return sum(entry.accepted is not None for entry in self.journal)

    @property
    def refused(self) -> int:
        """How many were not."""
        return len(self.journal) - self.accepted

    def __str__(self) -> str:
        told = f"{self.accepted} accepted, {self.refused} refused, {self.unknown} unknown at first"
        plan = f"seed {self.plan.seed}: {len(self.plan.accidents)} accidents, clock {self.plan.skew:+.0f} s"
        rest = f"{self.events} events, at rest after {self.resting:.0f} s, {len(self.faults)} answers 'fault'"
        return f"{plan}; {told}; {rest}; {len(self.broken)} violations"


async def run(house: House, reader: Reader, plan: Plan) -> Report:
    """Play a plan; everything that happens afterwards is in the report."""
    report = Report(plan)
    house.set_clock(plan.skew)
    chance = Random(f"members {plan.seed}")
    async with _session() as session:
        door = Door(session, house.doors, Random(f"doors {plan.seed}"))
        scene, actors, closings = await _gathered(Town(house.system, session), door, chance)
        await _played(house, plan, scene, actors, closings, door)
        report.journal = [*closings, *(entry for actor in actors for entry in actor.journal)]
        await _settled(house, reader, report, door, chance)
        books = await reader.read()
    report.faults = door.faults
    for fault in door.faults:
        logger.info("a fault: %s", fault)
    report.events = len({each.id for each in books.said})
    report.broken += violations(books, report.journal)
    return report


async def _gathered(town: Town, door: Door, chance: Random) -> tuple[Scene, list[Actor], list[Entry]]:
    """The members, challenges with ideas, and the requests that will close the ballots of all but one."""
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    scene = Scene(ballots={})
    for _ in range(len(CLOSINGS) + 1):
        challenge, ballot = await town.challenge(ann, ideasPerMember=IDEAS_EACH, threshold=3)
        scene.ballots[challenge] = ballot
        scene.ideas += [(challenge, await town.idea(ann, challenge, f"Idea {number}")) for number in range(IDEAS)]
    actors = []
    for number in range(MEMBERS + STAFF):
        staff = number >= MEMBERS
        roles, audience = (("responder",), "employee") if staff else ((), "customer")
        token = await town.member(f"member-{number}", roles, audience)
        own = Random(chance.random())
        actors.append(Actor(await member_id(town, token), token, staff, scene, door, own))
    owner, ballots = await member_id(town, ann), list(scene.ballots.values())
    return scene, actors, [Entry(owner, ann, "closeBallot", {"ballotId": each}, str(uuid4())) for each in ballots[1:]]


async def _played(
    house: House, plan: Plan, scene: Scene, actors: list[Actor], closings: list[Entry], door: Door
) -> None:
    async def happen(accident: Accident) -> None:
        await asyncio.sleep(accident.at)
        await house.suffer(accident)

    async def close(closing: Entry, share: float) -> None:
        await asyncio.sleep((share - RUSH) * plan.seconds)
        scene.rush = closing.input["ballotId"]
        await asyncio.sleep(RUSH * plan.seconds)
        await asyncio.gather(door.send(closing, 0), door.send(closing, 1))  # one may find a replica that stands still
        if not closing.told:
            await ask_again(closing, door, tries=100)
        scene.rush = None

    acting = [asyncio.create_task(actor.act()) for actor in actors]
    happening = [asyncio.create_task(happen(accident)) for accident in plan.accidents]
    try:
        await asyncio.gather(*map(close, closings, CLOSINGS), asyncio.sleep(plan.seconds), *happening)
        for actor in actors:
            actor.rest()
        await asyncio.gather(*acting)
    finally:
        for task in (*acting, *happening):
            task.cancel()
        await asyncio.gather(*acting, *happening, return_exceptions=True)


async def _settled(house: House, reader: Reader, report: Report, door: Door, chance: Random) -> None:
    """Have everything set right, ask again what was not answered and much of what was, and wait for the last echo."""
    if ended := house.ended():
        report.broken.append(f"ended by themselves: {', '.join(ended)}")
        return
    await house.ready()
    began = time.monotonic()
    report.unknown = len(_doubtful(report))
    await _again(_doubtful(report), door, tries=100)
    await asyncio.sleep(began + IN_HAND - time.monotonic())
    await _again(_doubtful(report), door, tries=100)  # what was refused may have been done after that
    settled = await _at_rest(reader, report)
    report.resting = time.monotonic() - began
    if not settled:
        return
    accepted = [entry for entry in report.journal if entry.accepted]
    idle = [entry for entry in accepted if entry.accepted and not entry.accepted.events]
    some = chance.sample(accepted, min(AGAIN, len(accepted)))
    await _again([*idle, *some], door, tries=1)
    await _at_rest(reader, report)
    report.resting = time.monotonic() - began


def _doubtful(report: Report) -> list[Entry]:
    return [entry for entry in report.journal if entry.is_open]


async def _again(entries: list[Entry], door: Door, tries: int) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(entry: Entry) -> None:
        async with room:
            await ask_again(entry, door, tries)

    await asyncio.gather(*(ask(entry) for entry in entries))


async def _at_rest(reader: Reader, report: Report) -> bool:
    until = time.monotonic() + PATIENCE
    unrest: dict[str, Any] = {"": 1}
    while unrest and time.monotonic() < until:
        await asyncio.sleep(0.2)
        unrest = await reader.unrest()
        logger.info("still: %s", unrest)
    report.broken += [f"it never came to rest: {number} {what}" for what, number in unrest.items()]
    return not unrest


async def ask_again(entry: Entry, door: Door, tries: int) -> None:
    """Send a request until it is answered, so many times at most."""
    for _ in range(tries):
        if await door.send(entry) is not None:
            return
        await asyncio.sleep(0.3)


async def member_id(town: Town, token: str) -> UUID:
    """A member's id, as services know it."""
    answer = await town.ask(token, "{ viewer { memberId } }")
    return UUID(town.raw(answer["data"]["viewer"]["memberId"]))


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=15)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        yield session
