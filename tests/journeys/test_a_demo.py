"""The whole story, by the command that a visitor gives: its report, and what integrators heard of it."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from cli.demo import tale
from contracts.topics import TOPICS
from deploy.local.process import HOME
from tests.eventually import eventually
from tests.examples.subscribing import Subscriber
from tests.journeys.test_what_is_said import everything, header
from tests.journeys.town import Town

SAID = {  # by the demo, exactly; how often tallies and joiners are told depends on the machine
    "GoalSet": 1,
    "KeyResultSet": 1,
    "GoalActivated": 1,
    "CheckedIn": 1,
    "GoalProgressed": 1,
    "ChallengeOpened": 1,
    "ShortlistingStarted": 1,
    "ShortlistChanged": 1,
    "DecidingStarted": 1,
    "ChallengeDecided": 1,
    "IdeaSubmitted": 40,
    "IdeaShortlisted": 5,
    "IdeaAdopted": 1,
    "CommentPosted": 12,
    "BallotOpened": 2,
    "BallotClosed": 2,
    "BallotDecided": 2,
    "VoteCast": len(tale.marks()),
    "PaperHandedIn": 40,
    "CaseFiled": 2,
    "CaseJoined": 30,
    "ClockWarned": 1,
    "ClockBreached": 1,
    "CaseBreached": 1,
    "CaseReplied": 2,
    "CaseResolved": 2,
    "ClockMet": 31,
    "ClockSettledLate": 1,
}


@dataclass
class Told:
    """One telling: its exit status and report, what came on the topics meanwhile, and who listened to it."""

    status: int | None
    report: str
    records: list[ConsumerRecord]
    subscriber: Subscriber


@pytest.fixture(scope="module")
async def told(town: Town, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """The demo, played; the example subscriber listens, dies in the middle of it, and comes back."""
    before = {header(record, "ce_id") for record in await everything(town)}
    file: Path = tmp_path_factory.mktemp("demo") / "copy.db"
    subscriber = Subscriber(town.system.kafka_url, file, [topic.name for topic in TOPICS])
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "demo", "--api", town.system.url("gateway")),
        cwd=HOME,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    playing = asyncio.create_task(demo.communicate())
    try:
        async with subscriber.alive():

            async def half_way() -> bool:
                return playing.done() or bool(set(subscriber.kept()) - before)

            await eventually(half_way, within=60)
        async with subscriber.alive():
            async with asyncio.timeout(150):
                said, shown = await playing

            there: list[ConsumerRecord] = []  # a last tally may be told a second after a ballot has closed

            async def has_all() -> bool:
                there[:] = await everything(town)
                return {header(record, "ce_id") for record in there} <= set(subscriber.kept())

            await eventually(has_all, within=90)
            new = [record for record in there if header(record, "ce_id") not in before]
        print(shown.decode())
        yield Told(demo.returncode, said.decode(), new, subscriber)
    finally:
        if demo.returncode is None:
            demo.kill()


def test_everything_comes_out_as_told(told: Told) -> None:
    lines = [line for line in told.report.splitlines() if line]

    assert [line for line in lines if "✗" in line] == []
    assert told.status == 0, told.report
    checked = told.report.count("✓")
    assert lines[-1] == f"{checked} of {checked} lines as told."


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("ideas", "40"),
        ("shortlist", "Birria, Al pastor, Baja fish, Jackfruit,"),
        ("a vendor's paper is refused", "NotEligible"),
        ("members who changed their minds", "4"),
        ("it closed by itself, on time", "after 60 s"),
        ("one after the closing, too", "BallotIsClosed"),
        ("the winner, adopted by itself", "Al pastor ADOPTED"),
        ("joined instead of shouting again", "30"),
        ("at the desk, by next due, it is", None),
        ("members whom one reply reached", "31"),
        ("her clock", "SETTLED_LATE"),
        ("its progress", "62.5%"),
        ("members heard", "40"),
    ],
)
def test_the_report_shows_the_numbers_of_the_story(told: Told, what: str, shown: str | None) -> None:
    found = [line for line in told.report.splitlines() if line.startswith(f"  ✓ {what}  ")]

    assert found, told.report
    assert shown is None or shown in {line[4 + len(what) :].strip() for line in found}


def test_e3_the_subscriber_has_every_event_of_it_exactly_once(told: Told) -> None:
    kept = told.subscriber.kept()

    assert kept.items() >= {header(each, "ce_id"): header(each, "ce_type") for each in told.records}.items()
    assert told.subscriber.totals() == Counter(kept.values())
    assert [name for name, times in Counter(told.subscriber.said).items() if times > 1] == []


def test_e3_and_they_are_all_that_the_story_says(told: Told) -> None:
    kept = told.subscriber.kept()
    new = {header(each, "ce_id"): json.loads(each.value) for each in told.records}
    goals = {body["goal_id"] for name, body in new.items() if kept[name].endswith(".GoalSet.v1")}
    about = Counter(kept[name].split(".")[-2] for name, body in new.items() if body.get("goal_id") in goals)

    assert len(goals) == 1
    assert {kind: about[kind] for kind in SAID} == SAID
