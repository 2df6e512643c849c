"""Equal shares: every voter holds an equal part of the budget and pays for the projects they voted for."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from uuid import UUID

from services.voting.counting.knapsack import knapsack
from services.voting.counting.papers import Approvals
from services.voting.counting.rounds import NO_CHAIN, Chain, Count, Number, Round


def equal_shares(votes: Approvals, costs: Mapping[UUID, int], budget: int, chain: Chain = NO_CHAIN) -> Count:
    """The projects funded. The standing of a project is its effective vote count: cost ÷ the most that any supporter
    would have to pay, all paying the same or the last they have. The highest is bought, until no supporters can pay.

    What is left of the budget is then spent by votes (`knapsack`), as most projects are worth more than none. Projects
    level in effective votes whose supporters differ are bought together; else the chain says who is first.

    Source: Peters, Pierczyński and Skowron, "Proportional participatory budgeting with additive utilities", NeurIPS
    34 (2021), with the cost of a project as its utility; completed by the utilitarian greedy rule.
    """
    purses = {places: Fraction(budget, votes.papers) for places in votes.sets}
    funded: tuple[int, ...] = ()
    rounds: list[Round] = []
    while True:
        prices = _prices(votes, purses, costs, funded)
        if not prices:
            break
        standing: dict[UUID, Number] = {
            votes.options[at]: costs[votes.options[at]] / price for at, price in prices.items()
        }
        choice = chain.choose(1, standing, rounds)
        bought = choice.best or choice.tied
        places = tuple(place for place in prices if votes.options[place] in bought)
        if choice.tied and _share_a_purse(places, purses):
            rounds.append(Round(standing))
            return Count(tuple(rounds), _ids(votes, funded), choice.tied)
        rounds.append(Round(standing, elected=bought, tie_broken_by=choice.by))
        funded += places
        for voters in purses:
            purses[voters] -= sum(min(purses[voters], prices[place]) for place in places if place in voters)

    rest = knapsack(votes, costs, budget, chain, funded=_ids(votes, funded))
    return Count((*rounds, *rest.rounds), rest.winners, rest.tied)


def _ids(votes: Approvals, places: Iterable[int]) -> tuple[UUID, ...]:
    return tuple(votes.options[place] for place in places)


def _prices(
    votes: Approvals, purses: Mapping[frozenset[int], Fraction], costs: Mapping[UUID, int], funded: Sequence[int]
) -> dict[int, Fraction]:
    """The most that a supporter would pay for each project, where its supporters can pay it at all."""
    prices = {}
    for place, option in enumerate(votes.options):
        if place not in funded:
            supporters = sorted((purses[voters], papers) for voters, papers in votes.sets.items() if place in voters)
            price = _equal_price(costs[option], supporters)
            if price:
                prices[place] = price
    return prices


def _equal_price(cost: int, supporters: Sequence[tuple[Fraction, int]]) -> Fraction | None:
    """The price q for which the supporters' min(purse, q) add up to the cost; None where all purses do not."""
    missing, payers = Fraction(cost), sum(papers for _, papers in supporters)
    for purse, papers in supporters:
        if purse * payers >= missing:
            return missing / payers
        missing -= purse * papers
        payers -= papers
    return None


def _share_a_purse(places: Sequence[int], purses: Mapping[frozenset[int], Fraction]) -> bool:
    """Whether someone with money left would pay for two of these projects."""
    return any(money and len(voters.intersection(places)) > 1 for voters, money in purses.items())
