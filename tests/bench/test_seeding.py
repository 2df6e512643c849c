"""What is seeded in bulk is what as many votes would have left."""

from uuid import UUID, uuid4

import pytest

from bench.seeding import Ballot, Held, look_alike, seed, shape, voters
from bench.votes import Unsound
from contracts.messages import Window
from contracts.voting import CastVote, Method, PapersPage, Position, TallyChanged
from services.voting.app import voting
from services.voting.store import unannounced
from tests.stage import BOB, Place, Stage, said
from tests.voting.conftest import BURRITO, SOUP, TACO, closed, news, paper, put_to_vote, tally

OPTIONS = (TACO, BURRITO, SOUP)


@pytest.fixture
async def place(stage: Stage) -> Place:
    """Voting, without any ballot."""
    return await stage.place(voting)


async def put_up(place: Place, method: Method) -> UUID:
    """A ballot on which one may agree, pass or disagree, or which takes whole papers."""
    positions = (Position.AGREE, Position.PASS, Position.DISAGREE)
    return await put_to_vote(place, method=method, positions=positions)


async def voted(place: Place, method: Method) -> Held:
    """A real first vote, on a ballot of its own."""
    ballot = await put_up(place, method)
    if method is Method.STANCE:
        await place.tell(said(CastVote, BOB, ballot_id=ballot, option_id=TACO, choice=Position.AGREE))
    else:
        await place.tell(paper(ballot, (TACO, 1)))
    return Held(ballot, BOB.id)


async def seeded(place: Place, method: Method, papers: int = 40) -> Ballot:
    """A ballot with so many papers, Bob's the first of them."""
    ballot = Ballot(await put_up(place, method), method, OPTIONS)
    await seed(place.database, ballot, voters([BOB.id], papers), distinct=7)
    return ballot


@pytest.mark.parametrize("method", [Method.STANCE, Method.INSTANT_RUNOFF])
async def test_a_seeded_paper_looks_like_one_that_was_handed_in(place: Place, method: Method) -> None:
    ballot = await seeded(place, method)

    await look_alike(place.database, Held(ballot.id, BOB.id), await voted(place, method))


@pytest.mark.parametrize("collection", ["papers", "gates", "counts"])
async def test_a_seeded_document_that_differs_ends_the_measurement(place: Place, collection: str) -> None:
    ballot = await seeded(place, Method.STANCE)
    real = await voted(place, Method.STANCE)
    await place.database.collection(collection).update_many({"ballot_id": ballot.id}, {"$set": {"rev": "one"}})

    with pytest.raises(Unsound, match=collection):
        await look_alike(place.database, Held(ballot.id, BOB.id), real)


@pytest.mark.parametrize("method", [Method.STANCE, Method.INSTANT_RUNOFF])
async def test_a_seeded_ballot_is_announced_goes_on_and_is_counted_like_any_other(place: Place, method: Method) -> None:
    ballot = await seeded(place, method)
    assert ballot.id in await unannounced(place.database.now(), False)
    await place.errand("tally", ballot.id)

    [told] = await news(place, TallyChanged)
    seen = await tally(place, ballot.id)
    assert (told.turnout, told.version, told.counts, told.standing) == (40, 40, seen.counts, seen.standing)
    page = await place.ask(PapersPage(viewer=BOB, ballot_id=ballot.id, window=Window()))
    assert page.total == 40

    outcome = await closed(place, ballot.id)
    found = outcome.count[0].standing if ballot.method is not Method.STANCE else outcome.rounds[0]
    assert (outcome.turnout, found) == (40, seen.standing if seen.standing is not None else seen.counts)


def test_the_shape_of_a_document_is_its_fields_and_their_types() -> None:
    here, there = str(uuid4()), str(uuid4())

    assert shape({"n": 1, "marks": {here: "agree"}}) == shape({"marks": {there: "pass"}, "n": 7})
    assert shape({"n": 1}) != shape({"n": 1.0})
    assert shape({"n": 1}) != shape({"n": 1, "more": None})
    assert shape({"counts": {"agree": 1}}) == shape({"counts": {"pass": 1, "agree": 2}})
