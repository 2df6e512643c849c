"""The Dockerfile, compose.yaml and the manifests, read by the tools that know them; `make check-deploy`."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.local.process import HOME
from tests.deploy.shipped import BASE, LOCAL, PRODUCTION, containers, of_kind, with_pods

TOOLS = Path(sys.prefix) / "tools" / "bin"
OLDEST, NEWEST = "1.30", "1.37"  # versions of Kubernetes; a pause before SIGTERM came with 1.30

pytestmark = pytest.mark.deploying


def asked(tool: str, *words: str, told: str | None = None) -> str:
    """What a tool says; it must be content."""
    answer = subprocess.run(
        [str(TOOLS / tool), *words], cwd=HOME, input=told, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    asked("hadolint", "Dockerfile")


def test_compose_is_of_the_form_that_its_specification_gives() -> None:
    asked("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("place", [BASE, LOCAL, PRODUCTION], ids=lambda place: place.name)
def test_kustomize_builds_what_kubernetes_knows(place: Path, version: str, tmp_path: Path) -> None:
    built = tmp_path / "built.yaml"
    built.write_text(asked("kubectl", "kustomize", str(place)))
    asked("kubernetes-validate", "--strict", "--quiet", "-k", version, str(built))


def test_these_tools_can_find_fault(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: eighty}]}\n")
    with pytest.raises(AssertionError, match="eighty"):
        asked("kubernetes-validate", "--strict", "-k", NEWEST, str(wrong))


@pytest.mark.parametrize("place", [LOCAL, PRODUCTION], ids=lambda place: place.name)
def test_an_overlay_names_every_image_and_its_pods_take_its_settings(place: Path) -> None:
    built = list(yaml.safe_load_all(asked("kubectl", "kustomize", str(place))))
    [settings] = of_kind(built, "ConfigMap")
    for name, template in with_pods(built):
        for container in containers(template):
            assert ":" in container["image"], f"{name} runs no version"
            sources = [each["configMapRef"]["name"] for each in container.get("envFrom", []) if "configMapRef" in each]
            assert sources in ([], [settings["metadata"]["name"]])
            assert ("/folkmoot:" in f"/{container['image']}" and name != "issuer") is bool(sources)
    assert {each["metadata"].get("namespace", "folkmoot") for each in built} == {"folkmoot"}
