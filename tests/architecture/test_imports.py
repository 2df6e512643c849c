"""Who may import whom: the contracts of pyproject.toml hold, and each is seen to fail where it is broken."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]
NAMES = [contract["name"] for contract in CONTRACTS["contracts"]]
AROUND_THE_DOMAIN = {
    "__init__",
    "app",
    "consumers",
    "decisions",
    "discussion",
    "documents",
    "errands",
    "handlers",
    "queries",
    "reading",
    "settings",
    "store",
    "threads",
}

PLANTED = [
    ("Rooms are stacked one way", "chassis/store.py", "import services.voting.ballot"),
    ("Rooms are stacked one way", "contracts/messages.py", "import guidelines.words"),
    ("Rooms are stacked one way", "services/ideas/queries.py", "import gateway.times"),
    ("Rooms are stacked one way", "gateway/times.py", "import services.voting.paper"),
    ("Rooms are stacked one way", "cli/polis.py", "import deploy.redrive"),
    ("Services speak only through contracts", "services/ideas/handlers.py", "import services.voting.tally"),
    ("The visitor knows only the language", "cli/reading.py", "import chassis.logs"),
    ("The domain knows no technology", "services/voting/ballot.py", "import chassis.logs"),
    ("The domain knows no technology", "services/strategy/goal.py", "import pymongo"),
    ("The domain knows no technology", "services/voting/counting/approval.py", "import aiokafka"),
    ("The language knows no technology", "contracts/voting.py", "import strawberry"),
    ("The gateway asks, it does not reach in", "gateway/pages.py", "import services.ideas.idea"),
    ("The guidelines stand by themselves", "guidelines/verdict.py", "import contracts.topics"),
]


def judged(house: Path) -> str:
    """What import-linter says about a house; each contract's name is followed by KEPT or BROKEN."""
    program = Path(sys.executable).parent / "lint-imports"
    told = subprocess.run([program, "--no-cache"], cwd=house, capture_output=True, text=True, timeout=60, check=False)
    return re.sub(r"\x1b\[[0-9;]*m", "", told.stdout + told.stderr)


def verdicts(told: str) -> dict[str, str]:
    """KEPT or BROKEN, by contract."""
    return {name: found[1] for name in NAMES if (found := re.search(rf"{re.escape(name)}\s+(KEPT|BROKEN)", told))}


def test_every_contract_is_kept() -> None:
    assert verdicts(judged(HOUSE)) == dict.fromkeys(NAMES, "KEPT")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said about a copy of the house in which each rule is broken."""
    house = tmp_path_factory.mktemp("house")
    for package in CONTRACTS["root_packages"]:
        shutil.copytree(HOUSE / package, house / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOUSE / "pyproject.toml", house)
    for _, module, line in PLANTED:
        with (house / module).open("a") as file:
            file.write(f"\n{line}\n")
    return judged(house)


def test_every_contract_fails_where_it_is_broken(broken: str) -> None:
    assert verdicts(broken) == dict.fromkeys(NAMES, "BROKEN")
    assert {name for name, _, _ in PLANTED} == set(NAMES)


@pytest.mark.parametrize(("name", "module", "line"), PLANTED, ids=[f"{module}" for _, module, _ in PLANTED])
def test_a_forbidden_import_is_found_where_it_was_planted(broken: str, name: str, module: str, line: str) -> None:
    [part] = [part for part in re.split(r"\n(?=[^\n]+\n-+\n)", broken) if part.strip().startswith(f"{name}\n---")]
    importer, imported = module.removesuffix(".py").replace("/", "."), line.removeprefix("import ")
    assert re.search(rf"{re.escape(importer)} -> {re.escape(imported)}\b", part), part


def test_every_module_of_a_service_is_domain_or_known_to_be_around_it() -> None:
    domain = next(each for each in CONTRACTS["contracts"] if each["name"] == "The domain knows no technology")
    found = {
        f"services.{service.name}.{module.stem}"
        for service in (HOUSE / "services").iterdir()
        if service.is_dir() and service.name != "__pycache__"
        for module in service.iterdir()
        if module.name != "__pycache__" and module.stem not in AROUND_THE_DOMAIN
    }
    assert set(domain["source_modules"]) == found
