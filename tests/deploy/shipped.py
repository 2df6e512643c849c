"""What is shipped, as data: the image's files, Compose's services, the documents of a cluster."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from chassis.settings import Settings
from deploy.local.process import HOME

Document = dict[str, Any]

K8S = HOME / "deploy" / "k8s"
BASE, LOCAL, PRODUCTION = K8S / "base", K8S / "overlays" / "local", K8S / "overlays" / "production"
SERVICES = ("ideas", "voting", "responses", "strategy")
MAKERS = ("Deployment", "StatefulSet", "Job")  # of pods
OURS = (*SERVICES, "gateway")
SETTINGS = {name.upper() for name in Settings.model_fields}
FOREIGN = re.compile(r"^(UVICORN_[A-Z_]+|FORWARDED_ALLOW_IPS|OTEL_[A-Z_]+)$")  # read by uvicorn and OpenTelemetry


def unknown(names: set[str]) -> set[str]:
    """Those variables that no process of ours reads."""
    return {name for name in names - SETTINGS if not FOREIGN.match(name)}


def copied(folder: Path, to_stage: str = "") -> None:
    """Do by hand what the Dockerfile's COPY lines do, up to the end of a stage (the last one, unless it is named)."""
    stages = re.split(r"^FROM ", (HOME / "Dockerfile").read_text(), flags=re.MULTILINE)
    wanted = [stage for stage in stages if re.match(rf"\S+ AS (common|{to_stage or 'common'})\n", stage)]
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", "\n".join(wanted), flags=re.MULTILINE):
        found = sorted(HOME.glob(source))
        assert found, f"COPY {source}: there is no such thing"
        for each in found:
            if each.is_dir():
                shutil.copytree(each, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (folder / target).mkdir(parents=True, exist_ok=True)
                shutil.copy(each, folder / target)


def compose() -> Document:
    """compose.yaml, its anchors and merges resolved."""
    read: Document = yaml.safe_load((HOME / "compose.yaml").read_text())
    return read


def kustomization(place: Path) -> Document:
    """The kustomization of a base or an overlay."""
    read: Document = yaml.safe_load((place / "kustomization.yaml").read_text())
    return read


def documents(*places: Path) -> list[Document]:
    """Every document that the kustomizations of these places name as their own."""
    return [
        document
        for place in places
        for name in kustomization(place)["resources"]
        if (place / name).is_file()
        for document in yaml.safe_load_all((place / name).read_text())
    ]


def of_kind(documents: list[Document], *kinds: str) -> list[Document]:
    """Those of these kinds."""
    return [document for document in documents if document["kind"] in kinds]


def with_pods(documents: list[Document]) -> Iterator[tuple[str, Document]]:
    """The name and the pod's template of everything that makes pods."""
    for document in of_kind(documents, *MAKERS):
        yield document["metadata"]["name"], document["spec"]["template"]


def containers(template: Document) -> list[Document]:
    """A pod's containers, those that come before included."""
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def literals(place: Path) -> dict[str, str]:
    """The settings of a place: the base's, and over them its own."""
    found: dict[str, str] = {}
    for each in (BASE, place):
        for generator in kustomization(each)["configMapGenerator"]:
            found |= dict(line.split("=", 1) for line in generator["literals"])
    return found
