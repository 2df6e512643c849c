"""The whole system on one machine, with stand-ins for the services."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from pymongo import MongoClient

from deploy.local.addresses import HOST, answers, answers_ok, is_free
from deploy.local.errors import CannotRun
from deploy.local.process import until
from deploy.local.system import System
from tests.deploy.stand_in import BROKEN, EVERYWHERE


@pytest_asyncio.fixture(scope="module", name="system")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system with two replicas of voting, and a job that notes each time it ran."""
    folder = tmp_path_factory.mktemp("system")
    async with System(
        folder / "data",
        apps=EVERYWHERE,
        prepare="tests.deploy.job",
        replicas={"voting": 2},
        settings={"NOTES": str(folder / "notes")},
        overrides={"voting": {"LOG_LEVEL": "debug"}, "voting-2": {"TRACE_SAMPLING": "1"}},
    ) as system:
        yield system


async def told(system: System, part: str, number: int = 1) -> dict[str, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{system.url(part, number)}/told") as answer:
        settings: dict[str, str] = await answer.json()
        return settings


def times_prepared(system: System) -> int:
    return len(Path(system.environment("prepare")["NOTES"]).read_text().splitlines())


async def test_every_part_is_ready_once_the_system_says_so(system: System) -> None:
    for part, number in [(part, 1) for part in EVERYWHERE] + [("voting", 2)]:
        assert await answers_ok(f"{system.url(part, number)}/health/ready")
    assert await answers(HOST, int(system.kafka_url.removeprefix(f"{HOST}:")))
    assert times_prepared(system) >= 1


async def test_the_gateway_knows_every_replica_and_each_replica_its_name(system: System) -> None:
    gateway = await told(system, "gateway")

    assert gateway["VOTING_URL"] == f"{system.url('voting')},{system.url('voting', 2)}"
    assert gateway["IDEAS_URL"] == system.url("ideas")
    assert (await told(system, "voting", 2))["REPLICA"] == "voting-2"


async def test_only_the_gateway_can_sign_and_only_services_hold_the_proof(system: System) -> None:
    gateway, voting = await told(system, "gateway"), await told(system, "voting")

    assert "PRIVATE KEY" in gateway["SERVICE_KEY"]
    assert "PUBLIC KEY" in voting["SERVICE_KEYS"]
    assert "SERVICE_KEY" not in voting
    assert {path.stat().st_mode & 0o777 for path in (system.data / "keys").iterdir()} == {0o600}


async def test_one_part_or_replica_can_be_told_something_of_its_own(system: System) -> None:
    first, second, ideas = await told(system, "voting"), await told(system, "voting", 2), await told(system, "ideas")

    assert (first["LOG_LEVEL"], second["LOG_LEVEL"], ideas.get("LOG_LEVEL")) == ("debug", "debug", None)
    assert (first.get("TRACE_SAMPLING"), second["TRACE_SAMPLING"]) == (None, "1")
    assert ideas["KAFKA_IDEMPOTENCE"] == "false"


async def test_a_killed_replica_comes_back_under_its_name_and_address(system: System) -> None:
    pid = system.process("voting", 2).pid

    await system.kill("voting", 2)
    assert not await answers_ok(f"{system.url('voting', 2)}/health/ready")
    assert await answers_ok(f"{system.url('voting')}/health/ready")

    await system.start("voting", 2)
    assert await answers_ok(f"{system.url('voting', 2)}/health/ready")
    assert system.process("voting", 2).pid != pid


async def test_a_paused_replica_is_silent_until_it_is_resumed(system: System) -> None:
    system.pause("ideas")
    with pytest.raises(TimeoutError):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
            await session.get(f"{system.url('ideas')}/told")

    system.resume("ideas")
    assert await until(lambda: answers_ok(f"{system.url('ideas')}/health/ready"), within=5)


async def test_a_paused_replica_can_still_be_stopped_in_good_order(system: System) -> None:
    system.pause("strategy")
    await system.restart("strategy")
    assert await answers_ok(f"{system.url('strategy')}/health/ready")
    assert "Application shutdown complete" in system.process("strategy").log.read_text()


async def test_a_restarted_broker_is_prepared_again(system: System) -> None:
    before = times_prepared(system)

    await system.restart("kafka")

    assert times_prepared(system) == before + 1


async def test_a_second_run_is_refused_while_the_first_has_the_folder(system: System) -> None:
    with pytest.raises(CannotRun, match="in use by process"):
        await System(system.data, apps=EVERYWHERE, prepare=None).__aenter__()
    assert system.process("voting").running


async def test_the_database_takes_transactions(system: System) -> None:
    with (
        MongoClient[dict[str, Any]](system.mongo_url) as client,
        client.start_session() as session,
        session.start_transaction(),
    ):
        client.voting.votes.insert_one({"_id": 1}, session=session)


async def test_what_was_written_survives_and_nothing_is_left_running(tmp_path: Path) -> None:
    """Also on other ports than the first time, with the note of a dead process in the lock."""
    (tmp_path / "lock").write_text("1")
    async with System(tmp_path, apps=EVERYWHERE, prepare=None) as first:
        with MongoClient[dict[str, Any]](first.mongo_url) as client:
            client.voting.votes.insert_one({"_id": 1})
        keys = first.environment("gateway")["SERVICE_KEY"]

    assert not any(process.running for process in first.processes.values())
    assert not (tmp_path / "lock").exists()

    async with System(tmp_path, apps=EVERYWHERE, prepare=None) as second:
        with MongoClient[dict[str, Any]](second.mongo_url) as client:
            assert client.voting.votes.count_documents({}) == 1
        assert second.environment("gateway")["SERVICE_KEY"] == keys


async def test_a_part_that_breaks_is_named_with_the_end_of_its_log_and_all_is_stopped(tmp_path: Path) -> None:
    system = System(tmp_path, apps=EVERYWHERE | {"voting": BROKEN}, prepare=None)

    with pytest.raises(CannotRun, match=r"(?s)voting-1 ended with status.*cellar is flooded"):
        await system.__aenter__()

    assert not any(process.running for process in system.processes.values())
    assert not (tmp_path / "lock").exists()


async def test_a_job_that_fails_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    settings = {"NOTES": str(tmp_path / "notes"), "JOB_FAILS": "no topics today"}
    system = System(tmp_path, apps=EVERYWHERE, prepare="tests.deploy.job", settings=settings)

    with pytest.raises(CannotRun, match=r"(?s)prepare-1 ended with status 1.*no topics today"):
        await system.__aenter__()

    assert not any(process.running for process in system.processes.values())


async def test_a_taken_port_is_named_with_its_part(system: System, tmp_path: Path) -> None:
    taken = int(system.url("voting").rpartition(":")[2])
    assert not is_free(taken)

    with pytest.raises(CannotRun, match=rf"Port {taken}, meant for gateway, is taken .*PORT=9000"):
        await System(tmp_path, port=taken, apps=EVERYWHERE, prepare=None).__aenter__()


def test_nothing_listens_beyond_this_machine(system: System) -> None:
    ports = set(system._ports.values())
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if " 0A " in line]
    ours = [entry for entry in listening if int(entry.rpartition(":")[2], 16) in ports]

    assert len(ours) == len(ports)
    assert {entry.partition(":")[0] for entry in ours} == {"0100007F"}, f"not on {HOST}"
    six = [line.split()[1] for line in Path("/proc/net/tcp6").read_text().splitlines()[1:] if " 0A " in line]
    assert not [entry for entry in six if int(entry.rpartition(":")[2], 16) in ports]
