"""The chain that breaks ties."""

from dataclasses import FrozenInstanceError
from hashlib import sha256

import pytest

from services.voting.counting.rounds import Chain, Choice, Count, LotNeedsSeed, Round, Step, single_round
from tests.voting.counting.elections import A, B, C, D

EARLIER, LISTED, LOT = Step.EARLIER_ROUNDS, Step.LISTED_FIRST, Step.LOT


def test_the_standing_decides_where_it_can() -> None:
    assert Chain((LISTED,)).choose(2, {A: 1, B: 3, C: 2}) == Choice((B, C))


def test_without_a_chain_those_level_across_the_cut_are_tied() -> None:
    assert Chain().choose(2, {A: 1, B: 3, C: 2, D: 2}) == Choice((B,), (C, D))


def test_those_level_on_one_side_of_the_cut_are_not_tied() -> None:
    assert Chain().choose(2, {A: 2, B: 2, C: 1}) == Choice((A, B))
    assert Chain().choose(1, {A: 2, B: 1, C: 1}) == Choice((A,))
    assert Chain().choose(3, {A: 2, B: 2, C: 2}) == Choice((A, B, C))


def test_the_latest_earlier_round_in_which_they_differ_decides() -> None:
    rounds = [Round({A: 1, B: 9, C: 3}), Round({A: 3, B: 2, C: 3}), Round({A: 4, B: 4, C: 4})]

    assert Chain((EARLIER,)).choose(1, {A: 5, B: 5}, rounds) == Choice((A,), by=EARLIER)
    assert Chain((EARLIER,)).choose(1, {A: 5, C: 5}, rounds) == Choice((C,), by=EARLIER)
    assert Chain((EARLIER,)).choose(1, {A: 5, B: 5}, rounds[2:]) == Choice((), (A, B))


def test_a_step_that_decides_nothing_leaves_it_to_the_next() -> None:
    assert Chain((EARLIER, LISTED)).choose(1, {B: 5, A: 5}) == Choice((B,), by=LISTED)


def test_the_step_that_decided_is_named_however_late_it_comes() -> None:
    assert Chain((EARLIER, EARLIER, LISTED)).choose(1, {B: 5, A: 5}) == Choice((B,), by=LISTED)


def test_a_step_parts_only_whom_the_standing_left_level() -> None:
    assert Chain((LISTED,)).choose(1, {A: 1, B: 2, C: 2}) == Choice((B,), by=LISTED)


def test_the_lot_is_drawn_again_by_anyone_who_knows_the_seed() -> None:
    level = {A: 1, B: 1, C: 1, D: 1}
    drawn = sorted(level, key=lambda option: sha256(f"dice of 12 May: 6 2 5:{option}".encode()).hexdigest())
    chain = Chain((LOT,), seed="dice of 12 May: 6 2 5")

    for places in (1, 2, 3):
        assert chain.choose(places, level) == Choice(tuple(drawn[:places]), by=LOT)


def test_another_seed_may_draw_another_lot() -> None:
    drawn = {Chain((LOT,), seed=str(seed)).choose(1, {A: 1, B: 1}).best for seed in range(20)}

    assert drawn == {(A,), (B,)}


def test_a_lot_without_a_seed_is_refused() -> None:
    for seed in (None, ""):
        with pytest.raises(LotNeedsSeed) as refused:
            Chain((LISTED, LOT), seed)
        assert refused.value.path == ("ties", "seed")


def test_one_round_tells_who_won_who_is_level_and_how_many_seats_are_open() -> None:
    clear = single_round({A: 1, B: 3}, 1, Chain())
    assert (clear.winners, clear.tied, clear.open_seats, clear.decided_by) == ((B,), (), 0, ())

    level = single_round({A: 3, B: 1, C: 1, D: 1}, 3, Chain())
    assert (level.winners, level.tied, level.open_seats) == ((A,), (B, C, D), 2)
    assert level.rounds == (Round({A: 3, B: 1, C: 1, D: 1}, elected=(A,)),)

    more_seats_than_options = single_round({A: 1}, 3, Chain())
    assert (more_seats_than_options.winners, more_seats_than_options.open_seats) == ((A,), 0)

    broken = single_round({A: 1, B: 1}, 1, Chain((LISTED,)))
    assert (broken.winners, broken.decided_by) == ((A,), (LISTED,))


def test_neither_a_chain_nor_what_was_counted_changes_once_it_is_made() -> None:
    only = Round({A: 1})
    for made, name in ((only, "elected"), (Count((only,), (A,)), "winners"), (Choice((A,)), "best"), (Chain(), "seed")):
        with pytest.raises(FrozenInstanceError):
            setattr(made, name, getattr(made, name))
