"""Quorum and thresholds, each of a named denominator."""

from fractions import Fraction

import pytest
from pydantic import ValidationError

from contracts.voting import ElectorateIsUnknown
from services.voting.quorum import Denominator, Quorum, Threshold

CAST, ELIGIBLE = Denominator.VOTES_CAST, Denominator.ELIGIBLE


@pytest.mark.parametrize(("cast", "met"), [(24, False), (25, True), (26, True)])
def test_a_quorum_is_met_by_its_very_share(cast: int, met: bool) -> None:
    assert Quorum(of_eligible=Fraction(1, 4)).met(cast, eligible=100) is met


def test_a_third_is_a_third() -> None:
    assert not Quorum(of_eligible=Fraction(1, 3)).met(33, eligible=100)
    assert Quorum(of_eligible=Fraction(1, 3)).met(33, eligible=99)


@pytest.mark.parametrize(
    ("in_favour", "at_least", "more_than"), [(49, False, False), (50, True, False), (51, True, True)]
)
def test_half_is_at_least_half_and_not_more(in_favour: int, at_least: bool, more_than: bool) -> None:
    half = Fraction(1, 2)

    assert Threshold(share=half, of=CAST).met(in_favour, 100, None) is at_least
    assert Threshold(share=half, of=CAST, more_than=True).met(in_favour, 100, None) is more_than


def test_a_share_is_of_what_it_says() -> None:
    half = Fraction(1, 2)

    assert Threshold(share=half, of=CAST).met(30, cast=60, eligible=100)
    assert not Threshold(share=half, of=ELIGIBLE).met(30, cast=60, eligible=100)
    assert Threshold(share=half, of=ELIGIBLE).met(50, cast=60, eligible=100)


def test_a_share_of_the_eligible_needs_their_number() -> None:
    with pytest.raises(ElectorateIsUnknown) as refused:
        Threshold(share=Fraction(1, 2), of=ELIGIBLE).met(30, 60, None)
    assert refused.value.path == ("eligible",)


@pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 2), Fraction(3, 2)])
def test_a_share_is_more_than_nothing_and_at_most_the_whole(share: Fraction) -> None:
    with pytest.raises(ValidationError):
        Quorum(of_eligible=share)
    with pytest.raises(ValidationError):
        Threshold(share=share, of=CAST)
    assert Threshold(share=Fraction(1), of=CAST).met(5, 5, None)
    assert Quorum(of_eligible=Fraction(1)).met(5, 5)


def test_shares_survive_the_wire_exactly() -> None:
    for declared in (Quorum(of_eligible=Fraction(2, 3)), Threshold(share=Fraction(2, 3), of=CAST)):
        assert type(declared).model_validate_json(declared.model_dump_json()) == declared
