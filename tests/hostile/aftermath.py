"""What must be true after a siege: all of it was heard or set aside, nobody fell, nothing private was said."""

import json
import re
from collections import Counter
from typing import Any

from aiokafka import ConsumerRecord

from chassis.kafka import header
from contracts.topics import SERVICES
from tests.eventually import eventually
from tests.hostile import records
from tests.hostile.siege import Siege

ALLOWED = re.compile("Invalid UTF-… sequence received")  # told by the server's library, with the place of the byte


async def heard(siege: Siege) -> None:
    """Every group has taken or set aside all that was sent, and nothing waits."""
    troubles: dict[str, Any] = {}

    async def all_of_it() -> bool:
        for service in SERVICES:
            async with siege.town.session.get(siege.system.url(service) + "/health") as response:
                troubles[service] = (await response.json())["listener"]
        return all(not each["trouble"] and not any(each["lag"].values()) for each in troubles.values())

    await eventually(all_of_it, within=120, else_show=lambda: troubles)


async def set_aside(siege: Siege) -> Counter[str]:
    """How many lie on dead topics, by what was wrong with them, once every record has met its fate."""
    places = sorted({place for sent in siege.sent for place in sent.dead()})
    missing: list[str] = []
    lying: dict[str, list[ConsumerRecord]] = {}

    async def each_where_it_must() -> bool:
        lying.update({place: await siege.town.records(place) for place in places})
        there = {place: Counter(map(_said, found)) for place, found in lying.items()}
        must = [(place, sent) for sent in siege.sent if sent.fate is records.Fate.ASIDE for place in sent.dead()]
        missing[:] = [f"{sent} on {place}" for place, sent in must if not there[place][_said(sent)]]
        return not missing

    await eventually(each_where_it_must, within=60, else_show=lambda: missing[:3])
    dead = [each for found in lying.values() for each in found]
    assert all(header(each, "aside_reason") for each in dead), "something was set aside without its reason"
    names = {_said(sent): sent.name for sent in siege.sent if sent.fate is not records.Fate.SKIPPED}
    strange = [each for each in dead if _said(each) not in names]
    assert strange == [], f"these should have been skipped: {strange[:3]}"
    return Counter(names[_said(each)] for each in dead)


async def unbroken(siege: Siege) -> None:
    """Every process is the one it was, ready, and has said nothing that it should not have."""
    assert {name: process.pid for name, process in siege.system.processes.items() if process.running} == siege.pids
    for name in siege.pids:
        part, _, number = name.rpartition("-")
        if part in (*SERVICES, "gateway"):
            async with siege.town.session.get(siege.system.url(part, int(number)) + "/health/ready") as response:
                assert response.status == 200, f"{name} is not ready"
    await siege.vote()
    assert siege.ledger.wrong == [], "\n".join(siege.ledger.wrong[:20])


def logged(siege: Siege) -> Counter[str]:
    """What the processes logged above INFO, by its wording; raises where a secret is in it."""
    said: Counter[str] = Counter()
    for name in siege.pids:
        part = name.rpartition("-")[0]
        text = siege.system.processes[name].log.read_text(errors="replace")
        assert siege.secret not in text, f"{name} logged a private body"
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
