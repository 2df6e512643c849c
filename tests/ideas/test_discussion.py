"""Comments with their store: who may, in which phases, how they are counted and read (I8)."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.ideas import (
    AdvanceChallenge,
    Comment,
    CommentIsElsewhere,
    CommentIsWithdrawn,
    CommentPosted,
    CommentsNamed,
    CommentsPage,
    CommentWithdrawn,
    IdeaIsWithdrawn,
    IdeasNamed,
    NoSuchComment,
    NoSuchIdea,
    NotInvited,
    NotTheAuthor,
    Phase,
    PhasePlan,
    PhaseTakesNoComments,
    PostComment,
    ReviseComment,
    Switches,
    WithdrawComment,
    WithdrawIdea,
)
from contracts.messages import Audience, Member, Page, Role, Window
from deploy.local.process import Process
from tests.ideas.conftest import opened, submitted
from tests.overheard import overhearing, plans, stages
from tests.stage import ANN, BOB, EVE, Place, member, said

MODERATOR = member("mo", Audience.EMPLOYEE, Role.MODERATOR)
ALL = Window(first=100)


async def posted(place: Place, idea: UUID, by: Member = BOB, to: UUID | None = None, text: str = "With beans?") -> UUID:
    """A comment."""
    command = said(PostComment, by, idea_id=idea, reply_to=to, text=text)
    await place.tell(command)
    return command.id


async def read(place: Place, idea: UUID, window: Window = ALL, viewer: Member | None = ANN) -> Page[Comment]:
    """Comments as somebody reads them."""
    found = await place.ask(CommentsPage(viewer=viewer, idea_id=idea, window=window))
    assert isinstance(found, Page)
    return found


async def counted(place: Place, *ideas: UUID) -> list[int]:
    """How many comments each idea shows."""
    return [each.comment_count for each in await place.ask(IdeasNamed(viewer=ANN, idea_ids=ideas))]


async def test_a_thread_is_read_page_by_page_with_whoever_spoke(place: Place) -> None:
    idea = await submitted(place, await opened(place))
    first = await posted(place, idea, text="With beans?")
    second = await posted(place, idea, EVE, text="I sell beans")
    reply = await posted(place, idea, EVE, first, "Yes")
    deeper = await posted(place, idea, BOB, reply, "Good")

    page = await read(place, idea, Window(first=3))
    rest = await read(place, idea, Window(first=3, after=page.cursors[-1]))

    told = [(each.id, each.reply_to, each.depth, each.author_name, each.text) for each in (*page.items, *rest.items)]
    assert told == [
        (first, None, 1, "Bob", "With beans?"),
        (reply, first, 2, "Eve", "Yes"),
        (deeper, reply, 3, "Bob", "Good"),
        (second, None, 1, "Eve", "I sell beans"),
    ]
    assert (page.total, page.has_next, rest.has_next) == (4, True, False)


async def test_ideas_show_how_many_comments_stand(place: Place) -> None:
    challenge = await opened(place)
    tacos, soup = await submitted(place, challenge), await submitted(place, challenge)
    places = (place, place.replica("other"))
    found = await asyncio.gather(*(posted(places[n % 2], tacos, member(f"m{n}")) for n in range(10)))

    await asyncio.gather(
        *(
            places[n % 2].tell(said(WithdrawComment, member(f"m{n}"), comment_id=each))
            for n, each in enumerate(found[:4])
        )
    )

    assert await counted(place, tacos, soup) == [6, 0]
    assert (await read(place, tacos)).total == 10


async def test_a_comment_that_is_withdrawn_leaves_its_place_without_its_text(place: Place) -> None:
    idea = await submitted(place, await opened(place))
    first = await posted(place, idea, text="Something rash")
    reply = await posted(place, idea, EVE, first)

    await place.tell(said(WithdrawComment, BOB, comment_id=first))

    assert [(each.id, each.text) for each in (await read(place, idea)).items] == [(first, None), (reply, "With beans?")]
    assert "rash" not in repr(await place.database.collection("comments").find({}).to_list(None))
    with pytest.raises(CommentIsWithdrawn):
        await posted(place, idea, EVE, first)


async def test_withdrawing_twice_counts_once(place: Place) -> None:
    idea = await submitted(place, await opened(place))
    comment = await posted(place, idea)
    twice = (said(WithdrawComment, BOB, comment_id=comment), said(WithdrawComment, MODERATOR, comment_id=comment))

    results = await asyncio.gather(place.tell(twice[0]), place.replica("b").tell(twice[1]), return_exceptions=True)

    assert sorted(isinstance(result, CommentIsWithdrawn) for result in results) == [False, True]
    assert await counted(place, idea) == [0]
    assert len([event for event in await place.journal() if isinstance(event, CommentWithdrawn)]) == 1


async def test_a_repeated_comment_is_one_comment(place: Place) -> None:
    idea = await submitted(place, await opened(place))
    command = said(PostComment, BOB, idea_id=idea, text="Once")

    answers = [await place.tell(command), await place.replica("other").tell(command)]

    assert answers[0] == answers[1]
    assert (await counted(place, idea), await place.count("comments")) == ([1], 1)


async def test_its_author_revises_it_and_nobody_else(place: Place) -> None:
    comment = await posted(place, await submitted(place, await opened(place)))
    for stranger in (EVE, ANN, MODERATOR):
        with pytest.raises(NotTheAuthor):
            await place.tell(said(ReviseComment, stranger, comment_id=comment, text="Mine now"))

    await place.tell(said(ReviseComment, BOB, comment_id=comment, text="Without beans"))

    [found] = await place.ask(CommentsNamed(viewer=ANN, comment_ids=(comment,)))
    assert (found.text, found.version, found.revised_at is None) == ("Without beans", 2, False)


@pytest.mark.parametrize("stranger", [EVE, ANN], ids=["member", "organizer"])
async def test_others_do_not_withdraw_it(place: Place, stranger: Member) -> None:
    comment = await posted(place, await submitted(place, await opened(place)))

    with pytest.raises(NotTheAuthor):
        await place.tell(said(WithdrawComment, stranger, comment_id=comment))


async def test_only_the_invited_comment(place: Place) -> None:
    idea = await submitted(place, await opened(place, audiences=frozenset({Audience.CUSTOMER}), public=True))

    with pytest.raises(NotInvited):
        await posted(place, idea, EVE)


async def test_comments_are_taken_until_the_challenge_is_delivered(place: Place) -> None:
    challenge = await opened(place)
    idea = await submitted(place, challenge)
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.DECIDED))
    comment = await posted(place, idea)
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.DELIVERED))

    with pytest.raises(PhaseTakesNoComments):
        await posted(place, idea)
    await place.tell(said(WithdrawComment, BOB, comment_id=comment))


async def test_a_plan_switches_comments_for_each_phase(place: Place) -> None:
    closed, open_late = Switches(comments=False), Switches(comments=True)
    plan = (PhasePlan(phase=Phase.SHORTLISTING, open=closed), PhasePlan(phase=Phase.DELIVERED, open=open_late))
    challenge = await opened(place, plan=plan)
    idea = await submitted(place, challenge)
    await posted(place, idea)
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.SHORTLISTING))

    with pytest.raises(PhaseTakesNoComments):
        await posted(place, idea)
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=challenge, phase=Phase.DELIVERED))
    await posted(place, idea)


async def test_p8_no_comment_comes_to_an_idea_after_it_was_withdrawn(place: Place) -> None:
    """The idea's own document, written by both, orders them."""
    other = place.replica("other")
    challenge = await opened(place)
    for number in range(8):
        idea = await submitted(place, challenge)
        gone = other.tell(said(WithdrawIdea, BOB, idea_id=idea))
        took = [posted(place, idea, member(f"late-{number}-{each}")) for each in range(3)]
        results = await asyncio.gather(gone, *took, return_exceptions=True)
        assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, IdeaIsWithdrawn)]

        told = [event for event in await place.journal() if getattr(event, "idea_id", None) == idea]
        [ended] = [at for at, event in enumerate(told) if type(event).__name__ == "IdeaWithdrawn"]
        assert not any(isinstance(event, CommentPosted) for event in told[ended:])


async def test_what_is_not_there_is_refused_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.lane.PATIENCE", 0.05)
    challenge = await opened(place)
    tacos, soup = await submitted(place, challenge), await submitted(place, challenge)
    comment = await posted(place, tacos)

    cases: list[tuple[Any, type[Exception], tuple[str, ...]]] = [
        (said(PostComment, BOB, idea_id=uuid4(), text="x"), NoSuchIdea, ("ideaId",)),
        (said(PostComment, BOB, idea_id=tacos, reply_to=uuid4(), text="x"), NoSuchComment, ("replyTo",)),
        (said(PostComment, BOB, idea_id=soup, reply_to=comment, text="x"), CommentIsElsewhere, ("replyTo",)),
        (said(ReviseComment, BOB, comment_id=uuid4(), text="x"), NoSuchComment, ("commentId",)),
        (said(WithdrawComment, BOB, comment_id=uuid4()), NoSuchComment, ("commentId",)),
    ]
    for command, refusal, path in cases:
        with pytest.raises(refusal) as refused:
            await place.tell(command)
        assert getattr(refused.value, "path", None) == path


async def test_comments_are_seen_by_those_who_see_the_idea(place: Place) -> None:
    idea = await submitted(place, await opened(place, audiences=frozenset({Audience.CUSTOMER})))
    comment = await posted(place, idea)

    assert await place.ask(CommentsNamed(viewer=EVE, comment_ids=(comment,))) == [None]
    assert [each.id for each in await place.ask(CommentsNamed(viewer=BOB, comment_ids=(comment,)))] == [comment]
    with pytest.raises(NoSuchIdea):
        await read(place, idea, viewer=EVE)


async def test_a_thread_is_read_off_an_index_in_as_many_questions_as_two_comments(
    place: Place, mongod: tuple[Process, str]
) -> None:
    idea = await submitted(place, await opened(place))
    first = await posted(place, idea)
    for number in range(20):
        await posted(place, idea, member(f"m{number}"), first if number % 2 else None)
    trips = []
    with overhearing(place, mongod[1]) as (listened, heard):
        for size in (2, 20):
            heard.anew()
            page = await read(listened, idea, Window(first=size))
            await read(listened, idea, Window(last=2, before=page.cursors[-1]))
            trips.append(len(heard.reads))
        found = await plans(listened, heard)

    assert trips[0] == trips[1]
    assert found
    assert all("IXSCAN" in stages(plan) and not {"SORT", "COLLSCAN"} & stages(plan) for plan in found)
