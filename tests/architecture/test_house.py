"""How the house is kept: every module says what room it is, and the driver of MongoDB has one room."""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("contracts", "guidelines", "chassis", "services", "gateway", "cli", "deploy", "examples", "tests", "bench")
OURS = ROOMS[:7]
MODULES = sorted(module for room in ROOMS for module in (HOUSE / room).rglob("*.py"))


def says_nothing(source: str) -> bool:
    """Whether a module begins with anything but a docstring."""
    return not (ast.get_docstring(ast.parse(source)) or "").strip() or source.lstrip()[:3] != '"""'


def imported(source: str) -> set[str]:
    """The packages that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_every_module_says_first_what_room_it_is() -> None:
    assert [str(module.relative_to(HOUSE)) for module in MODULES if says_nothing(module.read_text())] == []


def test_motor_is_named_in_one_room_only() -> None:
    rooms = {str(module.relative_to(HOUSE)): imported(module.read_text()) for module in MODULES}
    named = {room for room, names in rooms.items() if "motor" in names and not room.startswith("tests/")}
    assert named == {"chassis/mongo.py"}


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "base", "manager"])
def test_no_module_is_named_for_nothing(word: str) -> None:
    assert [str(module) for room in OURS for module in (HOUSE / room).rglob("*.py") if word in module.stem] == []


def test_these_rules_can_fail() -> None:
    assert says_nothing("import os\n")
    assert says_nothing("# a comment\nimport os\n")
    assert not says_nothing('"""A room."""\n')
    assert imported("from motor.motor_asyncio import X\nimport motor.core as m\n") == {"motor"}
