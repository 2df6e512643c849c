"""The rules of a challenge: its plan, its phases, and whom it is for (I1, S5)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ideas import (
    ChallengeDecided,
    NotInvited,
    Phase,
    PhaseIsPast,
    PhasePlan,
    PhaseTakesNoIdeas,
    PlanIsNotInOrder,
    ShortlistingStarted,
    Stance,
    Switches,
)
from contracts.messages import Audience
from contracts.purpose import Purpose
from contracts.voting import Anonymity, DetachedIsNotOffered, DoubledPosition, Position
from services.ideas.challenge import Challenge
from tests.stage import ANN, BOB, EVE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
VOTES = Switches(votes=True)


def challenge(*plan: PhasePlan, **fields: object) -> Challenge:
    """A challenge that was opened at noon."""
    asked: dict[str, object] = {
        "id": uuid4(),
        "question": "What is for lunch?",
        "description": "",
        "purpose": Purpose(),
        "goal_id": uuid4(),
        "owner_id": ANN.id,
        "decision_date": None,
        "audiences": frozenset({Audience.CUSTOMER}),
        "public": False,
        "stance": Stance(),
        "plan": plan,
        "ideas_per_member": None,
        "threshold": None,
        "opened_at": NOON,
    }
    return Challenge(**(asked | fields))  # type: ignore[arg-type]


def opened(*plan: PhasePlan, **fields: object) -> Challenge:
    """The same, put to the community."""
    asked = challenge(*plan, **fields)
    asked.open()
    return asked


def planned(phase: Phase, hours: float | None = None, ideas: bool = False, votes: bool = False) -> PhasePlan:
    """A phase that begins so many hours after noon."""
    starts = None if hours is None else NOON + hours * HOUR
    return PhasePlan(phase=phase, starts=starts, open=Switches(ideas=ideas, votes=votes))


def test_opening_tells_all_that_voting_needs_for_the_ballot() -> None:
    asked = challenge(planned(Phase.SHORTLISTING, 2), public=True, decision_date=NOON + 5 * HOUR)

    [event] = asked.open()

    assert (event.challenge_id, event.goal_id, event.owner_id) == (asked.id, asked.goal_id, ANN.id)
    assert (event.audiences, event.public, event.version) == (asked.audiences, True, 1)
    assert (event.opened_at, event.decision_date, event.stance) == (NOON, NOON + 5 * HOUR, Stance())


@pytest.mark.parametrize(
    ("plan", "hours"),
    [
        ((planned(Phase.SHORTLISTING, 2),), 2),
        ((planned(Phase.SHORTLISTING, 2, votes=True), planned(Phase.DECIDING, 3)), 3),
        ((planned(Phase.SHORTLISTING),), None),
        ((planned(Phase.SHORTLISTING, 2, votes=True),), None),
        ((), None),
    ],
)
def test_votes_are_taken_until_the_first_planned_phase_without_them(
    plan: tuple[PhasePlan, ...], hours: float | None
) -> None:
    [event] = challenge(*plan).open()

    assert event.votes_until == (None if hours is None else NOON + hours * HOUR)


@pytest.mark.parametrize(
    "plan",
    [
        (planned(Phase.DECIDING, 1), planned(Phase.SHORTLISTING, 2)),
        (planned(Phase.SHORTLISTING, 2), planned(Phase.DECIDING, 1)),
        (planned(Phase.SHORTLISTING, 2), planned(Phase.DECIDING, 2)),
        (planned(Phase.SHORTLISTING, 1), planned(Phase.SHORTLISTING, 2)),
        (planned(Phase.SHORTLISTING, 0),),
        (planned(Phase.SHORTLISTING, -1),),
        (planned(Phase.GATHERING, 1),),
    ],
)
def test_a_plan_out_of_order_is_refused(plan: tuple[PhasePlan, ...]) -> None:
    with pytest.raises(PlanIsNotInOrder) as refused:
        challenge(*plan).open()

    assert refused.value.path == ("plan",)


@pytest.mark.parametrize(
    "plan",
    [
        (planned(Phase.GATHERING, ideas=True),),
        (planned(Phase.GATHERING, ideas=True), planned(Phase.DECIDING, 1, votes=True)),
        (planned(Phase.SHORTLISTING, 1), planned(Phase.DECIDING, 2, votes=True)),
    ],
)
def test_a_plan_that_the_ballot_can_not_follow_is_refused(plan: tuple[PhasePlan, ...]) -> None:
    """A standing ballot opens with its challenge and closes once."""
    with pytest.raises(PlanIsNotInOrder, match="Votes are open"):
        challenge(*plan).open()


def test_a_stance_that_names_a_position_twice_is_refused_before_voting_hears_of_it() -> None:
    with pytest.raises(DoubledPosition):
        challenge(stance=Stance(positions=(Position.AGREE, Position.AGREE))).open()


def test_a_stance_that_no_ballot_can_keep_is_refused_before_voting_hears_of_it() -> None:
    with pytest.raises(DetachedIsNotOffered) as refused:
        challenge(stance=Stance(anonymity=Anonymity.DETACHED)).open()

    assert refused.value.path == ("stance", "anonymity")


def test_a_phase_says_whether_votes_go_on() -> None:
    asked = opened(planned(Phase.SHORTLISTING, votes=True))

    [shortlisting] = asked.advance(Phase.SHORTLISTING, NOON + HOUR)
    [decided] = asked.advance(Phase.DECIDED, NOON + 2 * HOUR)

    assert isinstance(shortlisting, ShortlistingStarted)
    assert isinstance(decided, ChallengeDecided)
    assert (shortlisting.votes_open, decided.votes_open) == (True, False)
    assert (shortlisting.started_at, shortlisting.version, decided.version) == (NOON + HOUR, 2, 3)


@given(
    st.lists(
        st.tuples(st.sampled_from(Phase), st.integers(-5, 50).map(lambda minutes: NOON + timedelta(minutes=minutes)))
    )
)
def test_whatever_is_asked_phases_never_go_back_nor_do_their_times_and_versions(
    asked: Sequence[tuple[Phase, datetime]],
) -> None:
    lunch = opened()
    events = []
    for phase, at in asked:
        before = lunch.phase
        if phase.order > before.order:
            events += lunch.advance(phase, at)
            assert lunch.phase is phase
        else:
            with pytest.raises(PhaseIsPast):
                lunch.advance(phase, at)
            assert lunch.phase is before

    assert [event.version for event in events] == list(range(2, len(events) + 2))
    assert _rises(lunch.phases.values())
    assert _rises(event.started_at for event in events)
    assert [phase.order for phase in lunch.phases] == sorted(phase.order for phase in lunch.phases)


def _rises(times: Iterable[datetime]) -> bool:
    found = list(times)
    return found == sorted(found)


@given(st.sets(st.sampled_from(list(Phase)[1:])), st.sampled_from(Phase))
def test_what_begins_next_by_itself_is_the_first_planned_phase_ahead(phases: set[Phase], now: Phase) -> None:
    plan = [planned(phase, phase.order) for phase in sorted(phases, key=lambda phase: phase.order)]
    lunch = opened(*plan)
    if now is not Phase.GATHERING:
        lunch.advance(now, NOON)

    ahead = [each for each in plan if each.phase.order > now.order]

    assert lunch.next_planned() == (ahead[0] if ahead else None)


def test_a_phase_planned_by_hand_is_no_phase_that_begins_by_itself() -> None:
    lunch = opened(planned(Phase.SHORTLISTING, ideas=True), planned(Phase.DECIDING, 4))

    assert lunch.next_planned() == planned(Phase.DECIDING, 4)


def test_only_the_audiences_it_is_for_are_invited() -> None:
    lunch = opened()
    lunch.invite(BOB)

    for stranger in (ANN, EVE):
        with pytest.raises(NotInvited):
            lunch.invite(stranger)


@pytest.mark.parametrize("phase", Phase)
def test_ideas_are_taken_while_it_gathers_and_where_the_plan_says_so(phase: Phase) -> None:
    lunch = opened(planned(Phase.SHORTLISTING, ideas=True))
    if phase is not Phase.GATHERING:
        lunch.advance(phase, NOON)

    if phase in (Phase.GATHERING, Phase.SHORTLISTING):
        lunch.invite(BOB)
    else:
        with pytest.raises(PhaseTakesNoIdeas):
            lunch.invite(BOB)


def test_a_plan_may_close_gathering_to_ideas() -> None:
    with pytest.raises(PhaseTakesNoIdeas):
        opened(PhasePlan(phase=Phase.GATHERING, open=VOTES)).invite(BOB)
