"""What the page about screening shows is what happens."""

import re
from pathlib import Path

from guidelines.verdict import Rule

PAGE = (Path(__file__).parents[2] / "docs" / "guidelines.md").read_text(encoding="utf-8")


def test_the_example_runs_as_the_page_says() -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    exec("from guidelines.verdict import Finding, Outcome, Rule", names)
    shown = re.findall(r"^(verdict\..*|mask\(.*)  # (.*)$", example, re.MULTILINE)

    assert len(shown) == 3
    for expression, answer in shown:
        assert eval(expression, names) == eval(answer, names)


def test_the_page_names_every_rule_with_its_outcome() -> None:
    rows = dict(re.findall(r"^\|[^|]*\| `(\w+)` \|.*\| (\w+) \|$", PAGE, re.MULTILINE))

    assert rows == {rule.code: rule.outcome.value for rule in Rule}
