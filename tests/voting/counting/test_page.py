"""The page on counting says what the code does."""

import re
from pathlib import Path

from contracts.voting import Method
from services.voting.counting.instant_runoff import instant_runoff
from services.voting.counting.rules import FUNDED, RANKED, SUMMED, Rule
from services.voting.counting.stance import stance
from tests.voting.counting.elections import A, B, C

PAGE = (Path(__file__).parents[3] / "docs" / "counting.md").read_text()


def test_the_example_on_the_page_runs() -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    exec(example, {"TACOS": A, "RAMEN": B, "PIZZA": C})


def test_every_rule_names_its_source() -> None:
    rules = [*SUMMED.values(), *RANKED.values(), *FUNDED.values(), instant_runoff, stance]

    assert [rule.__name__ for rule in rules if "Source: " not in str(rule.__doc__)] == ["<lambda>"]  # of one winner


def test_the_page_names_every_rule() -> None:
    named = re.findall(r"^\| `([a-z_]+)` \|", PAGE.partition("## Ties")[0], re.MULTILINE)
    assert sorted(named) == sorted([*Method, *Rule])
