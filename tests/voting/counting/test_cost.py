"""What a count costs: a million papers over eight options, and how much of them it keeps in memory."""

import gc
import random
import sys
import tracemalloc
from collections.abc import Callable
from time import process_time
from uuid import UUID

import pytest

from contracts.voting import Method, Position
from services.voting.counting.papers import Approvals, Rankings, Tally
from services.voting.counting.rounds import Chain, Step
from services.voting.counting.rules import FUNDED, RANKED, Rule
from services.voting.counting.stance import Stances
from services.voting.envelope import Envelope
from services.voting.outcome import Declared, Outcome, decide, decide_stance
from tests.voting.counting.elections import option, ranks

OPTIONS = tuple(option(name) for name in "ABCDEFGH")
COSTS = {name: cost for cost, name in enumerate(OPTIONS, 5)}
CHAIN = Chain((Step.EARLIER_ROUNDS, Step.LISTED_FIRST))
A_MILLION = 1_000_000
SECONDS = 20.0
RULES: list[Method | Rule] = [rule for rule in (*Method, *Rule) if rule is not Method.STANCE]
ENVELOPES: dict[Method | Rule, Envelope] = {
    Method.SINGLE: Envelope(at_most=1),
    Method.SCORE: Envelope(lowest=0, highest=10),
    Rule.SCORE_MEAN: Envelope(lowest=0, highest=10),
    Rule.DOT: Envelope(highest=10, budget=80),
    Rule.QUADRATIC: Envelope(lowest=-10, highest=10, budget=800, exponent=2),
    Rule.PAIRWISE: Envelope(ranking=True, at_least=2),
}


def declared(rule: Method | Rule) -> Declared:
    envelope = ENVELOPES.get(rule, Envelope(ranking=rule in RANKED, costs=COSTS if rule in FUNDED else {}))
    several = rule is Rule.SINGLE_TRANSFERABLE
    return Declared(rule, OPTIONS, envelope, seats=3 if several else 1, chain=CHAIN, budget=26)


def random_papers(rule: Method | Rule) -> list[dict[UUID, int]]:
    """A million papers of some 100,000 kinds, most with several marks; rankings in most of their 109,600 orders."""
    chance = random.Random(8)
    envelope = declared(rule).envelope
    kinds: list[dict[UUID, int]] = []
    for _ in range(A_MILLION // 10):
        marked = chance.sample(OPTIONS, 1 if envelope.at_most == 1 else chance.randint(envelope.at_least, 8))
        if envelope.ranking:
            kinds.append(ranks(marked))
        else:
            kinds.append({name: chance.randint(envelope.lowest, envelope.highest) for name in marked})
    return chance.choices(kinds, k=A_MILLION)


def seconds(count: Callable[[], Outcome], turnout: int) -> float:
    """The processor time of a count."""
    tracer = sys.gettrace()
    sys.settrace(None)  # else a coverage run would measure its tracer
    started = process_time()
    outcome = count()
    took = process_time() - started
    sys.settrace(tracer)
    assert outcome.turnout == turnout
    assert outcome.count.rounds
    return took


@pytest.mark.timing
@pytest.mark.parametrize("rule", RULES)
def test_a_million_papers_over_eight_options_count_within_twenty_seconds(
    rule: Method | Rule, record_property: Callable[[str, object], None]
) -> None:
    terms, cast = declared(rule), random_papers(rule)

    took = seconds(lambda: decide(terms, cast), A_MILLION)

    record_property("seconds", took)
    assert took <= SECONDS


@pytest.mark.timing
def test_a_million_papers_of_stances_count_within_twenty_seconds(
    record_property: Callable[[str, object], None],
) -> None:
    chance = random.Random(8)
    positions = tuple(Position)
    kinds = [{name: chance.choice(positions) for name in chance.sample(OPTIONS, 4)} for _ in range(A_MILLION // 10)]
    cast = chance.choices(kinds, k=A_MILLION)

    took = seconds(lambda: decide_stance(declared(Method.STANCE), cast), A_MILLION)

    record_property("seconds", took)
    assert took <= SECONDS


def kept(fold: Callable[[int], object], papers: int) -> int:
    """The bytes that a fold holds once so many papers are in."""
    tracemalloc.start()
    try:
        folded = fold(papers)
        gc.collect()  # with it go the blocks that the interpreter sets aside for later
        assert folded
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("fold", [Tally, Rankings, Approvals])
def test_ten_times_the_papers_take_no_more_memory(fold: type[Tally | Rankings | Approvals]) -> None:
    """There are thirty distinct papers, however many are cast."""
    chance = random.Random(8)
    distinct = [ranks(chance.sample(OPTIONS, chance.randint(1, 8))) for _ in range(30)]

    def folded(papers: int) -> Tally | Rankings | Approvals:
        return fold(OPTIONS, (distinct[at % 30] for at in range(papers)))

    few, many = kept(folded, 2000), kept(folded, 20_000)

    assert many <= few + 2000  # of 18,000 papers more, each would take at least 50 bytes


def test_ten_times_the_stances_take_no_more_memory() -> None:
    def folded(papers: int) -> Stances:
        return Stances(OPTIONS, ({OPTIONS[at % 8]: Position.AGREE} for at in range(papers)))

    few, many = kept(folded, 2000), kept(folded, 20_000)

    assert many <= few + 2000
