"""Who speaks for whom."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voting.delegation import (
    ChainIsTooLong,
    DelegatesToSelf,
    DelegationMakesCycle,
    Unheard,
    admit,
    resolve,
    standing,
    voiced,
)

ANN, BEN, CLEO, DAN, EVE = (UUID(int=number) for number in range(1, 6))


# -- resolved at the close --------------------------------------------------------------------------------------------


def test_a_voice_follows_its_chain_to_the_first_who_voted() -> None:
    voices = resolve({ANN: BEN, BEN: CLEO, CLEO: DAN}, {CLEO, DAN}, at_most=5)

    assert voices.speaks == {ANN: CLEO, BEN: CLEO, CLEO: CLEO, DAN: DAN}
    assert voices.weights == {CLEO: 3, DAN: 1}
    assert voices.unheard == {}


def test_a_vote_of_ones_own_goes_before_ones_delegation() -> None:
    assert resolve({ANN: BEN}, {ANN, BEN}, at_most=5).weights == {ANN: 1, BEN: 1}


def test_a_delegation_left_out_is_revoked() -> None:
    assert resolve({}, {BEN}, at_most=5).weights == {BEN: 1}


def test_a_voice_whose_chain_ends_with_nobody_voting_is_unheard() -> None:
    voices = resolve({ANN: BEN, BEN: CLEO}, {DAN}, at_most=5)

    assert voices.unheard == {ANN: Unheard.NOBODY_VOTED, BEN: Unheard.NOBODY_VOTED}
    assert voices.weights == {DAN: 1}


def test_a_cycle_is_unheard_unless_somebody_in_it_votes() -> None:
    circle = {ANN: BEN, BEN: CLEO, CLEO: ANN, DAN: ANN}

    assert resolve(circle, set(), at_most=5).unheard == dict.fromkeys((ANN, BEN, CLEO, DAN), Unheard.CYCLE)
    assert resolve(circle, {BEN}, at_most=5).weights == {BEN: 4}


def test_a_chain_is_heard_up_to_its_limit() -> None:
    chain = {ANN: BEN, BEN: CLEO, CLEO: DAN}

    assert resolve(chain, {DAN}, at_most=3).weights == {DAN: 4}
    voices = resolve(chain, {DAN}, at_most=2)
    assert voices.weights == {DAN: 3}
    assert voices.unheard == {ANN: Unheard.TOO_LONG}


def test_the_limit_counts_to_whoever_voted_not_to_the_end() -> None:
    assert resolve({ANN: BEN, BEN: CLEO}, {BEN}, at_most=1).weights == {BEN: 2}


def test_the_ballots_delegation_goes_before_its_topics() -> None:
    assert standing({ANN: BEN}, {ANN: CLEO, DAN: CLEO}) == {ANN: BEN, DAN: CLEO}


def test_a_paper_counts_once_for_each_voice() -> None:
    weights = resolve({ANN: BEN}, {BEN, CLEO}, at_most=1).weights

    assert list(voiced([(BEN, "yes"), (CLEO, "no"), (EVE, "late")], weights)) == ["yes", "yes", "no"]


@given(
    delegations=st.dictionaries(st.integers(0, 9), st.integers(0, 9), max_size=10),
    voters=st.sets(st.integers(0, 9)),
    at_most=st.integers(1, 4),
)
def test_whatever_was_delegated_each_voice_ends_as_if_it_were_followed_alone(
    delegations: dict[int, int], voters: set[int], at_most: int
) -> None:
    to = {UUID(int=giver): UUID(int=taker) for giver, taker in delegations.items()}
    voted = {UUID(int=voter) for voter in voters}
    voices = resolve(to, voted, at_most)

    for member in to.keys() | voted:
        at, steps = member, 0
        while at not in voted and at in to and steps < 99:
            at, steps = to[at], steps + 1
        if at in voted and steps <= at_most:
            assert voices.speaks[member] == at
        elif at in voted:
            assert voices.unheard[member] is Unheard.TOO_LONG
        else:
            assert voices.unheard[member] is (Unheard.CYCLE if steps == 99 else Unheard.NOBODY_VOTED)
    assert voices.speaks.keys() | voices.unheard.keys() == to.keys() | voted
    assert sum(voices.weights.values()) == len(voices.speaks)


def test_a_chain_of_a_hundred_thousand_is_followed_in_one_go() -> None:
    members = [UUID(int=number) for number in range(100_000)]
    chain = dict(pairwise(members))

    assert resolve(chain, {members[-1]}, at_most=100_000).weights == {members[-1]: 100_000}


# -- admitted one by one ----------------------------------------------------------------------------------------------


def test_nobody_delegates_to_themselves() -> None:
    with pytest.raises(DelegatesToSelf) as refused:
        admit(ANN, ANN, {}, at_most=5)
    assert refused.value.path == ("takerId",)


def test_a_delegation_that_closes_a_cycle_is_refused() -> None:
    with pytest.raises(DelegationMakesCycle) as refused:
        admit(CLEO, ANN, {ANN: BEN, BEN: CLEO}, at_most=5)
    assert refused.value.path == ("takerId",)


def test_a_delegation_replaces_the_givers_earlier_one() -> None:
    admit(BEN, ANN, {BEN: CLEO, CLEO: BEN}, at_most=5)
    admit(ANN, CLEO, {ANN: BEN}, at_most=1)


def test_a_delegation_may_make_a_chain_of_the_limit_and_no_longer() -> None:
    before, after = {ANN: BEN, EVE: BEN}, {CLEO: DAN}

    admit(BEN, CLEO, before | after, at_most=3)
    with pytest.raises(ChainIsTooLong) as refused:
        admit(BEN, CLEO, before | after, at_most=2)
    assert refused.value.path == ("takerId",)
    admit(ANN, BEN, {}, at_most=1)


def test_the_longest_of_the_chains_behind_counts() -> None:
    behind = {ANN: BEN, BEN: CLEO, EVE: CLEO}

    admit(CLEO, DAN, behind, at_most=3)
    with pytest.raises(ChainIsTooLong):
        admit(CLEO, DAN, behind, at_most=2)
