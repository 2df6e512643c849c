"""Elections whose results are published: history's and the textbooks'."""

from fractions import Fraction

from services.voting.counting.borda import borda
from services.voting.counting.instant_runoff import instant_runoff
from services.voting.counting.pairwise import pairwise
from services.voting.counting.plurality import plurality
from services.voting.counting.schulze import schulze
from services.voting.counting.single_transferable import single_transferable
from tests.voting.counting.elections import first_marks, option, rankings

# the capital of Tennessee, in percent: the example of Wikipedia's pages on voting ("Borda count", "Instant-runoff
# voting", "Coombs' method") and of Electowiki, "Tennessee"
TENNESSEE = """
    42 Memphis>Nashville>Chattanooga>Knoxville | 26 Nashville>Chattanooga>Knoxville>Memphis
    | 15 Chattanooga>Knoxville>Nashville>Memphis | 17 Knoxville>Chattanooga>Nashville>Memphis
"""
# Burlington, Vermont, mayor, 2009, among the three last: Gierzynski, Hamilton and Smith, "Burlington Vermont 2009 IRV
# mayoral election" (rangevoting.org/Burlington.html); votelib tests with the same nine piles, and Electowiki, "2009
# Burlington mayoral election", has the same duels. The city's own count, which sets aside papers that rank two alike
# sooner, ended 4313 to 4061.
BURLINGTON = """
    1332 Montroll>Kiss>Wright | 767 Montroll>Wright>Kiss | 455 Montroll
    | 2043 Kiss>Montroll>Wright | 371 Kiss>Wright>Montroll | 568 Kiss
    | 1513 Wright>Montroll>Kiss | 495 Wright>Kiss>Montroll | 1289 Wright
"""
# Alaska, special election to the House, 16 August 2022: the rounds are those of the Division of Elections, the piles
# those of its cast vote record in Graham-Squire and McCune, "A mathematical analysis of the 2022 Alaska special
# election for US House" (arXiv 2209.04764). Others who read the record (Clelland, arXiv 2303.00108; the profile at
# github.com/jirin1a/alaska_irv_2022) differ by at most 33 papers a pile, by what they do with ambiguous ones, and find
# the same: Begich is preferred to both.
ALASKA = """
    27053 Begich>Palin>Peltola | 15467 Begich>Peltola>Palin | 11290 Begich
    | 34049 Palin>Begich>Peltola | 3652 Palin>Peltola>Begich | 21272 Palin
    | 47407 Peltola>Begich>Palin | 4645 Peltola>Palin>Begich | 23747 Peltola
"""
# Ireland, president, 7 November 1990 (ElectionsIreland.org): 267,902 first preferences for Currie, of which the second
# count gave 205,565 to Robinson, 36,789 to Lenihan and 25,548 to nobody
IRELAND = """
    694484 Lenihan | 612265 Robinson | 205565 Currie>Robinson | 36789 Currie>Lenihan | 25548 Currie
"""
# Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election
# method", Social Choice and Welfare 36 (2011); also Wikipedia, "Schulze method"
SCHULZE_45 = """
    5 A>C>B>E>D | 5 A>D>E>C>B | 8 B>E>D>A>C | 3 C>A>B>E>D | 7 C>A>E>B>D | 2 C>B>A>D>E | 7 D>C>E>B>A | 8 E>B>A>D>C
"""
# Wikipedia, "Single transferable vote", example (as kept by liquisearch.com/single_transferable_vote/example): twenty
# guests choose three dishes for a party
PARTY = "4 Orange | 2 Pear>Orange | 8 Chocolate>Strawberry | 4 Chocolate>Sweets | 1 Strawberry | 1 Sweets"
# Condorcet, "Essai sur l'application de l'analyse à la probabilité des décisions", 1785, preliminary discourse: 60
# papers that run in a circle; as in Young, "Condorcet's theory of voting", American Political Science Review 82 (1988)
CONDORCET_60 = "23 A>B>C | 17 B>C>A | 2 B>A>C | 10 C>A>B | 8 C>B>A"
# Straffin, "Topics in the theory of voting", 1980: two who move the winner up make him lose
NOT_RAISED = "6 A>B>C | 2 B>A>C | 4 B>C>A | 5 C>A>B"
RAISED = "6 A>B>C | 2 A>B>C | 4 B>C>A | 5 C>A>B"


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
    assert plurality(first_marks(ALASKA)).winners == (option("Peltola"),)
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
    assert {pair: count.duels[option(pair[0]), option(pair[1])] for pair in ("AB", "AC", "AD", "AE")} == {
        "AB": 20,
        "AC": 26,
        "AD": 30,
        "AE": 22,
    }
    assert {pair: count.duels[option(pair[0]), option(pair[1])] for pair in ("EA", "EB", "EC", "ED")} == {
        "EA": 23, "EB": 27, "EC": 21, "ED": 31
    }  # fmt: skip


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
