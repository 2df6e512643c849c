"""The running system under siege: what goes in, and who keeps voting meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaProducer

from chassis.trust import Signer
from contracts.topics import SERVICES
from deploy.local.addresses import HOST
from deploy.local.system import System
from tests.eventually import eventually
from tests.hostile import doors, records, requests, sockets
from tests.hostile.ledger import Ledger
from tests.hostile.tokens import bad_headers
from tests.journeys.test_a_case import FILE
from tests.journeys.town import CAST, IDEA, Town

AT_ONCE = 12
OLGA = ("olga", ("organizer", "strategist"), "employee")  # whom no attacker knows, nor what is hers
SHARES = {"requests": 0.5, "sockets": 0.2, "doors": 0.15, "records": 0.15}


@dataclass
class Siege:
    """A system with something private in it, and what attackers know."""

    town: Town
    secret: str
    known: requests.Known
    key: str
    challenge: str
    ballot: str
    pids: dict[str, int]
    ledger: Ledger
    producer: AIOKafkaProducer
    sent: list[records.Sent] = field(default_factory=list)
    votes: list[float] = field(default_factory=list)

    @property
    def system(self) -> System:
        """The processes."""
        return self.town.system

    def port(self, hand: Random) -> int:
        """One of both gateways: the second hides its schema."""
        return int(self.system.url("gateway", hand.choice((1, 2))).rpartition(":")[2])

    async def suffer(self, inputs: int, seed: int) -> None:
        """Take so many inputs, each door its share of them, a few at once; meanwhile somebody votes."""
        canary = asyncio.create_task(self._voting())
        try:
            for door, share in SHARES.items():
                one: Callable[[Random], Awaitable[None]] = getattr(self, f"_{door}")
                await _side_by_side(one, [Random(f"{seed}:{door}:{number}") for number in range(int(inputs * share))])
        finally:
            canary.cancel()
            with suppress(asyncio.CancelledError):
                await canary

    async def _requests(self, hand: Random) -> None:
        name, sent = requests.drawn(hand, self.known)
        self.ledger.note("HTTP", name, *await requests.exchanged(HOST, self.port(hand), sent), sent)

    async def _sockets(self, hand: Random) -> None:
        protocols, frames = sockets.drawn(hand, self.known)
        url = f"http://{HOST}:{self.port(hand)}/graphql"
        self.ledger.note("WebSocket", "", *await sockets.exchanged(self.town.session, url, protocols, frames), frames)

    async def _doors(self, hand: Random) -> None:
        service, path, authorization, body = doors.drawn(hand, self.key, self._signed())
        url = self.system.url(service) + path
        self.ledger.note(
            "service", service + path, *await doors.exchanged(self.town.session, url, authorization, body), body
        )

    def _signed(self) -> dict[str, str]:
        signer = Signer(self.key)
        return {name: signer.sign_for(name) for name in SERVICES}

    async def _records(self, hand: Random) -> None:
        sent = records.drawn(hand, "local")
        await self.producer.send_and_wait(sent.topic, sent.value, key=sent.key, headers=sent.headers)
        self.sent.append(sent)
        self.ledger.counts["Kafka", sent.name] += 1

    async def _voting(self) -> None:
        while True:
            began = time.monotonic()
            await self.vote()
            self.votes.append(time.monotonic() - began)
            await asyncio.sleep(2)

    async def vote(self) -> None:
        """One member has an idea, another votes for it, and both other streets hear of that."""
        olga, bob = await self.town.member(*OLGA), await self.town.member(f"voter-{uuid4()}")
        idea = await self.town.idea(olga, self.challenge)
        before = (await self.town.ask(olga, IDEA, id=idea))["data"]["node"]["goal"]["voices"]["voters"]
        await self.town.do(bob, CAST, ballotId=self.ballot, optionId=idea, choice="AGREE")

        async def known() -> bool:
            seen = (await self.town.ask(olga, IDEA, id=idea))["data"]["node"]
            return bool(seen["support"]["support"] == 1 and seen["goal"]["voices"]["voters"] > before)

        await eventually(known, within=30)


async def _side_by_side(one: Callable[[Random], Awaitable[None]], hands: list[Random]) -> None:
    waiting = iter(hands)

    async def worker() -> None:
        for hand in waiting:
            await one(hand)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())


@asynccontextmanager
async def besieged(data: Path) -> AsyncIterator[Siege]:
    """The whole system with an idea, a ballot and a private case in it."""
    secret = f"PRIVATE-{uuid4().hex}"
    system = System(
        data,
        replicas={"gateway": 2},
        apps={"gateway": "tests.hostile.shut:app"},
        overrides={"gateway-2": {"SHUT": "1"}},
        settings={"TRACE_SAMPLING": "0"},
    )
    async with system, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        town = Town(system, session)
        ann = await town.member("ann", ("organizer", "strategist"), "employee")
        eve = await town.member("eve", (), "vendor")
        robert = await town.member("robert", (), "customer")
        challenge, ballot = await town.challenge(ann)
        idea = await town.idea(ann, challenge)
        filed = {"kind": "COMPLAINT", "subject": "The line is down", "body": f"My number is {secret}."}
        case = (await town.do(robert, FILE, **filed))["case"]["id"]
        own, own_ballot = await town.challenge(await town.member(*OLGA))
        expired, key = await system.token("ann", ttl=-600), system.environment("gateway")["SERVICE_KEY"]
        public = system.environment("voting")["SERVICE_KEYS"]
        known = requests.Known(
            good=(ann, eve),
            bad=lambda hand: bad_headers(hand, ann, expired, public),
            ids=(challenge, ballot, idea, case),
        )
        pids = {name: process.pid for name, process in system.processes.items()}
        producer = AIOKafkaProducer(bootstrap_servers=system.kafka_url, max_request_size=2_000_000, linger_ms=2)
        await producer.start()
        try:
            yield Siege(town, secret, known, key, own, own_ballot, pids, Ledger((secret,)), producer)
        finally:
            await producer.stop()
