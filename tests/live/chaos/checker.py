"""Every promise that is checked when the system has come to rest."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from tests.live.chaos import care, heard, said, talk, told, votes
from tests.live.chaos.books import Books
from tests.live.chaos.journal import Entry

Rule = Callable[[Books, Sequence[Entry]], Iterator[str]]
MOST = 3  # of one rule; the rest are told as a number

RULES: tuple[Rule, ...] = (
    told.accepted_is_stored,
    told.refused_is_not_stored,
    told.all_is_known,
    told.one_answer,
    said.topics_are_outboxes,
    said.no_key_is_out_of_order,
    said.nothing_is_set_aside,
    votes.papers_are_their_votes,
    votes.tallies_are_recounts,
    votes.last_tallies_are_true,
    votes.closed_ballots_stay,
    talk.ideas_are_their_events,
    talk.limits_hold,
    talk.contributions_are_counted,
    talk.comments_are_their_events,
    care.cases_concern_who_joined,
    care.nobody_joins_what_is_resolved,
    care.clocks_fire_once,
    care.every_clock_ends,
    heard.ideas_wear_their_tallies,
    heard.options_are_ideas,
    heard.voices_are_heard,
    heard.goals_are_known,
)


def violations(books: Books, journal: Sequence[Entry]) -> list[str]:
    """What was promised and is not so, by rule; empty where all is well."""
    found = []
    for rule in RULES:
        broken = list(rule(books, journal))
        found += [f"{rule.__name__}: {each}" for each in islice(broken, MOST)]
        if len(broken) > MOST:
            found.append(f"{rule.__name__}: and {len(broken) - MOST} more")
    return found
