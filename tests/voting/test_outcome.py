"""From papers to an outcome."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from contracts.messages import Refused
from contracts.voting import ElectorateIsUnknown, EnvelopeDoesNotFit, Method, Position, SeatsDoNotFit, Verdict
from services.voting.counting.rounds import Chain, Round, Step
from services.voting.counting.rules import RANKED, Rule
from services.voting.envelope import Envelope
from services.voting.outcome import (
    CostsAreIncomplete,
    Declared,
    ThresholdNeedsPapers,
    decide,
    decide_stance,
)
from services.voting.quorum import Denominator, Quorum, Threshold
from tests.voting.counting.elections import A, B, C, ranks

OPTIONS = (A, B, C)
ONE = Envelope(at_most=1)
COSTS = {A: 5, B: 4, C: 3}
ENVELOPES = {
    Method.SINGLE: ONE,
    Method.APPROVAL: Envelope(),
    Method.SCORE: Envelope(lowest=0, highest=5),
    Rule.SCORE_MEAN: Envelope(lowest=0, highest=5),
    Rule.DOT: Envelope(highest=9, budget=9),
    Rule.QUADRATIC: Envelope(lowest=-9, highest=9, budget=99, exponent=2),
    Rule.BORDA: Envelope(ranking=True),
    Method.INSTANT_RUNOFF: Envelope(ranking=True),
    Rule.SINGLE_TRANSFERABLE: Envelope(ranking=True),
    Rule.SCHULZE: Envelope(ranking=True),
    Rule.PAIRWISE: Envelope(ranking=True, at_least=2),
    Rule.KNAPSACK: Envelope(costs=COSTS),
    Rule.EQUAL_SHARES: Envelope(costs=COSTS),
}
MAJORITY = Threshold(share=Fraction(1, 2), of=Denominator.VOTES_CAST, more_than=True)


def declared(rule: Method | Rule, **terms: Any) -> Declared:
    usual: dict[str, Any] = {"envelope": ENVELOPES.get(rule, Envelope()), "budget": 9}
    return Declared(rule, OPTIONS, **usual | terms)


def marked(*options: UUID) -> list[dict[UUID, int]]:
    return [{option: 1} for option in options]


@pytest.mark.parametrize("rule", ENVELOPES)
def test_every_rule_finds_who_everybody_prefers(rule: Method | Rule) -> None:
    papers = [ranks([B, C])] * 3 if rule in RANKED else marked(B, B, B)

    outcome = decide(declared(rule), papers)

    assert outcome.verdict is Verdict.WON
    assert outcome.winners[0] == B
    assert (outcome.tied, outcome.decided_by, outcome.turnout, outcome.eligible) == ((), (), 3, None)
    assert outcome.count.rounds[0].standing
    assert outcome.counts == {}


def test_several_seats_are_filled_where_the_rule_has_several() -> None:
    for rule in (Method.SINGLE, Rule.SCHULZE, Rule.SINGLE_TRANSFERABLE):
        papers = [ranks([B, C])] * 3 if rule in RANKED else marked(B, B, C)
        assert decide(declared(rule, seats=2), papers).winners == (B, C)


def test_a_tie_that_nothing_breaks_is_the_outcome() -> None:
    outcome = decide(declared(Method.SINGLE), marked(A, B))

    assert (outcome.verdict, outcome.winners, outcome.tied) == (Verdict.TIE, (), (A, B))


def test_the_step_that_decided_is_told() -> None:
    chain = Chain((Step.EARLIER_ROUNDS, Step.LOT), seed="x")
    outcome = decide(declared(Method.SINGLE, chain=chain), marked(A, B))

    assert (outcome.verdict, outcome.decided_by) == (Verdict.WON, (Step.LOT,))


def test_without_a_quorum_nobody_wins_and_the_count_is_shown_all_the_same() -> None:
    terms = declared(Method.SINGLE, quorum=Quorum(of_eligible=Fraction(1, 2)), eligible=5)

    missed = decide(terms, marked(A, A))
    assert (missed.verdict, missed.winners, missed.turnout, missed.eligible) == (Verdict.NO_QUORUM, (), 2, 5)
    assert missed.count.rounds == (Round({A: 2, B: 0, C: 0}, elected=(A,)),)
    assert decide(terms, marked(A, B)).tied == ()
    assert decide(terms, marked(A, A, B)).verdict is Verdict.WON


@pytest.mark.parametrize("rule", ENVELOPES)
def test_a_ballot_on_which_nobody_voted_has_no_quorum(rule: Method | Rule) -> None:
    outcome = decide(declared(rule), [])

    assert (outcome.verdict, outcome.winners, outcome.tied, outcome.turnout) == (Verdict.NO_QUORUM, (), (), 0)


def test_a_winner_below_the_threshold_does_not_pass() -> None:
    terms = declared(Method.SINGLE, threshold=MAJORITY)

    assert decide(terms, marked(A, A, B, C)).verdict is Verdict.NOT_PASSED
    assert decide(terms, marked(A, A, B, C)).winners == ()
    assert decide(terms, marked(A, A, B)).winners == (A,)


def test_of_several_seats_only_those_who_pass_are_filled() -> None:
    terms = declared(Method.APPROVAL, threshold=MAJORITY, seats=2)

    assert decide(terms, [{A: 1, B: 1}, {A: 1}, {A: 1, C: 1}, {B: 1}]).winners == (A,)


def test_those_level_below_the_threshold_do_not_tie() -> None:
    assert decide(declared(Method.SINGLE, threshold=MAJORITY), marked(A, B)).verdict is Verdict.NOT_PASSED
    half = Threshold(share=Fraction(1, 2), of=Denominator.VOTES_CAST)
    assert decide(declared(Method.SINGLE, threshold=half), marked(A, B)).verdict is Verdict.TIE


def test_a_share_of_the_eligible_is_asked_of_all_who_might_have_voted() -> None:
    of_all = Threshold(share=Fraction(1, 2), of=Denominator.ELIGIBLE)

    assert decide(declared(Method.SINGLE, threshold=of_all, eligible=8), marked(A, A, A)).winners == ()
    assert decide(declared(Method.SINGLE, threshold=of_all, eligible=6), marked(A, A, A)).winners == (A,)


def test_a_runoff_passes_by_its_last_round_of_all_papers_cast() -> None:
    terms = declared(Method.INSTANT_RUNOFF, threshold=MAJORITY)
    moved = [ranks([A])] * 2 + [ranks([B])] * 2 + [ranks([C, A])]

    assert decide(terms, moved).winners == (A,)
    assert decide(terms, [*moved[:3], ranks([C]), ranks([C])]).verdict is Verdict.TIE
    assert decide(terms, [*moved[:2], ranks([B]), ranks([C]), ranks([C, B])]).verdict is Verdict.TIE
    ran_out = [ranks([A])] * 3 + [ranks([B])] * 2 + [ranks([C])]
    assert decide(terms, ran_out).verdict is Verdict.NOT_PASSED


def test_papers_on_options_that_were_all_taken_off_the_ballot_elect_nobody() -> None:
    for threshold in (None, MAJORITY):
        emptied = Declared(Method.SINGLE, (), ONE, threshold=threshold)

        outcome = decide(emptied, marked(A, B))

        assert (outcome.verdict, outcome.winners, outcome.turnout) == (Verdict.NOT_PASSED, (), 2)
        assert outcome.count.rounds == ()


def test_nothing_funded_is_nothing_passed() -> None:
    assert decide(declared(Rule.KNAPSACK, budget=2), marked(A, B)).verdict is Verdict.NOT_PASSED


def test_the_smallest_budget_and_cost_are_of_one_unit_and_ties_go_by_the_chain() -> None:
    terms = declared(Rule.KNAPSACK, envelope=Envelope(costs=dict.fromkeys(OPTIONS, 1)), budget=1)
    assert decide(terms, marked(A, B, B)).winners == (B,)

    first = declared(Rule.KNAPSACK, envelope=terms.envelope, budget=1, chain=Chain((Step.LISTED_FIRST,)))
    assert decide(terms, marked(A, B)).verdict is Verdict.TIE
    assert decide(first, marked(A, B)).winners == (A,)


def test_no_money_is_spent_on_none_of_these() -> None:
    terms = declared(Rule.KNAPSACK, envelope=Envelope(costs={A: 5, B: 4}, none_of_these=C))

    assert decide(terms, marked(C, C, A)).winners == (A,)
    assert decide(terms, marked(C, C, A)).turnout == 3


# -- stance -----------------------------------------------------------------------------------------------------------


AGREE, DISAGREE, ABSTAIN = Position.AGREE, Position.DISAGREE, Position.ABSTAIN


def test_stance_shows_every_options_counts() -> None:
    outcome = decide_stance(declared(Method.STANCE), [{A: AGREE, B: DISAGREE}, {A: AGREE}, {B: AGREE}])

    assert outcome.counts == {A: {AGREE: 2}, B: {DISAGREE: 1, AGREE: 1}, C: {}}
    assert (outcome.verdict, outcome.winners, outcome.turnout) == (Verdict.WON, (A,), 3)
    assert outcome.count.rounds == (Round({A: 2, B: 1, C: 0}, elected=(A,)),)


def test_options_with_as_much_support_tie_for_one_place() -> None:
    outcome = decide_stance(declared(Method.STANCE), [{A: AGREE, B: AGREE}])

    assert (outcome.verdict, outcome.winners, outcome.tied) == (Verdict.TIE, (), (A, B))
    assert decide_stance(declared(Method.STANCE, seats=2), [{A: AGREE, B: AGREE}]).winners == (A, B)
    assert decide_stance(declared(Method.STANCE), [{A: AGREE}]).tied == ()


def test_stance_counts_as_support_what_the_ballot_declares() -> None:
    papers = [{A: ABSTAIN}, {B: AGREE}, {A: ABSTAIN}]

    assert decide_stance(declared(Method.STANCE), papers).winners == (B,)
    assert decide_stance(declared(Method.STANCE, supporting=frozenset({ABSTAIN})), papers).winners == (A,)


def test_with_a_threshold_every_option_stands_for_itself() -> None:
    terms = declared(Method.STANCE, threshold=MAJORITY)

    outcome = decide_stance(terms, [{A: AGREE, B: AGREE}, {A: DISAGREE, B: AGREE}, {A: AGREE, B: AGREE, C: DISAGREE}])
    assert outcome.winners == (B, A)
    assert outcome.count.rounds == (Round({A: 2, B: 3, C: 0}, elected=(B, A)),)
    assert decide_stance(terms, [{A: AGREE}, {A: DISAGREE}]).verdict is Verdict.NOT_PASSED


def test_an_option_nobody_voted_on_passes_nothing() -> None:
    any_share = Threshold(share=Fraction(1, 100), of=Denominator.VOTES_CAST)

    assert decide_stance(declared(Method.STANCE, threshold=any_share), [{A: AGREE}]).winners == (A,)


# -- refused at the opening -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "path", "rule", "terms"),
    [
        (ElectorateIsUnknown, "eligible", Method.SINGLE, {"quorum": Quorum(of_eligible=Fraction(1, 2))}),
        (
            ElectorateIsUnknown,
            "eligible",
            Method.STANCE,
            {"threshold": Threshold(share=Fraction(1), of=Denominator.ELIGIBLE)},
        ),
        *(
            (ThresholdNeedsPapers, "threshold", rule, {"threshold": MAJORITY})
            for rule in (Rule.BORDA, Rule.DOT, Rule.KNAPSACK)
        ),
        (SeatsDoNotFit, "seats", Method.INSTANT_RUNOFF, {"seats": 2}),
        (SeatsDoNotFit, "seats", Method.SINGLE, {"seats": 0}),
        (CostsAreIncomplete, "envelope.costs", Rule.KNAPSACK, {"budget": 0}),
        (CostsAreIncomplete, "envelope.costs", Rule.KNAPSACK, {"envelope": Envelope(costs={A: 1, B: 1})}),
        (CostsAreIncomplete, "envelope.costs", Rule.EQUAL_SHARES, {"envelope": Envelope(costs={A: 1, B: 1, C: 0})}),
        (EnvelopeDoesNotFit, "envelope", Rule.BORDA, {"envelope": Envelope()}),
        (EnvelopeDoesNotFit, "envelope", Method.SCORE, {"envelope": Envelope(ranking=True)}),
        (EnvelopeDoesNotFit, "envelope", Method.SINGLE, {"envelope": Envelope()}),
        (EnvelopeDoesNotFit, "envelope", Method.SINGLE, {"envelope": Envelope(at_most=1, highest=2)}),
        (EnvelopeDoesNotFit, "envelope", Method.APPROVAL, {"envelope": Envelope(lowest=0)}),
        (EnvelopeDoesNotFit, "envelope", Rule.KNAPSACK, {"envelope": Envelope(costs=COSTS, highest=2)}),
        (EnvelopeDoesNotFit, "envelope", Rule.DOT, {"envelope": Envelope(highest=9)}),
        (EnvelopeDoesNotFit, "envelope", Rule.DOT, {"envelope": Envelope(highest=9, budget=9, exponent=2)}),
        (EnvelopeDoesNotFit, "envelope", Rule.QUADRATIC, {"envelope": Envelope(highest=9, budget=9)}),
        (EnvelopeDoesNotFit, "envelope", Rule.QUADRATIC, {"envelope": Envelope(highest=9, exponent=2)}),
        (EnvelopeDoesNotFit, "envelope", Rule.PAIRWISE, {"envelope": Envelope(ranking=True)}),
    ],
)
def test_what_cannot_be_counted_is_refused_at_the_opening(
    refusal: type[Refused], path: str, rule: Method | Rule, terms: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as refused:
        declared(rule, **terms)
    assert ".".join(refused.value.path) == path
    assert refused.value.status == 422
