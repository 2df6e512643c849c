"""The running system under siege: what goes in, who keeps voting meanwhile, and what must still be true afterwards."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaProducer, ConsumerRecord

from chassis.aside import header
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
ALLOWED = re.compile("Invalid UTF-… sequence received")  # told by the server's library, with the place of the byte
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
            await asyncio.gather(canary, return_exceptions=True)

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
        return {name: self._signer.sign_for(name) for name in SERVICES}

    @property
    def _signer(self) -> Signer:
        return Signer(self.key)

    async def _records(self, hand: Random) -> None:
        sent = records.drawn(hand, "local")
        producer = await self._producer()
        await producer.send_and_wait(sent.topic, sent.value, key=sent.key, headers=sent.headers)
        self.sent.append(sent)
        self.ledger.counts["Kafka", sent.name] += 1

    async def _producer(self) -> AIOKafkaProducer:
        if not hasattr(self, "_made"):
            self._made = AIOKafkaProducer(
                bootstrap_servers=self.system.kafka_url, max_request_size=2_000_000, linger_ms=2
            )
            self._starting = asyncio.create_task(self._made.start())
        await self._starting
        return self._made

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
        await self.town.do(bob, CAST, ballotId=self.ballot, optionId=idea, choice="AGREE")

        async def known() -> bool:
            seen = (await self.town.ask(olga, IDEA, id=idea))["data"]["node"]
            return bool(seen["support"]["support"] == 1)

        await eventually(known, within=30)

    async def heard(self) -> None:
        """Every group has taken or set aside all that was sent, and nothing waits."""
        troubles: dict[str, Any] = {}

        async def all_of_it() -> bool:
            for service in SERVICES:
                async with self.town.session.get(self.system.url(service) + "/health") as response:
                    troubles[service] = (await response.json())["listener"]
            return all(not each["trouble"] and not any(each["lag"].values()) for each in troubles.values())

        await eventually(all_of_it, within=120, else_show=lambda: troubles)

    async def set_aside(self) -> Counter[str]:
        """How many lie on dead topics, by what was wrong with them, once every record has met its fate."""
        places = sorted({place for sent in self.sent for place in sent.dead()})
        missing: list[str] = []
        lying: dict[str, list[ConsumerRecord]] = {}

        async def each_where_it_must() -> bool:
            lying.update({place: await self.town.records(place) for place in places})
            there = {place: Counter(map(_said, found)) for place, found in lying.items()}
            must = [(place, sent) for sent in self.sent if sent.fate is records.Fate.ASIDE for place in sent.dead()]
            missing[:] = [f"{sent} on {place}" for place, sent in must if not there[place][_said(sent)]]
            return not missing

        await eventually(each_where_it_must, within=60, else_show=lambda: missing[:3])
        dead = [each for found in lying.values() for each in found]
        assert all(header(each, "aside_reason") for each in dead), "something was set aside without its reason"
        names = {_said(sent): sent.name for sent in self.sent if sent.fate is not records.Fate.SKIPPED}
        strange = [each for each in dead if _said(each) not in names]
        assert strange == [], f"these should have been skipped: {strange[:3]}"
        return Counter(names[_said(each)] for each in dead)

    async def unbroken(self) -> None:
        """Every process is the one it was, ready, and has said nothing that it should not have."""
        if hasattr(self, "_made"):
            await self._made.stop()
        assert {name: process.pid for name, process in self.system.processes.items() if process.running} == self.pids
        for name in self.pids:
            part, _, number = name.rpartition("-")
            if part in (*SERVICES, "gateway"):
                async with self.town.session.get(self.system.url(part, int(number)) + "/health/ready") as response:
                    assert response.status == 200, f"{name} is not ready"
        await self.vote()
        assert self.ledger.wrong == [], "\n".join(self.ledger.wrong[:20])

    def said(self) -> Counter[str]:
        """What the processes logged above INFO, by its wording; raises where a secret or a fault at a door is in it."""
        said: Counter[str] = Counter()
        for name in self.pids:
            part = name.rpartition("-")[0]
            text = self.system.processes[name].log.read_text(errors="replace")
            assert self.secret not in text, f"{name} logged a private body"
            for line in text.splitlines() if part in (*SERVICES, "gateway") else ():
                assert line.startswith("{"), f"{name} said what is no record: {line[:300]}"
                told = json.loads(line)
                if told["level"] not in ("INFO", "DEBUG"):
                    words = re.sub(r"[0-9a-f-]{16,}|\d+|'.*'", "…", told["message"])[:90]
                    last = told.get("exception", "").strip().splitlines()[-1:]
                    said[f"{part} {told['level']} {words} {' '.join(last)[:110]}"] += 1
        return said


def _said(record: ConsumerRecord | records.Sent) -> tuple[bytes, bytes]:
    return record.key or b"", record.value or b""


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
        yield Siege(town, secret, known, key, own, own_ballot, pids, Ledger((secret,)))
