"""Elections whose results are published: history's and the textbooks'."""

from fractions import Fraction

from services.voting.counting.borda import borda
from services.voting.counting.instant_runoff import instant_runoff
from services.voting.counting.pairwise import pairwise
from services.voting.counting.plurality import plurality
from services.voting.counting.schulze import schulze
from services.voting.counting.single_transferable import single_transferable
from tests.voting.counting.elections import first_marks, option, rankings

# Wikipedia, "Instant-runoff voting" and "Borda count": the capital of Tennessee, in percent
TENNESSEE = """
    42 Memphis>Nashville>Chattanooga>Knoxville | 26 Nashville>Chattanooga>Knoxville>Memphis
    | 15 Chattanooga>Knoxville>Nashville>Memphis | 17 Knoxville>Chattanooga>Nashville>Memphis
"""
# Burlington, Vermont, mayor, 2009: the three last, as in Laatu and Smith, "The rank-order votes in the 2009 Burlington
# mayoral election"
BURLINGTON = """
    1332 Montroll>Kiss>Wright | 767 Montroll>Wright>Kiss | 455 Montroll
    | 2043 Kiss>Montroll>Wright | 371 Kiss>Wright>Montroll | 568 Kiss
    | 1513 Wright>Montroll>Kiss | 495 Wright>Kiss>Montroll | 1289 Wright
"""
# Alaska, special election to the House, August 2022 (Division of Elections; Graham-Squire and McCune 2022)
ALASKA = """
    27053 Begich>Palin>Peltola | 15467 Begich>Peltola>Palin | 11290 Begich
    | 34049 Palin>Begich>Peltola | 3652 Palin>Peltola>Begich | 21272 Palin
    | 47407 Peltola>Begich>Palin | 4645 Peltola>Palin>Begich | 23747 Peltola
"""
# Ireland, president, 1990: the second count is published as transfers from Currie
IRELAND = """
    694484 Lenihan | 612265 Robinson | 205565 Currie>Robinson | 36789 Currie>Lenihan | 25548 Currie
"""
# Schulze 2011, example 1
SCHULZE_45 = """
    5 A>C>B>E>D | 5 A>D>E>C>B | 8 B>E>D>A>C | 3 C>A>B>E>D | 7 C>A>E>B>D | 2 C>B>A>D>E | 7 D>C>E>B>A | 8 E>B>A>D>C
"""
# Wikipedia, "Single transferable vote": what to serve at a party, three dishes
PARTY = "4 Orange | 2 Pear>Orange | 8 Chocolate>Strawberry | 4 Chocolate>Sweets | 1 Strawberry | 1 Sweets"
# Condorcet's own example of 60 voters (Essai, 1785): the papers run in a circle
CONDORCET_60 = "23 A>B>C | 17 B>C>A | 2 B>A>C | 10 C>A>B | 8 C>B>A"
# Wikipedia, "Monotonicity criterion": two who move the winner up make him lose
RAISED = "39 A>B>C | 25 B>C>A | 10 A>B>C | 26 C>A>B"
NOT_RAISED = "39 A>B>C | 25 B>C>A | 10 B>C>A | 26 C>A>B"


def test_tennessee_has_three_capitals() -> None:
    assert plurality(first_marks(TENNESSEE)).winners == (option("Memphis"),)
    assert instant_runoff(rankings(TENNESSEE)).winners == (option("Knoxville"),)
    for rule in (schulze, pairwise, borda):
        assert rule(rankings(TENNESSEE)).winners == (option("Nashville"),)


def test_tennessee_gives_the_points_of_the_textbook() -> None:
    [only] = borda(rankings(TENNESSEE)).rounds

    assert only.standing == {
        option("Nashville"): 194, option("Chattanooga"): 173, option("Memphis"): 126, option("Knoxville"): 107
    }  # fmt: skip


def test_burlington_elects_kiss_and_prefers_montroll_to_him() -> None:
    runoff = instant_runoff(rankings(BURLINGTON))

    assert plurality(first_marks(BURLINGTON)).winners == (option("Wright"),)
    assert runoff.winners == (option("Kiss"),)
    assert runoff.rounds[0].excluded == (option("Montroll"),)
    assert runoff.rounds[1].standing == {option("Kiss"): 4314, option("Wright"): 4064}
    assert schulze(rankings(BURLINGTON)).winners == (option("Montroll"),)
    duels = schulze(rankings(BURLINGTON)).duels
    assert duels[option("Montroll"), option("Kiss")] == 4067
    assert duels[option("Kiss"), option("Montroll")] == 3477
    assert duels[option("Montroll"), option("Wright")] == 4597
    assert duels[option("Wright"), option("Montroll")] == 3668


def test_alaska_elects_peltola_and_prefers_begich_to_her() -> None:
    runoff = instant_runoff(rankings(ALASKA))

    assert [dict(step.standing) for step in runoff.rounds] == [
        {option("Begich"): 53810, option("Palin"): 58973, option("Peltola"): 75799},
        {option("Palin"): 86026, option("Peltola"): 91266},
    ]
    assert runoff.rounds[1].exhausted == 11290
    assert runoff.winners == (option("Peltola"),)
    assert schulze(rankings(ALASKA)).winners == pairwise(rankings(ALASKA)).winners == (option("Begich"),)


def test_ireland_elects_robinson_whom_lenihan_had_led() -> None:
    runoff = instant_runoff(rankings(IRELAND))

    assert plurality(first_marks(IRELAND)).winners == (option("Lenihan"),)
    assert runoff.rounds[1].standing == {option("Lenihan"): 731273, option("Robinson"): 817830}
    assert runoff.rounds[1].exhausted == 25548
    assert runoff.winners == (option("Robinson"),)


def test_schulze_elects_e_in_his_own_example() -> None:
    count = schulze(rankings(SCHULZE_45), seats=5)

    assert count.winners == tuple(option(name) for name in "EACBD")
    assert count.duels[option("A"), option("B")] == 20
    assert count.duels[option("E"), option("B")] == 27


def test_condorcets_circle_is_cut_at_its_weakest_duel() -> None:
    count = schulze(rankings(CONDORCET_60))

    assert count.duels[option("A"), option("B")] == 33
    assert count.duels[option("B"), option("C")] == 42
    assert count.duels[option("C"), option("A")] == 35
    assert count.winners == (option("B"),)
    assert pairwise(rankings(CONDORCET_60)).tied == tuple(option(name) for name in "ABC")


def test_the_party_is_served_chocolate_oranges_and_strawberries() -> None:
    count = single_transferable(rankings(PARTY), seats=3)

    assert count.quota == 6
    assert count.winners == (option("Chocolate"), option("Orange"), option("Strawberry"))
    second = count.rounds[1].standing
    assert second[option("Strawberry")] == 1 + Fraction(8, 12) * 6
    assert second[option("Sweets")] == 1 + Fraction(4, 12) * 6
    assert count.rounds[1].excluded == (option("Pear"),)


def test_instant_runoff_may_punish_a_winner_for_more_support() -> None:
    assert instant_runoff(rankings(NOT_RAISED)).winners == (option("A"),)
    assert instant_runoff(rankings(RAISED)).winners == (option("C"),)
