"""The story: what it tells must come of what is said in it."""

from collections import Counter

import pyrankvote  # type: ignore[import-untyped]

from cli.demo import tale
from contracts.messages import Audience
from contracts.voting import Position, support_of


def test_forty_members_of_two_audiences_take_part() -> None:
    assert len(set(tale.MEMBERS)) == 40
    assert Counter(member.audience for member in tale.MEMBERS) == {Audience.CUSTOMER: 30, Audience.EMPLOYEE: 10}
    assert len({person.subject for person in tale.EVERYBODY}) == len(tale.EVERYBODY)


def test_every_idea_is_another_and_thirty_six_have_them() -> None:
    assert len(set(tale.IDEAS)) == len(tale.IDEAS) == 40
    assert {tale.author_of(idea) for idea in tale.IDEAS} == set(tale.SUGGESTERS)


def test_everybody_is_heard_by_an_idea_or_a_vote() -> None:
    assert {mark.voter for mark in tale.marks()} == set(tale.VOTERS)
    assert {*tale.SUGGESTERS, *tale.VOTERS} == set(tale.MEMBERS)
    assert set(tale.papers()) <= set(tale.VOTERS)


def test_nobody_takes_two_stances_on_one_idea() -> None:
    assert len({(mark.voter, mark.idea) for mark in tale.marks()}) == len(tale.marks())


def test_the_five_on_the_shortlist_are_those_most_supported_and_no_two_are_level() -> None:
    supported = sorted(tale.IDEAS, key=lambda idea: -support_of(tale.counts()[idea]))
    support = [support_of(tale.counts()[idea]) for idea in supported]

    assert tuple(supported[:5]) == tale.SHORTLIST
    assert len(set(support[:6])) == 6


def test_the_stances_add_up() -> None:
    assert sum(counts.total() for counts in tale.counts().values()) == len(tale.marks())
    assert tale.counts()["Birria"] == {Position.AGREE: 30, Position.PASS: 1, Position.DISAGREE: 1}


def counted_again() -> list[tale.Round]:
    """The rounds, by the rule alone: the last leaves, until one has more than half of the papers still in play."""
    rounds: list[tale.Round] = []
    left = list(tale.SHORTLIST)
    while not rounds or rounds[-1].wins is None:
        first = Counter(next((each for each in ranking if each in left), "") for ranking in tale.papers().values())
        standing = {idea: first[idea] for idea in left}
        low, high = min(left, key=lambda idea: first[idea]), max(left, key=lambda idea: first[idea])
        won = 2 * first[high] > sum(standing.values())
        rounds.append(tale.Round(standing, first[""], None if won else low, high if won else None))
        assert list(standing.values()).count(first[low]) == 1, "a tie would need a rule"
        left.remove(low)
    return rounds


def test_the_rounds_are_those_of_another_count() -> None:
    assert counted_again() == list(tale.ROUNDS)


def test_the_winner_is_that_of_an_election_library() -> None:
    candidates = {idea: pyrankvote.Candidate(idea) for idea in tale.SHORTLIST}
    ballots = [pyrankvote.Ballot([candidates[idea] for idea in ranking]) for ranking in tale.papers().values()]
    theirs = pyrankvote.instant_runoff_voting(list(candidates.values()), ballots)

    assert [str(winner) for winner in theirs.get_winners()] == [tale.WINNER]


def test_the_winner_did_not_lead_at_first() -> None:
    first = tale.ROUNDS[0].standing

    assert max(first, key=lambda idea: first[idea]) != tale.WINNER


def test_four_change_their_minds_and_at_first_stood_elsewhere() -> None:
    assert len(tale.first_thoughts()) == 4
    assert all(tale.papers()[person] != ranking for person, ranking in tale.first_thoughts().items())
    firsts = Counter(ranking[0] for ranking in (tale.papers() | tale.first_thoughts()).values())
    assert firsts["Birria"] > tale.ROUNDS[0].standing["Birria"]


def test_joiners_are_the_customers_and_she_who_complains_is_none_of_them() -> None:
    assert len(tale.JOINERS) == 30
    assert tale.CALLER not in tale.JOINERS
