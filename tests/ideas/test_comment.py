"""The rules of a comment: its thread, its text, and the place it leaves (I8)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ideas import CommentIsElsewhere, CommentIsWithdrawn, ThreadIsTooDeep
from services.ideas.comment import DEEPEST, Comment
from tests.stage import BOB

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDEA = uuid4()


def comment(after: int = 0, idea: UUID = IDEA) -> Comment:
    """Something said so many milliseconds after noon."""
    return Comment(uuid4(), idea, uuid4(), uuid4(), BOB.id, "With beans?", NOON + timedelta(milliseconds=after))


def posted(answered: Comment | None = None, after: int = 0) -> Comment:
    """The same, in its place."""
    said = comment(after)
    said.post(answered)
    return said


def test_a_comment_tells_who_said_it_when_and_to_what_but_not_what_it_says() -> None:
    first = posted()
    reply = comment(5)

    [event] = reply.post(first)

    assert (event.comment_id, event.idea_id, event.reply_to) == (reply.id, IDEA, first.id)
    assert (event.author_id, event.posted_at, event.version) == (BOB.id, reply.posted_at, 1)
    assert "With beans?" not in event.model_dump_json()


def test_replies_go_so_deep_and_no_deeper() -> None:
    last = posted()
    for depth in range(2, DEEPEST + 1):
        last = posted(last)
        assert last.depth == depth

    with pytest.raises(ThreadIsTooDeep) as refused:
        posted(last)

    assert refused.value.path == ("replyTo",)


def test_a_reply_belongs_to_the_idea_that_is_talked_about() -> None:
    with pytest.raises(CommentIsElsewhere):
        comment(idea=uuid4()).post(posted())


def test_what_was_withdrawn_has_no_text_and_takes_no_reply() -> None:
    said = posted()

    [event] = said.withdraw()

    assert (said.text, event.version) == (None, 2)
    for more in (said.withdraw, lambda: said.revise("No beans", NOON), lambda: comment().post(said)):
        with pytest.raises(CommentIsWithdrawn):
            more()
    assert said.version == 2


def test_a_revision_replaces_the_text_and_says_when() -> None:
    said = posted()

    [event] = said.revise("Without beans", NOON + timedelta(hours=1))

    assert (said.text, said.revised_at, event.version) == ("Without beans", NOON + timedelta(hours=1), 2)
    assert said.revise("Without beans", NOON + timedelta(hours=2)) == []
    assert said.revised_at == NOON + timedelta(hours=1)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=40))
def test_places_sort_a_thread_as_it_is_read(said: list[tuple[int, int]]) -> None:
    """Each comment stands before its replies, its whole thread together, siblings by age; in whatever order posted."""
    thread: list[Comment] = []
    for which, after in said:
        answered = thread[which] if which < len(thread) and thread[which].depth < DEEPEST else None
        begun = answered.posted_at if answered else NOON
        reply = comment(round((begun - NOON) / timedelta(milliseconds=1)) + after)
        reply.post(answered)
        thread.append(reply)

    def told(of: UUID | None) -> list[UUID]:
        replies = sorted((each for each in thread if each.reply_to == of), key=lambda each: (each.posted_at, each.id))
        return [read for each in replies for read in (each.id, *told(each.id))]

    assert [each.id for each in sorted(thread, key=lambda each: each.place)] == told(None)
