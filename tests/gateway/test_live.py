"""What screens are told, live."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from contracts.voting import BallotClosed, Position, TallyChanged
from gateway.live import MOST, LiveFeed, Watcher
from gateway.watching import merged

BALLOT, SOUP, STEW = uuid4(), uuid4(), uuid4()


def tally(version: int, option: UUID = SOUP, ballot: UUID = BALLOT) -> TallyChanged:
    return TallyChanged(version=version, ballot_id=ballot, turnout=version, counts={option: {Position.AGREE: version}})


async def read(watcher: Watcher) -> list[TallyChanged]:
    watcher.end()
    return [event async for event in watcher.events() if isinstance(event, TallyChanged)]


async def test_a_screen_is_told_of_what_it_watches_and_of_nothing_else() -> None:
    feed = LiveFeed()
    with feed.watch([TallyChanged], str(BALLOT)) as watcher:
        feed.push(tally(1))
        feed.push(tally(2, ballot=uuid4()))

        assert [event.version for event in await read(watcher)] == [1]


async def test_a_slow_screen_misses_old_news_never_the_newest() -> None:
    watcher = Watcher()
    for version in range(1, 3 * MOST + 1):
        watcher.push(tally(version))

    told = await read(watcher)

    assert len(told) == MOST
    assert told[-1].version == 3 * MOST


@given(st.lists(st.sampled_from([SOUP, STEW]), min_size=1, max_size=30), st.integers(1, 5))
def test_however_slow_a_screen_is_it_ends_with_the_newest_counts_of_every_option(moves: list[UUID], most: int) -> None:
    watcher = Watcher(merged, most)
    newest: dict[UUID, dict[Position, int]] = {}
    for version, option in enumerate(moves, 1):
        event = tally(version, option)
        newest |= event.counts or {}
        watcher.push(event)

    shown: dict[UUID, dict[Position, int]] = {}
    for waiting in watcher.waiting:
        assert isinstance(waiting, TallyChanged)
        shown |= waiting.counts or {}

    assert shown == newest
    assert len(watcher.waiting) <= most


def test_of_two_tallies_the_newer_wins_whichever_came_first() -> None:
    both = merged(tally(2), tally(1))

    assert isinstance(both, TallyChanged)
    assert (both.version, both.counts) == (2, {SOUP: {Position.AGREE: 2}})


def test_standings_are_merged_option_by_option() -> None:
    older = tally(1).model_copy(update={"counts": {}, "standing": {SOUP: 1, BALLOT: 5}})
    newer = tally(2).model_copy(update={"counts": {}, "standing": {SOUP: 2}})

    for both in (merged(older, newer), merged(newer, older)):
        assert isinstance(both, TallyChanged)
        assert (both.version, both.standing) == (2, {SOUP: 2, BALLOT: 5})


def test_a_tally_is_not_lost_behind_a_closing() -> None:
    closed = BallotClosed(
        version=2,
        ballot_id=BALLOT,
        goal_id=None,
        challenge_id=None,
        closed_at=datetime.now(UTC),
        turnout=1,
        tally_version=1,
        counts={},
    )

    assert merged(tally(1), closed) is closed
    assert merged(closed, tally(1)) is closed


async def test_nobody_is_kept_who_has_stopped_watching() -> None:
    feed = LiveFeed()
    with feed.watch([TallyChanged, BallotClosed], str(BALLOT)):
        assert feed.watching == 1

    assert feed.watching == 0
    assert not feed._watchers
