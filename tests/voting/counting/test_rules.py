"""What each rule does at its edges."""

from fractions import Fraction
from uuid import UUID

from contracts.voting import Position
from services.voting.counting.approval import approval
from services.voting.counting.borda import borda
from services.voting.counting.dot import dot
from services.voting.counting.duels import pairs
from services.voting.counting.instant_runoff import instant_runoff
from services.voting.counting.pairwise import pairwise
from services.voting.counting.papers import Rankings, Tally
from services.voting.counting.plurality import plurality
from services.voting.counting.quadratic import quadratic
from services.voting.counting.rounds import Chain, Round, Step
from services.voting.counting.schulze import schulze
from services.voting.counting.score import score_mean, score_sum
from services.voting.counting.single_transferable import single_transferable
from services.voting.counting.stance import Stances, stance
from tests.voting.counting.elections import A, B, C, D, E, rankings, ranks

EARLIER = Chain((Step.EARLIER_ROUNDS,))


# -- sums -------------------------------------------------------------------------------------------------------------


def test_the_mean_asks_only_those_who_scored_the_option() -> None:
    tally = Tally([A, B, C], [{A: 5}, {B: 4}, {B: 4}])

    assert score_sum(tally).winners == (B,)
    assert score_mean(tally).winners == (A,)
    assert score_mean(tally).rounds[0].standing == {A: 5, B: 4}


def test_a_mean_is_exact() -> None:
    tally = Tally([A, B], [{A: 1, B: 0}, {A: 0, B: 0}, {A: 0, B: 1}, {B: 0}])

    assert score_mean(tally).rounds[0].standing == {A: Fraction(1, 3), B: Fraction(1, 4)}


def test_votes_against_are_taken_off() -> None:
    assert quadratic(Tally([A, B], [{A: 3}, {A: -2}, {B: 2}])).winners == (B,)


def test_several_seats_go_to_those_marked_most() -> None:
    assert plurality(Tally([A, B, C], [{A: 1}, {C: 1}, {C: 1}]), 2).winners == (C, A)


# -- rankings ---------------------------------------------------------------------------------------------------------


def test_those_a_paper_leaves_out_share_the_points_that_are_left() -> None:
    [only] = borda(Rankings([A, B, C, D], [{A: 1}])).rounds

    assert only.standing == {A: 3, B: 1, C: 1, D: 1}


def test_a_short_paper_gives_no_more_points_than_a_full_one() -> None:
    for order in ([A, B, C, D], [A, B], [A]):
        [only] = borda(Rankings([A, B, C, D], [ranks(order)])).rounds
        assert sum(only.standing.values()) == 6


def test_a_runoff_ends_as_soon_as_one_has_more_than_half() -> None:
    count = instant_runoff(rankings("3 A>B | 1 B>A | 1 C>B"))

    assert count.winners == (A,)
    assert count.rounds == (Round({A: 3, B: 1, C: 1}, elected=(A,)),)


def test_half_is_not_enough_to_end_a_runoff() -> None:
    count = instant_runoff(rankings("2 A | 1 B>C | 1 C>B"), EARLIER)

    assert count.winners == ()
    assert count.tied == (B, C)
    assert count.open_seats == 1
    assert count.rounds == (Round({A: 2, B: 1, C: 1}),)


def test_a_runoff_shows_who_left_and_what_ran_out() -> None:
    count = instant_runoff(rankings("4 A>B | 3 B>A | 2 C | 1 D>B>A"))

    assert count.rounds == (
        Round({A: 4, B: 3, C: 2, D: 1}, excluded=(D,)),
        Round({A: 4, B: 4, C: 2}, excluded=(C,)),
        Round({A: 4, B: 4}, exhausted=2),
    )
    assert count.tied == (A, B)


def test_a_tie_for_the_last_place_goes_to_who_stood_higher_before() -> None:
    count = instant_runoff(rankings("5 A | 3 B>A | 2 C>A | 1 D>C"), EARLIER)

    assert [step.excluded for step in count.rounds] == [(D,), (C,), ()]
    assert [step.tie_broken_by for step in count.rounds] == [None, Step.EARLIER_ROUNDS, None]
    assert count.decided_by == (Step.EARLIER_ROUNDS,)


def test_options_nobody_puts_first_leave_together_and_need_no_chain() -> None:
    count = instant_runoff(rankings("2 A>D | 2 B>C>D | 1 C>B>E"))

    assert [step.excluded for step in count.rounds] == [(D, E), (C,), ()]
    assert count.winners == (B,)


def test_without_papers_a_runoff_is_a_tie_of_all() -> None:
    count = instant_runoff(Rankings([A, B]))

    assert count.winners == ()
    assert count.tied == (A, B)
    assert instant_runoff(Rankings([A])).winners == (A,)


def test_whoever_holds_the_quota_exactly_is_elected() -> None:
    count = single_transferable(rankings("4 A>B | 3 B | 2 C"), 2)

    assert count.quota == 4
    assert count.rounds[0].elected == (A,)
    assert count.rounds[1] == Round({B: 3, C: 2}, excluded=(C,))
    assert count.rounds[2] == Round({B: 3}, elected=(B,), exhausted=2)
    assert count.winners == (A, B)


def test_a_surplus_moves_on_in_exact_parts_and_what_names_nobody_runs_out() -> None:
    count = single_transferable(rankings("6 A>B | 3 A | 1 B | 2 C | 1 D"), 2)

    assert count.quota == 5
    assert count.rounds[0].elected == (A,)
    assert count.rounds[1].standing == {B: 1 + 6 * Fraction(4, 9), C: 2, D: 1}
    assert count.rounds[1].exhausted == 3 * Fraction(4, 9)


def test_winners_of_one_round_pass_on_together_and_not_to_each_other() -> None:
    count = single_transferable(rankings("6 A>B>C | 6 B>A>D | 1 C | 1 D"), 3)

    assert count.quota == 4
    assert count.rounds[0].elected == (A, B)
    assert count.rounds[1].standing == {C: 3, D: 3}
    assert (count.winners, count.tied, count.open_seats) == ((A, B), (C, D), 1)


def test_a_paper_moves_on_at_the_weight_it_came_with() -> None:
    count = single_transferable(rankings("12 A>B>C | 4 B>D | 3 D | 1 C"), 3)

    assert count.quota == 6
    # half of each paper of A's moves to B, who then holds 10 and passes two fifths of each on
    assert [step.elected for step in count.rounds] == [(A,), (B,), (), (D,)]
    assert count.rounds[1].standing == {B: 10, C: 1, D: 3}
    assert count.rounds[2].standing == {C: 1 + 12 * Fraction(1, 5), D: 3 + 4 * Fraction(2, 5)}
    assert count.winners == (A, B, D)


def test_every_round_shows_what_has_run_out_and_the_quota_stands_however_the_count_ends() -> None:
    by_quota = single_transferable(rankings("5 A | 4 B"), 1)
    assert (by_quota.quota, by_quota.winners) == (5, (A,))

    in_the_end = single_transferable(rankings("6 A | 4 B | 3 C>B | 1 D"), 2)
    assert in_the_end.quota == 5
    assert [step.exhausted for step in in_the_end.rounds] == [0, 1, 2, 2]
    assert [step.elected for step in in_the_end.rounds] == [(A,), (), (), (B,)]

    level = single_transferable(rankings("6 A | 3 B | 3 C | 1 D"), 2)
    assert (level.quota, level.tied, level.rounds[-1].exhausted) == (5, (B, C), 2)


def test_winners_in_the_middle_of_a_count_show_what_has_run_out_before() -> None:
    runoff = instant_runoff(rankings("5 A | 4 B | 3 C | 2 D | 1 E"))
    assert [step.exhausted for step in runoff.rounds] == [0, 1, 3, 6]

    count = single_transferable(rankings("4 A | 3 B | 3 C>B | 2 D | 1 E"), 3)
    assert count.quota == 4
    assert [step.elected for step in count.rounds][:2] == [(A,), ()]
    late = single_transferable(rankings("4 A | 3 B | 1 C>B | 2 D"), 2)
    assert late.quota == 4
    assert late.rounds[2] == Round({B: 4, D: 2}, elected=(B,), exhausted=0)

    run_out = single_transferable(rankings("3 A | 3 B | 2 C>A | 1 D | 3 E"), 2)
    assert run_out.quota == 5
    assert [(step.elected, step.exhausted) for step in run_out.rounds] == [((), 0), ((), 1), ((A,), 1), ((), 1)]


def test_options_nobody_holds_leave_together_when_the_others_just_fill_the_seats() -> None:
    count = single_transferable(Rankings([A, B, C, D], [{A: 1}, {A: 1}, {B: 1}]), 2)

    assert [step.excluded for step in count.rounds] == [(), (C, D), ()]
    assert (count.winners, count.tied) == ((A, B), ())


def test_a_tie_for_leaving_goes_to_who_stood_higher_before_and_the_round_says_so() -> None:
    count = single_transferable(rankings("9 A | 3 B | 2 C | 1 D>C"), 2, EARLIER)

    assert [step.excluded for step in count.rounds] == [(), (D,), (C,), ()]
    assert [step.tie_broken_by for step in count.rounds] == [None, None, Step.EARLIER_ROUNDS, None]
    assert count.winners == (A, B)


def test_when_no_more_are_left_than_seats_all_are_elected() -> None:
    assert single_transferable(rankings("2 A | 1 B"), 5).winners == (A, B)
    assert single_transferable(rankings("1 A | 2 B"), 2).winners == (B, A)


def test_hundreds_of_seats_are_filled_as_a_few_are() -> None:
    many = [UUID(int=name) for name in range(301)]
    count = single_transferable(Rankings(many, ({name: 1} for name in many[:300] * 2)), 300)

    assert (len(count.winners), len(count.rounds)) == (300, 1)


def test_options_nobody_wants_stay_while_seats_would_be_empty() -> None:
    count = single_transferable(rankings("3 A>B>C"), 2)

    assert count.rounds[0].elected == (A,)
    assert count.winners == (A, B)

    level = single_transferable(Rankings([A, B, C], [{A: 1}]), 2)
    assert (level.winners, level.tied, level.open_seats) == ((A,), (B, C), 1)


def test_papers_without_a_preference_are_in_the_quota() -> None:
    assert single_transferable(Rankings([A, B], [{A: 1}, {}, {}]), 1).quota == 2


def test_what_a_paper_leaves_out_loses_every_duel_in_schulze_and_none_in_pairwise() -> None:
    voted = Rankings([A, B, C], [{A: 1}])

    assert schulze(voted).duels == {(A, B): 1, (A, C): 1, (B, A): 0, (B, C): 0, (C, A): 0, (C, B): 0}
    assert set(pairwise(voted).duels.values()) == {0}


def test_seats_are_filled_layer_by_layer() -> None:
    count = schulze(rankings("3 A>B>C>D | 2 A>C>B>D"), 2)

    assert count.rounds[0].standing == {A: 3, B: 2, C: 1, D: 0}
    assert count.winners == (A, B)


def test_schulze_leaves_level_whom_no_path_parts() -> None:
    count = schulze(rankings("1 A>B>C | 1 B>A>C"))

    assert count.rounds[0].standing == {A: 1, B: 1, C: 0}
    assert (count.tied, count.open_seats) == ((A, B), 1)
    assert schulze(rankings("1 A>B>C | 1 B>A>C"), 1, Chain((Step.LISTED_FIRST,))).winners == (A,)


def test_neither_a_lost_nor_a_drawn_duel_carries_a_path() -> None:
    lost = schulze(rankings("3 B | 1 A>D>C | 1 D | 1 C>A>D"))
    assert lost.rounds[0].standing == {A: 2, B: 3, C: 0, D: 1}

    drawn = schulze(rankings("1 C>A | 1 B>D>C | 2 A | 1 B>D | 1 D"))
    assert drawn.rounds[0].standing == {A: 3, B: 2, C: 0, D: 1}


def test_a_way_round_never_weakens_the_direct_way() -> None:
    count = schulze(
        rankings(
            "4 A>B>C>D | 4 D>C>A>B | 1 A>C>B>D | 1 D>B>A>C | 5 C>B>A>D | 5 D>A>C>B"
            " | 3 B>D>A>C | 3 C>A>B>D | 2 D>A>B>C | 2 C>B>D>A"
        ),
        2,
    )

    # A beats B by 19 to 11, and the way round by C is only 16 strong; B's way back to A, by D, is 17 strong
    assert [count.duels[pair] for pair in ((A, B), (A, C), (C, B), (B, D), (D, A))] == [19, 16, 20, 18, 17]
    assert count.winners == (C, A)


def test_of_duels_won_by_as_many_the_less_opposed_is_stronger() -> None:
    count = schulze(rankings("1 A>B>C | 1 A>B | 1 A | 1 B>C>A | 1 B>C | 1 C>A | 1 C"))

    # a circle of duels won by four each; B's over C is opposed by two, C's over A by three
    assert [count.duels[pair] for pair in ((A, B), (B, C), (C, A))] == [4, 4, 4]
    assert [count.duels[pair] for pair in ((B, A), (C, B), (A, C))] == [2, 2, 3]
    assert count.winners == (A,)


def test_a_drawn_duel_is_half_a_win_for_each() -> None:
    count = pairwise(rankings("1 A>B | 1 B>A | 1 A>C"))

    assert count.rounds[0].standing == {A: Fraction(3, 2), B: 1, C: Fraction(1, 2)}
    assert count.winners == (A,)
    assert count.duels[A, C] == 1


def test_no_option_meets_itself_in_a_duel_however_many_there_are() -> None:
    assert len(list(pairs(300))) == 300 * 299
    many = [UUID(int=name) for name in range(300)]
    assert set(pairwise(Rankings(many)).rounds[0].standing.values()) == {Fraction(299, 2)}


def test_every_rule_has_one_seat_unless_told() -> None:
    tally = Tally([A, B, C], [{A: 1, B: 1}, {A: 1}])
    for rule in (plurality, approval, score_sum, dot, quadratic):
        assert rule(tally).winners == (A,)
    assert score_mean(Tally([A, B], [{A: 2, B: 1}])).winners == (A,)
    for rank in (borda, schulze, pairwise):
        assert rank(rankings("2 A>B>C | 1 A>C>B")).winners == (A,)
        assert rank(rankings("1 A>B>C | 1 B>A>C")).open_seats == 1


# -- stance -----------------------------------------------------------------------------------------------------------


def test_each_option_has_its_own_counts_and_its_own_support() -> None:
    stances = Stances(
        [A, B],
        [
            {A: Position.AGREE, B: Position.BLOCK},
            {A: Position.SUPPORT, E: Position.AGREE},
            {A: Position.DISAGREE, B: Position.AGREE},
        ],
    )

    assert stances.papers == 3
    assert stances.counts == {
        A: {Position.AGREE: 1, Position.SUPPORT: 1, Position.DISAGREE: 1},
        B: {Position.BLOCK: 1, Position.AGREE: 1},
    }
    assert stance(stances, frozenset({Position.SUPPORT, Position.AGREE})) == {A: 2, B: 1}
    assert stance(stances, frozenset({Position.BLOCK})) == {A: 0, B: 1}


def test_a_stance_taken_back_leaves_nothing_behind() -> None:
    stances = Stances([A], [{A: Position.AGREE}])
    stances.add({A: Position.AGREE}, -1)

    assert (stances.papers, stances.counts) == (0, {A: {}})
