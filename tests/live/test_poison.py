"""An event that a street cannot bear, on Apache Kafka: it is set aside, its key with it, and put back in order."""

import asyncio
import sys

from chassis.kafka import header, heard
from contracts.topics import dead_letters
from deploy.local.process import HOME
from tests.eventually import eventually
from tests.journeys.town import CAST, IDEA
from tests.live.conftest import PATIENCE, Live

DEAD = dead_letters("voting.tallies", "ideas")


async def test_is_set_aside_with_its_key_and_put_back_in_order(live: Live) -> None:
    """P7: others move on meanwhile; what was put back is done in its order, and frees the key."""
    town = live.town
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    challenges = [await town.challenge(ann) for _ in range(2)]
    (ill, ill_idea), (well, well_idea) = [(ballot, await town.idea(ann, each)) for each, ballot in challenges]

    async def supported(idea: str, by: int) -> bool:
        return bool((await town.ask(ann, IDEA, id=idea))["data"]["node"]["support"]["support"] == by)

    live.stumbles.write_text(town.raw(ill))
    for number in range(3):
        voter = await town.member(f"voter-{number}")
        await town.do(voter, CAST, ballotId=ill, optionId=ill_idea, choice="AGREE")
        await town.do(voter, CAST, ballotId=well, optionId=well_idea, choice="AGREE")
        await eventually(lambda by=number + 1: supported(well_idea, by), within=PATIENCE)  # type: ignore[misc]

        async def aside(turnout: int = number + 1) -> bool:
            dead = await town.records(DEAD)
            return bool(dead) and getattr(heard(dead[-1]).event, "turnout", None) == turnout

        await eventually(aside, within=PATIENCE)
    dead = await town.records(DEAD)
    assert {record.key.decode() for record in dead} == {town.raw(ill)}
    assert "Stumbled" in (header(dead[0], "aside_reason") or "")
    assert [header(record, "aside_attempts") for record in dead] == ["3", *["0"] * (len(dead) - 1)]
    versions = [heard(record).event.version for record in dead]
    assert versions == sorted(set(versions))
    assert await supported(ill_idea, 0)

    live.stumbles.write_text("")
    command = [sys.executable, "-m", "deploy.redrive", "voting.tallies", "ideas"]
    job = await asyncio.create_subprocess_exec(*command, cwd=HOME, env=town.system.environment("prepare"))
    assert await job.wait() == 0

    await eventually(lambda: supported(ill_idea, 3), within=PATIENCE)
    past = [line.split() for line in live.stumbles.with_suffix(".past").read_text().splitlines()]
    done = dict.fromkeys(int(version) for ballot, version in past if ballot == town.raw(ill))
    assert list(done) == versions
    voter = await town.member("latecomer")
    await town.do(voter, CAST, ballotId=ill, optionId=ill_idea, choice="AGREE")
    await eventually(lambda: supported(ill_idea, 4), within=PATIENCE)
    assert len(await town.records(DEAD)) == len(dead)
