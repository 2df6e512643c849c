"""The embedded MongoDB and the check of a given one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.local import mongo
from deploy.local.addresses import HOST, answers, free_row
from deploy.local.errors import CannotRun
from deploy.local.mongo import check_given_mongo, embedded_mongo, url_of
from deploy.local.process import Process


@asynccontextmanager
async def started(process: Process) -> AsyncIterator[Process]:
    process.start()
    try:
        await process.until_ready(60)
        yield process
    finally:
        await process.kill()


async def test_it_is_a_replica_set_again_after_a_power_cut_and_on_another_port(tmp_path: Path) -> None:
    first, second = free_row(2), free_row(2) + 1
    async with started(embedded_mongo(tmp_path, first, tmp_path / "log")):
        with MongoClient[dict[str, Any]](url_of(first)) as client:
            client.voting.votes.insert_one({"_id": 1})

    async with started(embedded_mongo(tmp_path, second, tmp_path / "log")):
        await check_given_mongo(url_of(second))
        with MongoClient[dict[str, Any]](url_of(second)) as client:
            assert client.voting.votes.find_one() == {"_id": 1}


async def test_a_given_server_that_is_no_replica_set_is_refused_without_showing_the_password(tmp_path: Path) -> None:
    """A mongod alone knows no transactions."""
    port = free_row(1)
    program = embedded_mongo(tmp_path, port, tmp_path / "log").command[0]
    alone = [program, "--dbpath", str(tmp_path / "mongo"), "--port", str(port), "--bind_ip", HOST, "--nounixsocket"]

    async with started(Process("alone", alone, {}, tmp_path / "log", ready=lambda: answers(HOST, port))):
        with pytest.raises(CannotRun, match="is not a replica set") as refused:
            await check_given_mongo(f"mongodb://{HOST}:{port}/?appname=secret")

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "http://127.0.0.1", "mongodb://"]
)
async def test_a_given_address_where_no_mongodb_is_is_said_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "PATIENCE_MILLISECONDS", 200)
    with pytest.raises(CannotRun, match="No MongoDB answers at MONGO_URL"):
        await check_given_mongo(url)


def test_a_folder_written_by_another_major_version_is_refused(tmp_path: Path) -> None:
    embedded_mongo(tmp_path, 1, tmp_path / "log")
    [note] = tmp_path.glob("mongo/*version")
    note.write_text("4.4")

    with pytest.raises(CannotRun, match=r"written by MongoDB 4\.4"):
        embedded_mongo(tmp_path, 1, tmp_path / "log")


def a_mongod(folder: Path, says: str, status: int = 0) -> None:
    program = folder / "mongod"
    program.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    program.chmod(0o755)


def test_the_mongod_on_path_comes_before_the_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_mongod(tmp_path, says="db version v8.0.3")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert embedded_mongo(tmp_path, 1, tmp_path / "log").command[0] == str(tmp_path / "mongod")


def test_data_of_the_wheels_mongod_stays_with_it_when_another_comes_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = embedded_mongo(tmp_path, 1, tmp_path / "log").command[0]
    a_mongod(tmp_path, says="db version v8.0.3")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert embedded_mongo(tmp_path, 1, tmp_path / "log").command[0] == wheels


def test_no_mongod_at_all_is_said_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "_programs", list)
    with pytest.raises(CannotRun, match=r"no mongod for this platform.*MONGO_URL"):
        embedded_mongo(tmp_path, 1, tmp_path / "log")


@pytest.mark.parametrize(
    ("says", "status", "complaint"),
    [("db version v4.4.1", 0, "is 4.4; .* 6.0 or newer"), ("", 127, "does not run here")],
)
def test_a_mongod_that_will_not_do_is_said_with_the_remedy(
    says: str, status: int, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_mongod(tmp_path, says, status)
    monkeypatch.setattr(mongo, "_programs", lambda: [str(tmp_path / "mongod")])
    with pytest.raises(CannotRun, match=complaint):
        embedded_mongo(tmp_path, 1, tmp_path / "log")
