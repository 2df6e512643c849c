"""Knapsack by votes: projects with a cost are funded in the order of their votes while the budget lasts."""

from collections.abc import Mapping
from uuid import UUID

from services.voting.counting.papers import Approvals, Tally
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, Round


def knapsack(
    votes: Tally | Approvals,
    costs: Mapping[UUID, int],
    budget: int,
    chain: Chain = NO_CHAIN,
    funded: tuple[UUID, ...] = (),
) -> Count:
    """The projects funded, on top of those `funded` already. One that no longer fits is passed over; one without a
    vote is not funded. `costs` and `budget` are in the same whole units, costs at least 1.

    Projects level in votes are all funded where all fit, whatever the chain; else the chain says who is first.

    Source: Goel, Krishnaswamy, Sakshuwong and Aitamurto, "Knapsack voting for participatory budgeting", ACM TEAC 7
    (2019); the greedy rule of most cities, as in Rey and Maly, "The (computational) social choice take on
    participatory budgeting" (2023).
    """
    left = budget - sum(costs[project] for project in funded)
    waiting = {project: papers for project, papers in votes.marked.items() if papers and project not in funded}
    rounds: list[Round] = []
    while True:
        waiting = {project: papers for project, papers in waiting.items() if costs[project] <= left}
        if not waiting:
            return Count(tuple(rounds), funded)

        most = max(waiting.values())
        level = tuple(project for project, papers in waiting.items() if papers == most)
        by = None
        if sum(costs[project] for project in level) > left:
            choice = chain.choose(1, waiting, rounds)
            if choice.tied:
                rounds.append(Round(waiting))
                return Count(tuple(rounds), funded, choice.tied)
            level, by = choice.best, choice.by
        rounds.append(Round(waiting, elected=level, tie_broken_by=by))
        funded += level
        left -= sum(costs[project] for project in level)
        waiting = {project: papers for project, papers in waiting.items() if project not in level}
