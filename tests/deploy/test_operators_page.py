"""docs/operators.md says what is so: settings, metrics, words, seconds."""

import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

import gateway.measures
from chassis import metrics, telemetry
from chassis.kafka import STOPPING as PUBLISHER_STOPPING
from chassis.lane import GIVE_UP
from chassis.lease import SECONDS as LEASE_SECONDS
from chassis.listener import ATTEMPTS
from chassis.listener import STOPPING as LISTENER_STOPPING
from chassis.settings import Settings
from deploy.local.process import HOME
from deploy.start import APPS, GRACE, JOBS
from tests.deploy.shipped import BASE, documents, with_pods

PAGE = (HOME / "docs" / "operators.md").read_text()
TABLE = {name: (must, default) for name, must, default in re.findall(r"^\| `([A-Z_]+)`( ●)? \| (.*?) \|", PAGE, re.M)}
IN_WORDS = {"replica": "host and process", "kafka_ca_file": "the system's", "jwks_url": "as the issuer says"}


def shown(name: str) -> str:
    """A setting's default, as the table shows it."""
    if name in IN_WORDS:
        return IN_WORDS[name]
    default = Settings.model_fields[name].default
    if default in (None, "", ()):
        return "none"
    if isinstance(default, tuple):
        return f"`{','.join(default)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_the_table_names_every_setting_in_its_order() -> None:
    assert list(TABLE) == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_table_shows_what_holds_unless_given(name: str) -> None:
    assert TABLE[name.upper()][1] == shown(name)


def test_the_table_marks_what_production_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    marked = {name for name, (must, _) in TABLE.items() if must}

    with pytest.raises(ValueError, match="ORGANIZATION") as refused:
        Settings(mongo_url="mongodb://plain")

    asked = set(re.findall(r"([A-Z_]{5,}): ", str(refused.value)))
    assert asked == marked


def test_its_metrics_are_those_that_are_counted() -> None:
    assert gateway.measures.OPERATION_SECONDS
    counted = {sample.name for family in metrics.REGISTRY.collect() for sample in family.samples}
    families = {family.name for family in metrics.REGISTRY.collect()} | counted
    families |= {f"{family.name}_total" for family in metrics.REGISTRY.collect() if family.type == "counter"}
    named = set(re.findall(r"`(folkmoot_[a-z_]+)`", PAGE))
    assert len(named) > 10
    assert named <= families


def test_it_knows_every_word_of_the_image() -> None:
    for word in APPS | JOBS:
        assert re.search(rf"`{word}[` ]", PAGE), word


def test_its_seconds_are_those_of_the_code_and_the_manifests() -> None:
    graces = {name: pod["spec"].get("terminationGracePeriodSeconds") for name, pod in with_pods(documents(BASE))}
    [waits] = {
        pod["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        for name, pod in with_pods(documents(BASE))
        if name != "prepare"
    }
    for said in (
        f"stays open for {waits} s",
        f"open requests ({GRACE} s at most)",
        f"({LISTENER_STOPPING:g} s) and commands taken ({GIVE_UP:g} s)",
        f"let go ({PUBLISHER_STOPPING:g} s each)",
        f"a grace of {graces['voting']} s for services and {graces['gateway']} s for the gateway",
        f"lease within {LEASE_SECONDS:g} s",
    ):
        assert said in PAGE, said
    assert PUBLISHER_STOPPING == telemetry.FLUSH
    assert ATTEMPTS == 3


@pytest.mark.parametrize("path", set(re.findall(r"`((?:deploy|docs)/[a-z0-9./-]+)`", PAGE)))
def test_the_files_it_names_are_there(path: str) -> None:
    assert (HOME / path).exists()


@pytest.mark.parametrize("name", [name for name, each in vars(metrics).items() if isinstance(each, MetricWrapperBase)])
def test_something_moves_each_metric(name: str) -> None:
    source = "".join(path.read_text() for path in (HOME / "chassis").glob("*.py"))
    assert re.search(rf"metrics\.{name}\.|from chassis.metrics import .*\b{name}\b", source)
