"""Logs that machines read and that tell on nobody."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis import logs
from chassis.telemetry import span, trace_id

NAMES = ("", "uvicorn", "uvicorn.error", "uvicorn.access", "pymongo", "py.warnings")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in NAMES]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    logging.captureWarnings(False)
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_record_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("INFO")

    logging.getLogger("chassis.kafka").warning("lost the broker\n%s \ud800", "again")

    [line] = lines(capsys)
    assert line["level"] == "WARNING"
    assert line["logger"] == "chassis.kafka"
    assert line["message"] == "lost the broker\nagain \ud800"
    assert abs((datetime.now(UTC) - datetime.fromisoformat(line["time"])).total_seconds()) < 60
    assert "trace_id" not in line


def test_a_record_within_a_span_names_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("INFO")

    with span("CastVote"):
        logging.getLogger("chassis.http").info("here")
        wanted = trace_id()

    [line] = lines(capsys)
    assert line["trace_id"] == wanted
    assert len(line["span_id"]) == 16


def test_a_fault_brings_its_stack(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("INFO")
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("chassis.work").exception("failed")

    [line] = lines(capsys)
    assert "Traceback" in line["exception"]
    assert "ValueError: no" in line["exception"]


def test_less_than_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("WARNING")

    logging.getLogger("chassis.work").info("chatter")

    assert lines(capsys) == []


def test_the_server_speaks_the_same_way_and_does_not_list_visitors(capsys: pytest.CaptureFixture[str]) -> None:
    own = logging.StreamHandler()
    logging.getLogger("uvicorn").addHandler(own)
    logs.start("INFO")

    logging.getLogger("uvicorn.error").info("Started")
    logging.getLogger("uvicorn.access").info("10.0.0.7 GET /graphql")

    assert [line["message"] for line in lines(capsys)] == ["Started"]


def test_documents_are_not_printed_even_when_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("DEBUG")

    logging.getLogger("pymongo.command").debug("Command started: {insert: votes, ...}")
    logging.getLogger("chassis.work").debug("seen")

    assert [line["message"] for line in lines(capsys)] == ["seen"]
