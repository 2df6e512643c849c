"""What voting answers for many at once: in the order asked, off an index, and in few questions (G2, G5)."""

from itertools import product
from typing import Any
from uuid import UUID, uuid4

from contracts.messages import Audience, Query, Window
from contracts.voting import (
    BallotsNamed,
    CastVote,
    MyPapers,
    OptionsPage,
    OutcomesOf,
    PapersPage,
    Position,
    Publication,
    TalliesOf,
    WithdrawVote,
)
from deploy.local.process import Process
from tests.overheard import overhearing, plans, stages
from tests.stage import BOB, Place, member, said
from tests.voting.conftest import BURRITO, TACO, opened

AGREE, PASS = Position.AGREE, Position.PASS


async def voted(place: Place, ballot: UUID, name: str, option: UUID = TACO) -> None:
    """A vote by somebody."""
    by = BOB if name == "bob" else member(name)
    await place.tell(said(CastVote, by, ballot_id=ballot, option_id=option, choice=AGREE))


async def test_tallies_of_many_ballots_come_in_the_order_asked_each_as_far_as_it_is_shown(place: Place) -> None:
    shown, hidden = await opened(place), await opened(place, publication=Publication.AT_CLOSE)
    told_to_voters = await opened(place, publication=Publication.AFTER_VOTE)
    untouched = await opened(place)
    for ballot in (shown, hidden, told_to_voters):
        await voted(place, ballot, "bob")
    await voted(place, shown, "zoe", BURRITO)
    asked = (hidden, untouched, uuid4(), shown, told_to_voters, shown)

    found = await place.ask(TalliesOf(viewer=BOB, ballot_ids=asked))

    assert [each and each.ballot_id for each in found] == [*asked[:2], None, *asked[3:]]
    assert [each and each.counts for each in found] == [
        None,
        {},
        None,
        {TACO: {AGREE: 1}, BURRITO: {AGREE: 1}},
        {TACO: {AGREE: 1}},
        {TACO: {AGREE: 1}, BURRITO: {AGREE: 1}},
    ]
    assert [each and (each.turnout, each.version) for each in found] == [(1, 1), (0, 0), None, (2, 2), (1, 1), (2, 2)]


async def test_tallies_of_some_options_leave_the_others_out(place: Place) -> None:
    ballot, other = await opened(place), await opened(place)
    for each in (ballot, other):
        await voted(place, each, "bob")
        await voted(place, each, "bob", BURRITO)

    found = await place.ask(TalliesOf(viewer=BOB, ballot_ids=(ballot, other), option_ids=(BURRITO,)))
    [none] = await place.ask(TalliesOf(viewer=BOB, ballot_ids=(ballot,), option_ids=()))

    assert [each.counts for each in found] == [{BURRITO: {AGREE: 1}}] * 2
    assert (none.turnout, none.counts) == (1, {})


async def test_every_list_of_options_and_papers_is_read_off_an_index_in_its_order(
    place: Place, mongod: tuple[Process, str]
) -> None:
    ballot = await opened(place)
    for number in range(6):
        await voted(place, ballot, f"m{number}")
    with overhearing(place, mongod[1]) as (listened, heard):
        for kind, size in product((OptionsPage, PapersPage), ("first", "last")):
            asked: dict[str, Any] = {"viewer": BOB, "ballot_id": ballot}
            part = await listened.ask(kind(**asked, window=Window(**{size: 1})))
            await listened.ask(kind(**asked, window=Window(first=1, after=part.cursors[0])))
            await listened.ask(kind(**asked, window=Window(last=1, before=part.cursors[0])))
        found = await plans(listened, heard)

    assert len(found) == 12
    assert all("IXSCAN" in stages(plan) and not {"SORT", "COLLSCAN"} & stages(plan) for plan in found)


async def test_how_many_papers_there_are_is_known_without_counting_them(
    place: Place, mongod: tuple[Process, str]
) -> None:
    """Counting a million takes longer than all the rest of the page."""
    ballot = await opened(place)
    for name in ("bob", "zoe", "kim"):
        await voted(place, ballot, name)
    await voted(place, ballot, "bob", BURRITO)
    await place.tell(said(WithdrawVote, member("kim"), ballot_id=ballot, option_id=TACO))

    with overhearing(place, mongod[1]) as (listened, heard):
        page = await listened.ask(PapersPage(viewer=BOB, ballot_id=ballot, window=Window(first=2)))

    assert (page.total, len(page.items)) == (3, 2)
    assert ["find" in command for command in heard.of("papers")] == [True, True]  # one's own, and the page


async def test_papers_on_a_ballot_whose_gates_never_counted_them_are_counted_when_asked_for(place: Place) -> None:
    ballot = await opened(place)
    await place.database.collection("gates").update_many({"ballot_id": ballot}, {"$unset": {"papers": ""}})
    for name in ("bob", "zoe"):
        await voted(place, ballot, name)
    await voted(place, await opened(place), "kim")

    page = await place.ask(PapersPage(viewer=BOB, ballot_id=ballot, window=Window()))

    assert page.total == len(page.items) == 2


async def test_fifty_ballots_take_as_many_questions_as_two(place: Place, mongod: tuple[Process, str]) -> None:
    ballots = tuple([await opened(place) for _ in range(3)])
    await voted(place, ballots[0], "bob")
    row = await place.database.collection("ballots").find_one({"_id": ballots[0]})
    assert row is not None
    more = [row | {"_id": each, "id": each} for each in (uuid4() for _ in range(47))]
    await place.database.collection("ballots").insert_many(more)
    ballots += tuple(each["_id"] for each in more)

    def questions(size: int) -> list[Query]:
        named = {"viewer": BOB, "ballot_ids": ballots[:size]}
        paged = {"viewer": BOB, "ballot_id": ballots[0], "window": Window(first=size)}
        kinds: list[type[Query]] = [BallotsNamed, TalliesOf, MyPapers, OutcomesOf]
        some = TalliesOf(**named, option_ids=(TACO, BURRITO))
        return [*(kind(**named) for kind in kinds), some, OptionsPage(**paged), PapersPage(**paged)]

    with overhearing(place, mongod[1]) as (listened, heard):
        for few, many in zip(questions(2), questions(50), strict=True):
            trips = []
            for query in (few, many):
                heard.anew()
                await listened.ask(query)
                trips.append(len(heard.reads))
            assert trips[0] == trips[1] <= 5, type(few).__name__


async def test_nobody_is_told_of_a_ballot_for_others(place: Place) -> None:
    """The ballots here are public; one that is not is as if it were not there."""
    ballot = await opened(place)
    await place.database.collection("ballots").update_one({"_id": ballot}, {"$set": {"terms.public": False}})
    vendor = member("vera", Audience.VENDOR)

    for kind in (BallotsNamed, TalliesOf, OutcomesOf):
        assert await place.ask(kind(viewer=vendor, ballot_ids=(ballot,))) == [None]
