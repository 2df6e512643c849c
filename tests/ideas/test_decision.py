"""The rules of a decision: a shortlist, the ballot that decides on it, and the way back where it does not (I5)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from contracts.ideas import (
    BallotIsDeciding,
    ChallengeDecided,
    DecidingStarted,
    Decision,
    NotShortlisting,
    Phase,
    PhaseIsPast,
    PhaseMissed,
    PhasePlan,
    Setback,
    ShortlistingResumed,
    ShortlistingStarted,
    ShortlistIsEmpty,
    ShortlistIsFull,
    ShortlistIsTooShort,
    ShortlistIsTooSmall,
    Switches,
)
from contracts.messages import Audience
from contracts.voting import Anonymity, DetachedIsNotOffered, Method, decision_ballot
from services.ideas.challenge import Challenge
from services.ideas.shortlist import Shortlist
from tests.ideas.test_challenge import HOUR, NOON, challenge, planned
from tests.stage import ANN

TACOS, SOUP, NACHOS = uuid4(), uuid4(), uuid4()


def shortlisting(*plan: PhasePlan, ideas: tuple[UUID, ...] = (), **fields: object) -> Challenge:
    """A challenge that has been shortlisting for an hour."""
    asked = challenge(*plan, **fields)
    asked.open()
    asked.advance(Phase.SHORTLISTING, NOON)
    asked.put_on_shortlist(ideas)
    return asked


def deciding(*plan: PhasePlan, **fields: object) -> Challenge:
    """One that is being decided on."""
    asked = shortlisting(*plan, ideas=(TACOS, SOUP), **fields)
    asked.advance(Phase.DECIDING, NOON + HOUR)
    return asked


# -- the shortlist ----------------------------------------------------------------------------------------------------


def test_a_shortlist_keeps_the_order_and_takes_each_idea_once() -> None:
    listed = Shortlist()

    assert listed.put([TACOS, SOUP, TACOS]) == (TACOS, SOUP)
    assert listed.put([NACHOS, SOUP]) == (NACHOS,)
    assert listed.take_off([SOUP, uuid4()]) == (SOUP,)

    assert listed.ideas == (TACOS, NACHOS)


def test_a_shortlist_holds_as_many_as_declared_and_takes_all_or_none() -> None:
    listed = Shortlist(limit=2)
    listed.put([TACOS])

    with pytest.raises(ShortlistIsFull, match="holds 2 ideas and has 1"):
        listed.put([SOUP, NACHOS])

    assert listed.ideas == (TACOS,)
    listed.put([TACOS, SOUP])


def test_the_shortlist_changes_only_while_shortlisting() -> None:
    gathering = challenge()
    gathering.open()
    for asked in (gathering, deciding()):
        changes: tuple[Callable[[list[UUID]], object], ...] = (asked.put_on_shortlist, asked.take_off_shortlist)
        for change in changes:
            with pytest.raises(NotShortlisting):
                change([TACOS])


def test_a_challenge_whose_shortlist_can_not_hold_its_winners_is_not_opened() -> None:
    with pytest.raises(ShortlistIsTooSmall):
        challenge(decision=Decision(method=Method.APPROVAL, winners=3), shortlist=Shortlist(limit=2)).open()


def test_a_decision_that_no_ballot_can_keep_is_refused_before_voting_hears_of_it() -> None:
    with pytest.raises(DetachedIsNotOffered) as refused:
        challenge(decision=Decision(anonymity=Anonymity.DETACHED)).open()

    assert refused.value.path == ("decision", "anonymity")


# -- deciding ---------------------------------------------------------------------------------------------------------


def test_deciding_tells_all_that_voting_needs_for_the_ballot() -> None:
    asked = shortlisting(ideas=(TACOS, SOUP), decision=Decision(open_for=3600))

    [event] = asked.advance(Phase.DECIDING, NOON + HOUR)

    assert isinstance(event, DecidingStarted)
    assert (event.attempt, event.shortlist, event.owner_id) == (1, (TACOS, SOUP), ANN.id)
    assert (event.decision, event.audiences) == (asked.decision, frozenset({Audience.CUSTOMER}))
    assert (event.started_at, event.ballot_closes_at) == (NOON + HOUR, NOON + 2 * HOUR)
    assert asked.ballot_id == decision_ballot(asked.id, 1)


@pytest.mark.parametrize(("hours", "closes"), [(5, 5), (0.5, 1 + 7 * 24)])
def test_the_ballot_closes_when_decided_is_planned_if_that_lies_ahead(hours: float, closes: float) -> None:
    [event] = [deciding(planned(Phase.DECIDED, hours)).ballot_closes_at]

    assert event == NOON + closes * HOUR


def test_with_nothing_shortlisted_there_is_nothing_to_decide() -> None:
    asked = shortlisting()

    with pytest.raises(ShortlistIsEmpty):
        asked.advance(Phase.DECIDING, NOON + HOUR)

    assert (asked.phase, asked.attempt) == (Phase.SHORTLISTING, 0)


def test_as_many_as_shall_win_are_needed_to_decide() -> None:
    asked = shortlisting(ideas=(TACOS,), decision=Decision(method=Method.APPROVAL, winners=2))

    with pytest.raises(ShortlistIsTooShort, match="2 ideas shall win and 1"):
        asked.advance(Phase.DECIDING, NOON + HOUR)


@pytest.mark.parametrize("phase", [Phase.DECIDED, Phase.DELIVERED])
def test_while_a_ballot_decides_nobody_does_by_hand(phase: Phase) -> None:
    asked = deciding()

    with pytest.raises(BallotIsDeciding):
        asked.advance(phase, NOON + 2 * HOUR)
    with pytest.raises(PhaseIsPast):
        asked.advance(Phase.SHORTLISTING, NOON + 2 * HOUR)


def test_a_challenge_that_was_being_decided_before_there_were_ballots_is_decided_by_hand() -> None:
    asked = shortlisting()
    asked.phase = Phase.DECIDING
    asked.phases[Phase.DECIDING] = NOON

    [event] = asked.advance(Phase.DECIDED, NOON + HOUR)

    assert isinstance(event, ChallengeDecided)


def test_the_outcome_decides_it() -> None:
    asked = deciding()

    [event] = asked.settle(None, [SOUP], NOON + 2 * HOUR)

    assert isinstance(event, ChallengeDecided)
    assert (event.adopted, asked.adopted, asked.phase) == ((SOUP,), (SOUP,), Phase.DECIDED)
    assert asked.ballot_id is None


@pytest.mark.parametrize("setback", Setback)
def test_without_a_decision_it_goes_back_to_shortlisting_with_the_reason(setback: Setback) -> None:
    asked = deciding(planned(Phase.SHORTLISTING, votes=True))

    [event] = asked.settle(setback, (), NOON + 2 * HOUR)

    assert isinstance(event, ShortlistingResumed)
    assert (event.reason, event.attempt, event.started_at) == (setback, 1, NOON + 2 * HOUR)
    assert not event.votes_open, "the standing ballot closed when deciding began, and closes once"
    assert (asked.phase, asked.setback, asked.shortlist.ideas) == (Phase.SHORTLISTING, setback, (TACOS, SOUP))


def test_a_new_attempt_is_another_ballot_and_forgets_the_reason() -> None:
    asked = deciding()
    asked.settle(Setback.TIE, (), NOON + 2 * HOUR)
    asked.take_off_shortlist([TACOS])

    [event] = asked.advance(Phase.DECIDING, NOON + 3 * HOUR)

    assert isinstance(event, DecidingStarted)
    assert (event.attempt, event.shortlist, asked.setback) == (2, (SOUP,), None)
    assert asked.ballot_id == decision_ballot(asked.id, 2) != decision_ballot(asked.id, 1)


# -- by plan ----------------------------------------------------------------------------------------------------------


def test_deciding_begins_as_planned() -> None:
    asked = shortlisting(planned(Phase.DECIDING, 2), ideas=(TACOS,))

    [event] = asked.keep_plan()

    assert isinstance(event, DecidingStarted)
    assert event.started_at == NOON + 2 * HOUR


def test_planned_deciding_without_a_shortlist_is_missed_and_says_so() -> None:
    asked = shortlisting(planned(Phase.DECIDING, 2), planned(Phase.DECIDED, 4), planned(Phase.DELIVERED, 8))

    told = [event for _ in range(4) for event in asked.keep_plan()]

    assert [(type(event), getattr(event, "phase", None)) for event in told] == [
        (PhaseMissed, Phase.DECIDING),
        (PhaseMissed, Phase.DECIDED),
        (PhaseMissed, Phase.DELIVERED),
    ]
    assert (asked.phase, asked.missed, asked.next_planned()) == (Phase.SHORTLISTING, Phase.DELIVERED, None)
    assert [event.version for event in told] == [3, 4, 5]
    asked.put_on_shortlist([TACOS])
    asked.advance(Phase.DECIDING, NOON + 9 * HOUR)
    assert asked.missed is None


def test_gathering_ends_as_planned_even_if_deciding_can_not_begin() -> None:
    asked = challenge(planned(Phase.DECIDING, 2))
    asked.open()

    started, missed = asked.keep_plan()

    assert isinstance(started, ShortlistingStarted)
    assert isinstance(missed, PhaseMissed)
    assert (started.started_at, missed.planned_for) == (NOON + 2 * HOUR, NOON + 2 * HOUR)
    assert asked.phase is Phase.SHORTLISTING


def test_the_time_planned_for_decided_is_the_ballots_and_what_follows_waits_for_its_outcome() -> None:
    asked = deciding(planned(Phase.DECIDED, 4), planned(Phase.DELIVERED, 8))

    assert asked.keep_plan() == []
    assert asked.phase is Phase.DECIDING
    asked.settle(None, [TACOS], NOON + 4 * HOUR)
    [delivered] = asked.keep_plan()

    assert (type(delivered).__name__, asked.phase) == ("ChallengeDelivered", Phase.DELIVERED)


def test_after_a_setback_no_plan_decides() -> None:
    asked = deciding(planned(Phase.DECIDED, 4))
    asked.settle(Setback.NO_QUORUM, (), NOON + 2 * HOUR)

    [missed] = asked.keep_plan()

    assert isinstance(missed, PhaseMissed)
    assert (asked.phase, asked.missed, asked.setback) == (Phase.SHORTLISTING, Phase.DECIDED, Setback.NO_QUORUM)


def test_a_plan_without_deciding_decides_as_it_says() -> None:
    asked = shortlisting(planned(Phase.DECIDED, 4))

    [event] = asked.keep_plan()

    assert isinstance(event, ChallengeDecided)
    assert event.adopted == ()


def test_votes_go_on_only_as_long_as_every_phase_so_far_took_them() -> None:
    taken = PhasePlan(phase=Phase.DECIDING, open=Switches(votes=True))

    [event] = shortlisting(taken, ideas=(TACOS,)).advance(Phase.DECIDING, datetime(2026, 3, 2, tzinfo=UTC))

    assert not event.votes_open
    assert event.started_at - NOON > timedelta(hours=11)
