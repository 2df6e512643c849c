"""The manifests: what a cluster would refuse, what hardening promises, and that they agree with the code."""

import re
from copy import deepcopy
from typing import Any

import pytest

from chassis import telemetry
from chassis.health import PATIENCE as HEALTH_PATIENCE
from chassis.kafka import STOPPING as PUBLISHER_STOPPING
from chassis.lane import GIVE_UP
from chassis.listener import STOPPING as LISTENER_STOPPING
from chassis.settings import Settings
from deploy.start import APPS, GRACE, JOBS
from gateway.lane import PATIENCE as GATEWAY_PATIENCE
from tests.deploy.shipped import (
    BASE,
    LOCAL,
    MAKERS,
    OURS,
    PRODUCTION,
    SERVICES,
    Document,
    containers,
    documents,
    kustomization,
    literals,
    of_kind,
    unknown,
    with_pods,
)

EVERYTHING = documents(BASE, LOCAL, PRODUCTION)
UNITS = {"m": 0.001, "Mi": 2**20, "Gi": 2**30, "": 1}


def amount(said: str) -> float:
    """`250m` and `512Mi` as numbers."""
    parts = re.fullmatch(r"(\d+)(m|Mi|Gi|)", said)
    assert parts, said
    return int(parts[1]) * UNITS[parts[2]]


def refused(documents: list[Document]) -> list[str]:
    """What an API server refuses although it has the form of the schema."""
    troubles = []
    for document in of_kind(documents, *MAKERS):
        name, spec = document["metadata"]["name"], document["spec"]
        pod = spec["template"]
        wanted = spec.get("selector", {}).get("matchLabels", {})
        if not wanted.items() <= pod["metadata"]["labels"].items():
            troubles.append(f"{name}: its selector does not find its own pods")
        volumes = {volume["name"] for volume in pod["spec"].get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
        for container in containers(pod):
            troubles += [f"{name}: {trouble}" for trouble in refused_of(container, volumes)]
    return troubles


def refused_of(container: Document, volumes: set[str]) -> list[str]:
    """The same of one container, in a pod that has these volumes."""
    ports = [port["name"] for port in container.get("ports", [])]
    probes = [container.get(f"{probe}Probe", {}) for probe in ("startup", "readiness", "liveness")]
    asked = [each[how]["port"] for each in probes for how in ("httpGet", "tcpSocket") if how in each]
    mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
    requests, limits = container["resources"]["requests"], container["resources"]["limits"]
    return [
        *(f"the port's name {port} is too long" for port in ports if len(port) > 15),
        *(f"it has no port {port} to ask at" for port in asked if port not in ports),
        *(f"it has no volume {volume}" for volume in mounted - volumes),
        *(
            f"it requests more {what} than its limit"
            for what in requests
            if amount(requests[what]) > amount(limits[what])
        ),
    ]


def test_a_cluster_takes_them() -> None:
    assert refused(EVERYTHING) == []


@pytest.mark.parametrize(
    ("path", "value", "trouble"),
    [
        (("spec", "template", "metadata", "labels"), {}, "does not find its own pods"),
        (("spec", "template", "spec", "containers", 0, "ports", 0, "name"), "a-name-of-16-let", "too long"),
        (("spec", "template", "spec", "containers", 0, "resources", "requests", "memory"), "1Gi", "more memory"),
        (("spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet", "port"), "door", "no port door"),
        (("spec", "template", "spec", "volumes"), [], "no volume tmp"),
    ],
)
def test_this_check_can_fail(path: tuple[Any, ...], value: Any, trouble: str) -> None:
    broken = deepcopy(of_kind(documents(BASE), "Deployment")[0])
    place: Any = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert any(trouble in each for each in refused([broken]))


def test_every_pod_is_hardened() -> None:
    for name, template in with_pods(EVERYTHING):
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, (
            f"{name}: a service's name would become variables, KAFKA_PORT among them"
        )
        for container in containers(template):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert context.get("readOnlyRootFilesystem") is (None if name == "kafka" else True), name


def test_every_service_has_the_same_page_but_for_its_name() -> None:
    voting = (BASE / "voting.yaml").read_text()
    for service in SERVICES:
        assert (BASE / f"{service}.yaml").read_text() == voting.replace("voting", service)


def test_the_page_of_a_service_is_complete() -> None:
    for name in OURS:
        kinds = {document["kind"] for document in documents(BASE) if document["metadata"]["name"] == name}
        assert kinds == {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount"}, name
        [deployment] = [each for each in of_kind(documents(BASE), "Deployment") if each["metadata"]["name"] == name]
        assert deployment["spec"]["template"]["spec"]["serviceAccountName"] == name
        assert {
            each["topologyKey"] for each in deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
        } == {
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        }


def test_the_gateway_finds_every_pod_of_a_service_by_name() -> None:
    """K3: a headless name is answered with all ready pods, among which the gateway takes turns."""
    for service in of_kind(documents(BASE), "Service"):
        name = service["metadata"]["name"]
        if name in SERVICES:
            assert service["spec"]["clusterIP"] == "None"
            port = service["spec"]["ports"][0]["port"]
            assert literals(BASE)[f"{name.upper()}_URL"] == f"http://{name}:{port}"


def test_every_pod_runs_a_process_that_the_image_knows() -> None:
    for _, template in with_pods(documents(BASE)):
        for container in containers(template):
            assert container["image"] == "folkmoot"
            word, *rest = container["args"]
            assert word in APPS.keys() | JOBS.keys()
            assert rest == ([template["spec"]["containers"][0]["name"]] if word == "prepared" else [])


def test_a_service_waits_for_the_start_up_job_and_the_gateway_for_nobody() -> None:
    for name, template in with_pods(documents(BASE)):
        waits = [container["args"] for container in template["spec"].get("initContainers", [])]
        assert waits == ([["prepared", name]] if name in SERVICES else [])


@pytest.mark.parametrize("place", [LOCAL, PRODUCTION])
def test_every_setting_is_one_that_is_read(place: Any) -> None:
    said = set(literals(place)) - {"MONGO_URL"}
    for _, template in with_pods(documents(BASE)):
        for container in containers(template):
            said |= {variable["name"] for variable in container["env"]}
    assert unknown(said) == set()
    assert unknown({"VOTING_URI"}) == {"VOTING_URI"}


def test_secrets_come_by_reference_and_only_the_gateway_can_sign() -> None:
    secret = {"MONGO_URL", "SERVICE_KEY", "KAFKA_USERNAME", "KAFKA_PASSWORD"}
    assert not secret & literals(PRODUCTION).keys()
    assert "secretGenerator" not in kustomization(PRODUCTION)
    assert not of_kind(EVERYTHING, "Secret")
    for name, template in with_pods(documents(BASE)):
        for container in containers(template):
            references = {each["name"]: each["valueFrom"] for each in container["env"]}
            assert all("value" not in each for each in container["env"])
            assert ("SERVICE_KEY" in references) is (name == "gateway")
            assert ("MONGO_URL" in references) is (name != "gateway")


def test_the_production_overlay_is_taken_by_the_settings_of_production(monkeypatch: pytest.MonkeyPatch) -> None:
    given = literals(PRODUCTION) | {
        "MONGO_URL": "mongodb+srv://folkmoot:secret@mongo.example.org/",
        "KAFKA_USERNAME": "folkmoot",
        "KAFKA_PASSWORD": "secret",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings.in_production
    assert settings.voting_url == ("http://voting:8000",)


def test_the_local_overlay_is_taken_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in literals(LOCAL).items():
        monkeypatch.setenv(name, value)
    assert Settings().issuer == "http://127.0.0.1:8005"


def test_probes_ask_what_they_should() -> None:
    """Liveness asks nothing of MongoDB or Kafka: a restart would mend neither."""
    for name, template in with_pods(documents(BASE)):
        for container in template["spec"]["containers"] if name in OURS else []:
            assert container["startupProbe"]["httpGet"]["path"] == "/health/live"
            assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
            assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
            assert container["readinessProbe"]["timeoutSeconds"] > HEALTH_PATIENCE


def test_a_pod_has_the_time_to_finish_what_it_took() -> None:
    """K3: the grace covers the wait for look-ups, open requests, and every step of the drain at its slowest."""
    slowest = {
        "gateway": GRACE + GATEWAY_PATIENCE + telemetry.FLUSH,
        "service": GRACE + LISTENER_STOPPING + GIVE_UP + 2 * PUBLISHER_STOPPING + telemetry.FLUSH,
    }
    for name, template in with_pods(documents(BASE)):
        if name in OURS:
            pod = template["spec"]
            waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            needed = waits + slowest["gateway" if name == "gateway" else "service"]
            assert needed <= pod["terminationGracePeriodSeconds"] <= needed + 15, name


def test_nobody_reaches_anybody_but_who_is_named() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind(documents(BASE), "NetworkPolicy")}
    assert policies["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name in SERVICES:
        [rule] = policies[name]["ingress"]
        callers = [next(iter(peer.values()))["matchLabels"] for peer in rule["from"]]
        assert callers == [{"app.kubernetes.io/name": "gateway"}, {"folkmoot.org/scrapes": "true"}]


@pytest.mark.parametrize("place", [LOCAL, PRODUCTION])
def test_a_policy_speaks_of_pods_and_ports_that_there_are(place: Any) -> None:
    there = documents(BASE, place)
    pods = [template["metadata"]["labels"] for _, template in with_pods(there)]
    ports = {
        port["name"]
        for _, template in with_pods(there)
        for each in containers(template)
        for port in each.get("ports", [])
    }
    for policy in of_kind(there, "NetworkPolicy"):
        spec = policy["spec"]
        rules = [*spec.get("ingress", []), *spec.get("egress", [])]
        peers = [peer for rule in rules for peer in (*rule.get("from", []), *rule.get("to", []))]
        chosen = [spec["podSelector"], *(peer["podSelector"] for peer in peers if "podSelector" in peer)]
        for selector in chosen:
            wanted = selector.get("matchLabels", {})
            assert any(wanted.items() <= labels.items() for labels in pods), f"{policy['metadata']['name']}: {wanted}"
        for rule in rules:
            for port in rule["ports"]:
                assert isinstance(port["port"], int) or port["port"] in ports


def test_a_container_says_which_version_it_is() -> None:
    for place in (LOCAL, PRODUCTION):
        named = {image["name"]: image.get("newTag") for image in kustomization(place)["images"]}
        for _, template in with_pods(documents(BASE, place)):
            for container in containers(template):
                tag = container["image"].partition(":")[2] or named[container["image"]]
                assert tag
                assert tag != "latest"
