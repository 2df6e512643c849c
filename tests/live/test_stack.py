"""Which servers are chosen, and that nothing real means no run."""

import subprocess
import sys

import pytest

from deploy.local.errors import CannotRun
from deploy.local.process import HOME
from tests.live.stack import Stack, chosen

GIVEN = {"KAFKA_URL": "kafka:9092", "MONGO_URL": "mongodb://mongo"}


def here() -> bool:
    return True


def not_here() -> bool:
    return False


def test_given_servers_come_first() -> None:
    assert chosen(GIVEN, docker=here, java=here) is Stack.GIVEN


def test_then_containers_where_docker_answers() -> None:
    assert chosen({"KAFKA_URL": ""}, docker=here, java=here) is Stack.CONTAINERS


def test_then_jars_where_java_and_maven_are() -> None:
    assert chosen({}, docker=not_here, java=here) is Stack.JARS


def test_half_of_what_must_be_given_is_refused() -> None:
    with pytest.raises(CannotRun, match="KAFKA_URL alone"):
        chosen({"KAFKA_URL": "kafka:9092"}, docker=here, java=here)


def test_nothing_real_fails_rather_than_use_the_embedded_broker() -> None:
    bare = {"PATH": "/nowhere"}
    run = [sys.executable, "-m", "pytest", "--live", "tests/journeys/test_a_vote.py"]

    answer = subprocess.run(run, cwd=HOME, env=bare, capture_output=True, text=True, check=False)

    assert answer.returncode == pytest.ExitCode.USAGE_ERROR
    assert "There is nothing real to run on." in answer.stderr
