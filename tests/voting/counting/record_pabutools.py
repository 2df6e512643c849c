"""Ask pabutools what it would fund, and write its answers down for `test_budgets.py`.

Pabutools brings 155 MB of solvers, too much for a test. To ask again: install it (version 1.2.3) and run
`python -m tests.voting.counting.record_pabutools` from the root of the repository.
"""

import csv
import random
from importlib import import_module
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).with_name("pabutools.tsv")
NAMES = "ABCDEF"
ELECTIONS = 2000


def elections(count: int) -> list[dict[str, Any]]:
    """Budgets over six projects with few different costs, so that ties are common; each project has a vote."""
    chance = random.Random("budgets")
    drawn: list[dict[str, Any]] = []
    while len(drawn) < count:
        sets = ["".join(sorted(chance.sample(NAMES, chance.randint(1, 4)))) for _ in range(chance.choice((5, 9, 25)))]
        costs = {name: chance.choice((2, 3, 5, 6, 9)) for name in NAMES}
        if set("".join(sets)) == set(NAMES):
            drawn.append({"sets": sets, "costs": costs, "budget": chance.randint(5, 25)})
    return drawn


def ask(election: dict[str, Any]) -> dict[str, Any]:
    """The election with pabutools' answers; ties go to the first name."""
    made = import_module("pabutools.election")
    rules = import_module("pabutools.rules")
    ties = import_module("pabutools.tiebreaking").lexico_tie_breaking

    projects = {name: made.Project(name, cost) for name, cost in election["costs"].items()}
    instance = made.Instance(projects.values(), budget_limit=election["budget"])
    profile = made.ApprovalProfile(
        [made.ApprovalBallot(projects[name] for name in marked) for marked in election["sets"]]
    )
    asked = {"sat_class": made.Cost_Sat, "tie_breaking": ties}
    shares = rules.method_of_equal_shares(instance, profile, **asked)
    completed = rules.greedy_utilitarian_welfare(instance, profile, **asked, initial_budget_allocation=shares)
    return election | {
        "knapsack": named(rules.greedy_utilitarian_welfare(instance, profile, **asked)),
        "shares_alone": named(shares),
        "equal_shares": named(completed),
    }


def named(projects: Any) -> str:
    """The projects by their names."""
    return "".join(sorted(project.name for project in projects))


def recorded() -> list[dict[str, Any]]:
    """The elections with the answers that were written down."""
    with ANSWERS.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        row
        | {
            "sets": row["sets"].split(),
            "costs": dict(zip(NAMES, map(int, row["costs"].split()), strict=True)),
            "budget": int(row["budget"]),
        }
        for row in rows
    ]


def record() -> None:
    """Ask, and write down."""
    answers = [ask(election) for election in elections(ELECTIONS)]
    with ANSWERS.open("w", newline="") as file:
        table = csv.DictWriter(file, list(answers[0]), delimiter="\t", lineterminator="\n")
        table.writeheader()
        for answer in answers:
            costs = " ".join(str(cost) for cost in answer["costs"].values())
            table.writerow(answer | {"sets": " ".join(answer["sets"]), "costs": costs})


if __name__ == "__main__":
    record()
