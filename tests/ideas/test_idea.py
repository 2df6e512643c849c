"""The rules of an idea: its text, the tally it wears, and the threshold it crosses once (I2, I3, P11)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ideas import IdeaHasChanged, IdeaIsWithdrawn, IdeaState
from contracts.messages import Event
from contracts.voting import Position, support_of
from services.ideas.idea import Idea, Text
from tests.stage import BOB

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TACOS, BURRITOS = Text("Tacos"), Text("Burritos", "with beans", ("lunch",), ("https://example.org",))
TALLIES = st.lists(
    st.tuples(st.integers(1, 20), st.dictionaries(st.sampled_from(Position), st.integers(0, 9))), max_size=12
)


def idea(threshold: int | None = None) -> Idea:
    """Tacos."""
    return Idea(uuid4(), uuid4(), uuid4(), BOB.id, TACOS, NOON, threshold)


def agreed(number: int) -> dict[Position, int]:
    """So many for it."""
    return {Position.AGREE: number}


def versions(events: Sequence[Event]) -> list[int]:
    """Their numbers."""
    return [event.version for event in events]


def test_submitting_tells_who_and_when() -> None:
    tacos = idea()

    [event] = tacos.submit()

    assert (event.idea_id, event.challenge_id, event.goal_id) == (tacos.id, tacos.challenge_id, tacos.goal_id)
    assert (event.author_id, event.submitted_at, event.version) == (BOB.id, NOON, 1)


def test_a_revision_replaces_the_text() -> None:
    tacos = idea()

    assert versions(tacos.revise(BURRITOS, None)) == [2]
    assert (tacos.text, tacos.version, tacos.revisions) == (BURRITOS, 2, 1)


def test_the_same_text_again_is_nothing_new() -> None:
    tacos = idea()

    assert tacos.revise(Text("Tacos"), 1) == []
    assert (tacos.version, tacos.revisions) == (1, 0)


def test_a_text_that_was_not_seen_is_not_overwritten() -> None:
    tacos = idea()
    tacos.revise(BURRITOS, 1)

    for version in (1, 3):
        with pytest.raises(IdeaHasChanged):
            tacos.revise(TACOS, version)
    assert tacos.text == BURRITOS


def test_support_that_came_in_between_is_no_reason_to_refuse_a_revision() -> None:
    tacos = idea(threshold=1)
    tacos.wear(agreed(1), 1)
    tacos.reach()

    assert versions(tacos.revise(BURRITOS, seen_version=1)) == [3]
    with pytest.raises(IdeaHasChanged):
        tacos.revise(TACOS, seen_version=2)


def test_a_withdrawn_idea_does_not_change_any_more() -> None:
    tacos = idea(threshold=1)

    assert versions(tacos.withdraw()) == [2]

    assert tacos.state is IdeaState.WITHDRAWN
    with pytest.raises(IdeaIsWithdrawn):
        tacos.withdraw()
    with pytest.raises(IdeaIsWithdrawn):
        tacos.revise(BURRITOS, None)
    assert tacos.version == 2


def test_a_withdrawn_idea_earns_no_decision_by_votes_that_were_still_under_way() -> None:
    tacos = idea(threshold=1)
    tacos.withdraw()
    tacos.wear(agreed(5), 1)

    assert tacos.reach() == []


def test_support_is_what_stands_behind_it() -> None:
    tacos = idea()
    tacos.wear({Position.SUPPORT: 2, Position.AGREE: 3, Position.PASS: 4, Position.DISAGREE: 5}, 1)

    assert tacos.support == 5


@given(TALLIES)
def test_whatever_order_tallies_come_in_the_newest_is_worn(tallies: list[tuple[int, dict[Position, int]]]) -> None:
    by_version = dict(reversed(tallies))
    tacos = idea()
    for version, _ in tallies:
        newest = version > tacos.tally_version
        assert tacos.wear(by_version[version], version) is newest

    newest_version = max(by_version, default=0)
    assert tacos.tally_version == newest_version
    assert tacos.counts == by_version.get(newest_version, {})
    assert tacos.support == support_of(tacos.counts)


@given(st.integers(1, 5), st.lists(st.integers(0, 6), max_size=12))
def test_the_threshold_is_crossed_once_and_for_all(threshold: int, supports: list[int]) -> None:
    tacos = idea(threshold)
    crossed = []
    for version, support in enumerate(supports, start=1):
        tacos.wear(agreed(support), version)
        crossed += tacos.reach()

    first = next((support for support in supports if support >= threshold), None)
    assert [event.support for event in crossed] == ([] if first is None else [first])
    assert tacos.reached_threshold is (first is not None)


def test_without_a_threshold_nothing_is_crossed() -> None:
    tacos = idea()
    tacos.wear(agreed(1000), 1)

    assert tacos.reach() == []
    assert tacos.version == 1
