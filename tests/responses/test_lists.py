"""The lists of responses: the desk by next due, one's own cases, and what is found by its subject."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.messages import Page, Query, Window
from contracts.responses import (
    AssignCase,
    Case,
    CaseKind,
    CasesNamed,
    CasesPage,
    CaseState,
    DeskPage,
    LeaveCase,
    MyCases,
    ResolveCase,
    ThreadPage,
)
from deploy.local.process import Process
from services.responses.case import words_of
from tests.overheard import overhearing, plans, stages
from tests.responses.conftest import RITA, filed, joined, replied
from tests.stage import BOB, EVE, Place, member, said

HOUR = timedelta(hours=1)


async def desk(place: Place, size: int = 100, **asked: object) -> list[UUID]:
    """The desk, walked page by page."""
    return await walked(place, DeskPage, size, viewer=RITA, **asked)


async def walked(place: Place, kind: type[Query], size: int, /, **asked: object) -> list[UUID]:
    """A whole list, by pages."""
    found: list[UUID] = []
    after: str | None = None
    while True:
        query = kind.model_validate({**asked, "window": Window(first=size, after=after)})
        page: Page[Case] = await place.ask(query)
        found += [case.id for case in page.items]
        assert page.total >= len(found)
        if not page.has_next:
            return found
        after = page.cursors[-1]


async def test_rule_16_the_desk_sees_first_what_is_due_first_and_last_what_nobody_waits_for(place: Place) -> None:
    answered = await filed(place)
    await replied(place, answered)
    late = await filed(place, due_in=-HOUR)
    soon = await filed(place, due_in=HOUR)
    sooner = await filed(place, due_in=HOUR / 2)

    for size in (1, 3, 100):
        assert await desk(place, size) == [late, sooner, soon, answered]


async def test_the_desk_is_filtered(place: Place) -> None:
    complaint = await filed(place, due_in=-HOUR)
    question = await filed(place, kind=CaseKind.QUESTION)
    mine = await filed(place)
    done = await filed(place)
    await place.tell(said(AssignCase, RITA, case_id=mine, assignee_id=RITA.id))
    await place.tell(said(ResolveCase, RITA, case_id=done))

    assert await desk(place, kind=CaseKind.QUESTION) == [question]
    assert await desk(place, assignee_id=RITA.id) == [mine]
    assert await desk(place, unassigned=True) == [complaint, question]
    assert await desk(place, breached=True) == [complaint]
    assert complaint not in await desk(place, breached=False)
    assert await desk(place, state=CaseState.RESOLVED) == [done]


async def test_my_cases_are_those_i_filed_or_joined_newest_first(place: Place) -> None:
    first, other, third = await filed(place), await filed(place, EVE), await filed(place)
    await joined(place, other, BOB)
    left = await filed(place, EVE)
    await joined(place, left, BOB)
    await place.tell(said(LeaveCase, BOB, case_id=left))

    assert await walked(place, MyCases, 2, viewer=BOB) == [other, third, first]
    assert await walked(place, MyCases, 2, viewer=member("stranger")) == []


async def test_a_case_is_found_by_whole_words_of_its_subject(place: Place) -> None:
    taco = await filed(place, subject="Der Täco-Wagen ist ZU")
    burrito = await filed(place, subject="Burrito ist kalt")

    async def found(words: str | None) -> list[UUID]:
        return await walked(place, CasesPage, 1, viewer=EVE, words=words)

    assert await found("zu taco") == [taco]
    assert await found("ist") == [burrito, taco]
    assert await found(None) == [burrito, taco]
    assert await found("kal") == await found("4111") == await found("!?") == []
    assert await walked(place, CasesPage, 9, viewer=EVE, words="ist", kind=CaseKind.PRAISE) == []
    await place.tell(said(ResolveCase, RITA, case_id=taco))
    assert await found("taco") == []
    assert await walked(place, CasesPage, 9, viewer=EVE, words="taco", state=CaseState.RESOLVED) == [taco]


@pytest.mark.parametrize(
    ("text", "words"),
    [("Ärger & ÄRGER", ("arger",)), ("", ()), ("ﬁne 2nd", ("fine", "2nd")), ("naïve—Straße", ("naive", "strasse"))],
)
def test_words_are_told_apart_by_neither_case_nor_accent(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


async def test_every_list_comes_sorted_out_of_an_index(place: Place, mongod: tuple[Process, str]) -> None:
    by = [member(f"m{number}") for number in range(4)]
    for number in range(40):
        case = await filed(place, by[number % 4], due_in=HOUR * (3 - number))
        await joined(place, case, BOB)
    asked: list[Query] = [
        DeskPage(viewer=RITA, window=Window()),
        DeskPage(viewer=RITA, kind=CaseKind.COMPLAINT, breached=True, window=Window()),
        DeskPage(viewer=RITA, assignee_id=RITA.id, window=Window()),
        DeskPage(viewer=RITA, unassigned=True, window=Window(last=5)),
        CasesPage(viewer=BOB, window=Window()),
        CasesPage(viewer=BOB, words="order line", window=Window()),
        MyCases(viewer=BOB, window=Window()),
        ThreadPage(viewer=BOB, case_id=case, window=Window()),
        ThreadPage(viewer=RITA, case_id=case, window=Window()),
    ]
    for query in asked:
        with overhearing(place, mongod[1]) as (listened, heard):
            await listened.ask(query)
            await listened.corridor.stop()

            for plan in await plans(place, heard):
                assert not stages(plan) & {"SORT", "COLLSCAN"}, query


async def test_a_rare_word_is_found_without_reading_what_does_not_hold_it(
    place: Place, mongod: tuple[Process, str]
) -> None:
    for number in range(40):
        await filed(place, subject=f"Taco number {number}")
    with overhearing(place, mongod[1]) as (listened, heard):
        await listened.ask(CasesPage(viewer=BOB, words="7 taco", window=Window()))
        await listened.corridor.stop()

        [plan] = await plans(place, heard)
        assert plan["executionStats"]["totalDocsExamined"] == 1


async def test_a_page_of_fifty_costs_no_more_questions_than_a_page_of_one(
    place: Place, mongod: tuple[Process, str]
) -> None:
    cases = [await filed(place) for _ in range(50)]
    await asyncio.gather(*(joined(place, case, EVE) for case in cases))
    asked = [MyCases(viewer=EVE, window=Window(first=50)), DeskPage(viewer=RITA, window=Window(first=50))]
    for query in asked:
        reads = []
        for size in (1, 50):
            with overhearing(place, mongod[1]) as (listened, heard):
                page = await listened.ask(query.model_copy(update={"window": Window(first=size)}))
                await listened.corridor.stop()
                assert len(page.items) == size
                reads.append(len([read for read in heard.reads if "getMore" not in read]))
        assert reads[1] <= reads[0] <= 7


async def test_cases_are_named_in_the_order_asked(place: Place) -> None:
    first, second = await filed(place), await filed(place)

    named = await place.ask(CasesNamed(viewer=EVE, case_ids=(second, RITA.id, first)))

    assert [case and case.id for case in named] == [second, None, first]
