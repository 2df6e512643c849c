"""Who sees what of a case: nobody sees another's private words (R2, R11). One test for everyone there is."""

from typing import Any
from uuid import UUID

import pytest

from chassis.health import Health
from chassis.http import HttpDoor
from contracts.access import RoleIsMissing, SignInFirst
from contracts.messages import Member, Query, Window
from contracts.responses import (
    BodiesOf,
    CasesNamed,
    CasesPage,
    DeskPage,
    LeaveCase,
    MessageKind,
    MyCases,
    NoteCase,
    ThreadPage,
    WriteToCase,
)
from tests.responses.conftest import DESK, EVERYBODY, RITA, SECRET, filed, joined, replied
from tests.stage import BOB, Place, said

JOINED, OTHER = "my own order is 4711", "and mine is 4712"
NOTE, REPLY, AGAIN = "he is known for this", "it is back", "my street is Elm Street"
PRIVATE = {SECRET: "the filer", AGAIN: "the filer", JOINED: "a joiner", OTHER: "another joiner"}
CONCERNED = ("the filer", "a joiner", "another joiner")
NOBODY: Any = None  # stands at the service's door: who may knock is another test's matter


@pytest.fixture
async def case(place: Place) -> UUID:
    """One on which everything was written that can be."""
    case = await filed(place)
    await joined(place, case, EVERYBODY["a joiner"], addition=JOINED)
    await joined(place, case, EVERYBODY["another joiner"], addition=OTHER)
    await place.tell(said(WriteToCase, BOB, case_id=case, text=AGAIN))
    await place.tell(said(NoteCase, RITA, case_id=case, text=NOTE))
    await replied(place, case, REPLY)
    return case


def everything(case: UUID, viewer: Member | None) -> list[Query]:
    """Every question that may be asked of responses, so that nothing private hides in an answer nobody looked at."""
    asked = {
        CasesNamed: {"case_ids": (case,)},
        CasesPage: {"words": "order line", "window": Window()},
        MyCases: {"window": Window()},
        DeskPage: {"window": Window()},
        BodiesOf: {"case_ids": (case,)},
        ThreadPage: {"case_id": case, "window": Window()},
    }
    return [kind.model_validate({"viewer": viewer, **fields}) for kind, fields in asked.items()]


async def told(place: Place, case: UUID, viewer: Member | None) -> str:
    """All that somebody is answered at the service's door, whatever they ask."""
    door = HttpDoor(place.service, place.database, place.corridor, Health(place.database), NOBODY)
    answers = []
    for query in everything(case, viewer):
        try:
            item = {"kind": type(query).__name__, "data": query.model_dump(mode="json")}
            answers.append((await door._query(item, 0)).decode())
        except (RoleIsMissing, SignInFirst) as refused:
            answers.append(type(refused).__name__)
    return "\n".join(answers)


def test_every_question_of_the_street_is_asked_here(place: Place) -> None:
    assert {type(query) for query in everything(BOB.id, BOB)} == set(place.service.queries)


@pytest.mark.parametrize("who", EVERYBODY)
async def test_private_words_are_read_by_who_wrote_them_and_the_desk(place: Place, case: UUID, who: str) -> None:
    answers = await told(place, case, EVERYBODY[who])

    for words, author in PRIVATE.items():
        assert (words in answers) is (who == author or who in DESK), f"{who} and {author}'s “{words}”"


@pytest.mark.parametrize("who", EVERYBODY)
async def test_notes_are_the_desks(place: Place, case: UUID, who: str) -> None:
    assert (NOTE in await told(place, case, EVERYBODY[who])) is (who in DESK)


@pytest.mark.parametrize("who", EVERYBODY)
async def test_replies_are_for_whom_the_case_concerns_and_the_desk(place: Place, case: UUID, who: str) -> None:
    assert (REPLY in await told(place, case, EVERYBODY[who])) is (who in (*CONCERNED, *DESK))


@pytest.mark.parametrize("who", EVERYBODY)
async def test_who_filed_or_joined_is_told_to_the_desk_alone(place: Place, case: UUID, who: str) -> None:
    answers = await told(place, case, EVERYBODY[who])

    for name in CONCERNED:
        other = EVERYBODY[name]
        assert (str(other.id) in answers) is (who == name or who in DESK), f"{who} and {name}"
    assert ("Bob" in answers) is (who == "the filer" or who in DESK)


@pytest.mark.parametrize("who", EVERYBODY)
async def test_the_public_picture_is_everybodys_and_the_desks_part_the_desks(
    place: Place, case: UUID, who: str
) -> None:
    [picture] = await place.ask(CasesNamed(viewer=EVERYBODY[who], case_ids=(case,)))

    assert (picture.subject, picture.joiners) == ("The order line is down", 2)
    assert (picture.desk is not None) is (who in DESK)
    assert (picture.mine is not None) is (who in CONCERNED)


async def test_a_visitor_sees_nothing_at_all(place: Place, case: UUID) -> None:
    assert set((await told(place, case, None)).split("\n")) == {"SignInFirst"}


async def test_who_has_left_reads_no_more_than_what_was_their_own(place: Place, case: UUID) -> None:
    joiner = EVERYBODY["a joiner"]
    await place.tell(said(LeaveCase, joiner, case_id=case))

    thread = await place.ask(ThreadPage(viewer=joiner, case_id=case, window=Window()))

    assert [(message.kind, message.text) for message in thread.items] == [(MessageKind.ADDITION, JOINED)]


async def test_no_event_carries_a_word_or_a_name(place: Place, case: UUID) -> None:
    """P22: integrators hear who and when, never what."""
    journal = "\n".join(event.model_dump_json() for event in await place.journal())

    for words in (*PRIVATE, NOTE, REPLY, "The order line", "Bob", "Rita"):
        assert words not in journal
