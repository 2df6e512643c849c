"""Lists of challenges and ideas: who sees what, filtered and sorted, by an index and in few questions (G2, G5)."""

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.ideas import (
    AdvanceChallenge,
    ChallengeOrder,
    ChallengesNamed,
    ChallengesPage,
    IdeaOrder,
    IdeasNamed,
    IdeasPage,
    IdeaState,
    NoSuchChallenge,
    Phase,
    PostComment,
    ReviseIdea,
    TextsOf,
    WithdrawIdea,
)
from contracts.messages import Audience, Member, Page, Query, Role, Window
from contracts.voting import Position, TallyChanged, standing_ballot
from deploy.local.process import Process
from tests.ideas.conftest import goal_activated, opened, purpose, submitted
from tests.overheard import overhearing, plans, stages
from tests.stage import ANN, BOB, EVE, Place, member, now, said

ALL = Window(first=100)
SLOW = {"SORT", "COLLSCAN"}
PHASES = (Phase.GATHERING, Phase.DECIDED)
VIEWERS: dict[str, Member | None] = {
    "visitor": None,
    "customer": BOB,
    "vendor": EVE,
    "employee": member("emil", Audience.EMPLOYEE),
    "vendor with a role": member("vera", Audience.VENDOR, Role.MODERATOR),
}


async def listed(place: Place, query: Query) -> list[UUID]:
    """The ids on a page."""
    found: Page[Any] = await place.ask(query)
    return [each.id for each in found.items]


async def challenges(place: Place, viewer: Member | None = ANN, **wanted: Any) -> list[UUID]:
    """Challenges that somebody finds."""
    return await listed(place, ChallengesPage(viewer=viewer, window=ALL, **wanted))


async def answers(place: Place, challenge: UUID, **wanted: Any) -> list[UUID]:
    """Ideas that somebody finds."""
    return await listed(place, IdeasPage(**({"viewer": ANN, "challenge_id": challenge, "window": ALL} | wanted)))


# -- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        ("visitor", ["public"]),
        ("customer", ["public", "customers"]),
        ("vendor", ["public", "both"]),
        ("employee", ["public", "both"]),
        ("vendor with a role", ["public", "customers", "both"]),
    ],
)
async def test_a_challenge_is_seen_by_those_it_is_for_by_roles_and_by_all_if_public(
    place: Place, viewer: str, seen: list[str]
) -> None:
    there = {
        "public": await opened(place, public=True, audiences=frozenset({Audience.EMPLOYEE})),
        "customers": await opened(place, audiences=frozenset({Audience.CUSTOMER})),
        "both": await opened(place, audiences=frozenset({Audience.VENDOR, Audience.EMPLOYEE})),
    }
    who = VIEWERS[viewer]
    expected = {there[name] for name in seen}

    assert set(await challenges(place, who)) == expected
    named = await place.ask(ChallengesNamed(viewer=who, challenge_ids=tuple(there.values())))
    assert {each.id for each in named if each} == expected


async def test_ideas_and_texts_are_seen_by_those_who_see_their_challenge(place: Place) -> None:
    challenge = await opened(place, audiences=frozenset({Audience.CUSTOMER}))
    idea = await submitted(place, challenge)
    await place.tell(said(ReviseIdea, BOB, idea_id=idea, title="Burritos"))

    assert [each.id for each in await place.ask(IdeasNamed(viewer=BOB, idea_ids=(idea,)))] == [idea]
    assert await place.ask(IdeasNamed(viewer=EVE, idea_ids=(idea, uuid4()))) == [None, None]
    assert await place.ask(TextsOf(viewer=EVE, idea_ids=(idea,))) == [[]]
    assert len((await place.ask(TextsOf(viewer=BOB, idea_ids=(idea,))))[0]) == 1


async def test_a_hidden_challenge_looks_like_none_at_all(place: Place) -> None:
    hidden = await opened(place, audiences=frozenset({Audience.CUSTOMER}))
    told = []
    for challenge in (hidden, uuid4()):
        with pytest.raises(NoSuchChallenge) as refused:
            await answers(place, challenge, viewer=EVE)
        told.append(refused.value.problems)

    assert told[0] == told[1]


async def test_what_is_asked_by_id_comes_in_the_order_asked(place: Place) -> None:
    challenge = await opened(place)
    a, b = await submitted(place, challenge), await submitted(place, challenge)
    nobody = uuid4()

    found = await place.ask(IdeasNamed(viewer=ANN, idea_ids=(b, nobody, a, b)))

    assert [each and each.id for each in found] == [b, None, a, b]


# -- filters and orders -----------------------------------------------------------------------------------------------


async def test_challenges_come_newest_first_by_phase_and_by_goal(place: Place) -> None:
    goal = uuid4()
    await place.hear(goal_activated(goal))
    first = await opened(place)
    second = await opened(place, purpose=purpose(goal_id=goal))
    third = await opened(place, purpose=purpose(goal_id=goal))
    await place.tell(said(AdvanceChallenge, ANN, challenge_id=second, phase=Phase.DECIDED))

    assert await challenges(place) == [third, second, first]
    assert await challenges(place, goal_id=goal) == [third, second]
    assert await challenges(place, phase=Phase.DECIDED) == [second]
    assert await challenges(place, phase=Phase.GATHERING, goal_id=goal) == [third]


async def test_challenges_are_found_by_audience_and_by_being_open_to_whoever_asks(
    place: Place,
) -> None:
    customers = await opened(place, audiences=frozenset({Audience.CUSTOMER}), public=True)
    vendors = await opened(place, audiences=frozenset({Audience.VENDOR}))
    both = await opened(place, audiences=frozenset({Audience.VENDOR, Audience.CUSTOMER}))

    assert await challenges(place, audience=Audience.VENDOR) == [both, vendors]
    assert await challenges(place, BOB, open_to_me=True) == [both, customers]
    assert await challenges(place, EVE, open_to_me=True) == [both, vendors]
    assert await challenges(place, ANN, open_to_me=True) == []
    assert await challenges(place, BOB, open_to_me=True, audience=Audience.VENDOR) == [both]
    assert await challenges(place, None, open_to_me=True) == []


async def test_challenges_are_sorted_as_asked(place: Place) -> None:
    late = await opened(place, decision_date=now() + timedelta(days=9))
    never = await opened(place)
    soon = await opened(place, decision_date=now() + timedelta(days=1))

    assert await challenges(place, order=ChallengeOrder.NEWEST) == [soon, never, late]
    assert await challenges(place, order=ChallengeOrder.OLDEST) == [late, never, soon]
    assert await challenges(place, order=ChallengeOrder.DECISION_DATE) == [soon, late]


async def test_a_challenge_shows_its_owner_and_how_many_ideas_stand(place: Place) -> None:
    challenge = await opened(place)
    kept, gone = await submitted(place, challenge), await submitted(place, challenge, EVE)
    await place.tell(said(WithdrawIdea, EVE, idea_id=gone))

    [found] = await place.ask(ChallengesNamed(viewer=ANN, challenge_ids=(challenge,)))

    assert (found.owner_name, found.idea_count, await answers(place, challenge)) == ("Ann", 1, [kept])


async def test_ideas_are_sorted_as_asked(place: Place) -> None:
    challenge = await opened(place)
    first, second, third = [await submitted(place, challenge, title=title) for title in ("a", "b", "c")]
    counts = {second: {Position.AGREE: 2}, third: {Position.AGREE: 1, Position.DISAGREE: 9}}
    await place.hear(TallyChanged(ballot_id=standing_ballot(challenge), version=1, turnout=3, counts=counts))

    assert await answers(place, challenge) == [third, second, first]
    assert await answers(place, challenge, order=IdeaOrder.OLDEST) == [first, second, third]
    assert await answers(place, challenge, order=IdeaOrder.SUPPORT) == [second, third, first]


async def test_ideas_are_sorted_by_how_much_is_said_about_them(place: Place) -> None:
    challenge = await opened(place)
    first, second, third = [await submitted(place, challenge, title=title) for title in ("a", "b", "c")]
    for idea in (first, second, first):
        await place.tell(said(PostComment, BOB, idea_id=idea, text="Yes"))

    assert await answers(place, challenge, order=IdeaOrder.COMMENTS) == [first, second, third]


async def test_ideas_from_before_there_were_comments_are_sorted_with_the_others(place: Place) -> None:
    challenge = await opened(place)
    old, new = await submitted(place, challenge), await submitted(place, challenge)
    await place.tell(said(PostComment, BOB, idea_id=new, text="Yes"))
    gone = {"comments": "", "shortlisted": "", "adopted_at": ""}
    await place.database.collection("ideas").update_one({"_id": old}, {"$unset": gone})

    await place.database.prepare(place.service.store.kept)

    assert await answers(place, challenge, order=IdeaOrder.COMMENTS) == [new, old]
    assert await answers(place, challenge, shortlisted=False) == [new, old]
    await place.tell(said(PostComment, BOB, idea_id=old, text="Yes"))


async def test_ideas_are_found_by_state_author_and_tag(place: Place) -> None:
    challenge = await opened(place)
    tagged = await submitted(place, challenge, tags=("hot", "cheap"))
    hers = await submitted(place, challenge, EVE, tags=("cheap",))
    gone = await submitted(place, challenge, tags=("hot",))
    await place.tell(said(WithdrawIdea, BOB, idea_id=gone))
    await submitted(place, await opened(place), tags=("hot",))

    assert await answers(place, challenge) == [hers, tagged]
    assert await answers(place, challenge, state=None) == [gone, hers, tagged]
    assert await answers(place, challenge, state=IdeaState.WITHDRAWN) == [gone]
    assert await answers(place, challenge, author_id=BOB.id) == [tagged]
    assert await answers(place, challenge, tag="cheap") == [hers, tagged]
    assert await answers(place, challenge, tag="hot", state=None, author_id=BOB.id) == [gone, tagged]


# -- indexes and round trips ------------------------------------------------------------------------------------------


async def filled(place: Place, number: int = 60) -> UUID:
    """A challenge with many ideas by three authors, laid down without the ceremony of submitting."""
    challenge = await opened(place)
    idea = await submitted(place, challenge, tags=("hot",))
    row = await place.database.collection("ideas").find_one({"_id": idea})
    assert row is not None
    rows = []
    for each in range(number):
        more = uuid4()
        author = (BOB, EVE, ANN)[each % 3].id
        state = ("open", "withdrawn")[each % 2]
        text = row["text"] | {"tags": [("hot", "cheap")[each % 2]]}
        rows.append(
            row
            | {"_id": more, "id": more, "support": each % 7, "comments": each % 5, "shortlisted": False}
            | {"author_id": author, "state": state, "text": text}
        )
    await place.database.collection("ideas").insert_many(rows)
    return challenge


async def test_every_list_of_ideas_is_read_off_an_index_in_its_order(place: Place, mongod: tuple[Process, str]) -> None:
    challenge = await filled(place, 150)
    with overhearing(place, mongod[1]) as (listened, heard):
        for order, state, author, tag in product(IdeaOrder, (None, IdeaState.OPEN), (None, BOB.id), (None, "hot")):
            asked = {"viewer": ANN, "challenge_id": challenge, "order": order}
            asked |= {"state": state, "author_id": author, "tag": tag}
            first = await listened.ask(IdeasPage(**asked, window=Window(first=12)))
            await listened.ask(IdeasPage(**asked, window=Window(first=3, after=first.cursors[-1])))
            await listened.ask(IdeasPage(**asked, window=Window(last=3, before=first.cursors[-1])))
        found = await plans(listened, heard)

    assert len(found) == len(IdeaOrder) * 2 * 2 * 2 * 3
    assert [plan["command"] for plan in found if "IXSCAN" not in stages(plan) or SLOW & stages(plan)] == []


async def test_a_shortlist_is_found_among_many_ideas_without_looking_at_the_others(
    place: Place, mongod: tuple[Process, str]
) -> None:
    challenge = await filled(place, 400)
    collection = place.database.collection("ideas")
    some = [row["_id"] for row in await collection.find({"support": 3}).to_list(5)]
    await collection.update_many({}, {"$set": {"shortlisted": False}})
    await collection.update_many({"_id": {"$in": some}}, {"$set": {"shortlisted": True}})
    with overhearing(place, mongod[1]) as (listened, heard):
        for order in IdeaOrder:
            asked = {"viewer": ANN, "challenge_id": challenge, "order": order, "state": None, "shortlisted": True}
            assert len(await listed(listened, IdeasPage(**asked, window=Window(first=50)))) == 5
        found = await plans(listened, heard)

    assert len(found) == len(IdeaOrder)
    assert max(plan["executionStats"]["totalDocsExamined"] for plan in found) == 5


async def test_every_list_of_challenges_is_read_off_an_index_in_its_order(
    place: Place, mongod: tuple[Process, str]
) -> None:
    goal = uuid4()
    await place.hear(goal_activated(goal))
    for each in (None, goal) * 3:
        fields = {"purpose": purpose(goal_id=each)} if each else {}
        await opened(place, public=True, decision_date=now() + timedelta(days=1), **fields)
    with overhearing(place, mongod[1]) as (listened, heard):
        filters = product(ChallengeOrder, (None, BOB, ANN), (None, Phase.GATHERING), (None, goal), (None, BOB.audience))
        for order, viewer, phase, of, audience in filters:
            asked: dict[str, Any] = {"order": order, "viewer": viewer, "phase": phase, "goal_id": of}
            asked |= {"audience": audience, "open_to_me": viewer is not None}
            first = await listened.ask(ChallengesPage(**asked, window=Window(first=1)))
            await listened.ask(ChallengesPage(**asked, window=Window(first=1, after=first.cursors[-1])))
        found = await plans(listened, heard)

    assert len(found) == len(ChallengeOrder) * 3 * 2 * 2 * 2 * 2
    assert all("IXSCAN" in stages(plan) and not {"SORT", "COLLSCAN"} & stages(plan) for plan in found)


async def test_deep_in_a_list_no_more_is_read_than_at_its_beginning(place: Place, mongod: tuple[Process, str]) -> None:
    challenge = await filled(place, 400)
    with overhearing(place, mongod[1]) as (listened, heard):
        for order in IdeaOrder:
            asked = {"viewer": ANN, "challenge_id": challenge, "order": order, "state": None}
            there = await place.ask(IdeasPage(**asked, window=Window(last=20)))
            await listened.ask(IdeasPage(**asked, window=Window(first=5, after=there.cursors[0])))
        found = await plans(listened, heard)

    assert len(found) == len(IdeaOrder)
    # Ties are walked through up to the cursor: all ideas here but one were submitted in one instant.
    assert max(plan["executionStats"]["totalDocsExamined"] for plan in found) < 20


async def test_a_page_of_fifty_takes_no_more_questions_than_a_page_of_two(
    place: Place, mongod: tuple[Process, str]
) -> None:
    challenge = await filled(place)
    for _ in range(3):
        await opened(place)
    ideas = tuple(await answers(place, challenge, state=None))[:50]
    challenge_ids = tuple(await challenges(place))

    def questions(size: int) -> list[Query]:
        window = Window(first=size)
        return [
            IdeasPage(viewer=BOB, challenge_id=challenge, state=None, window=window),
            IdeasNamed(viewer=BOB, idea_ids=ideas[:size]),
            TextsOf(viewer=BOB, idea_ids=ideas[:size]),
            ChallengesPage(viewer=BOB, window=window),
            ChallengesNamed(viewer=BOB, challenge_ids=challenge_ids[:size]),
        ]

    with overhearing(place, mongod[1]) as (listened, heard):
        for few, many in zip(questions(2), questions(50), strict=True):
            trips = []
            for query in (few, many):
                heard.anew()
                await listened.ask(query)
                trips.append(len(heard.reads))
            assert trips[1] <= trips[0] <= 5
