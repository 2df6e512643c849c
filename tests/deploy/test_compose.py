"""compose.yaml: everything is there, nothing is open to the neighbours, and settings are those that are read."""

import re
from typing import Any

import pytest

from chassis.settings import Settings
from deploy.start import APPS, JOBS
from tests.deploy.shipped import OURS, compose, unknown

FILE = compose()
PARTS: dict[str, dict[str, Any]] = FILE["services"]
IMAGES = {name for name, part in PARTS.items() if part["image"].startswith("folkmoot:")}


def test_everything_is_there() -> None:
    assert PARTS.keys() == {*OURS, "prepare", "issuer", "mongo", "kafka", "jaeger"}
    for name in IMAGES - {"issuer"}:
        assert PARTS[name]["command"] == [name]
        assert name in APPS.keys() | JOBS.keys()


def test_ports_are_bound_to_this_machine_alone() -> None:
    published = [port for part in PARTS.values() for port in part.get("ports", [])]
    assert len(published) == 5
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_gateway_and_the_issuer_are_where_the_visitor_looks_for_them() -> None:
    """`make token`, `make import` and `make redrive` know the ports of `make run`."""
    assert PARTS["gateway"]["ports"] == ["127.0.0.1:8000:8000"]
    assert PARTS["issuer"]["ports"] == ["127.0.0.1:8005:8000"]
    assert PARTS["gateway"]["environment"]["ISSUER"] == PARTS["issuer"]["environment"]["ISSUER"]


def test_every_setting_is_one_that_is_read() -> None:
    for name in IMAGES - {"issuer"}:
        assert unknown(set(PARTS[name]["environment"])) == set(), name
    assert unknown(set(PARTS["issuer"]["environment"])) == {"ISSUER_KEY"}


def test_the_settings_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PARTS["gateway"]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.strategy_url == ("http://strategy:8000",)
    assert settings.trace_sampling == 1


def test_only_the_gateway_can_sign() -> None:
    assert [name for name in PARTS if "SERVICE_KEY" in PARTS[name].get("environment", {})] == ["gateway"]


def test_our_containers_are_hardened() -> None:
    for name in IMAGES:
        part = PARTS[name]
        assert (part["read_only"], part["cap_drop"]) == (True, ["ALL"]), name
        assert part["security_opt"] == ["no-new-privileges:true"], name


def test_what_is_waited_for_is_there_and_can_tell_that_it_is_ready() -> None:
    for name, part in PARTS.items():
        for other, how in part.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "test" in PARTS[other]["healthcheck"], f"{name} waits for {other}"
            else:
                assert (other, how["condition"]) == ("prepare", "service_completed_successfully")


def test_the_broker_makes_no_topic_by_itself() -> None:
    """P22: what made it with another number of partitions could never be put right."""
    assert PARTS["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_what_has_to_be_said_first_is_said() -> None:
    wanted = {
        match
        for part in PARTS.values()
        for value in part.get("environment", {}).values()
        for match in re.findall(r"\$\{(\w+):\?", value)
    }
    assert wanted == {"SERVICE_KEY", "SERVICE_KEYS"}
