"""A desk, and members who come to it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.messages import Audience, Event, Member, Role
from contracts.responses import Case as Picture
from contracts.responses import CaseKind, CasesNamed, FileCase, JoinCase, ReplyToCase
from services.responses.app import responses
from services.responses.settings import promises
from tests.eventually import eventually
from tests.stage import BOB, Place, Stage, member, now, said

RITA = member("rita", Audience.EMPLOYEE, Role.RESPONDER)
EVERYBODY = {
    "the filer": BOB,
    "a joiner": member("joiner"),
    "another joiner": member("other-joiner"),
    "another customer": member("stranger"),
    "an employee": member("employee", Audience.EMPLOYEE),
    "a vendor": member("vendor", Audience.VENDOR),
    "an organizer": member("organizer", Audience.EMPLOYEE, Role.ORGANIZER),
    "a moderator": member("moderator", Audience.EMPLOYEE, Role.MODERATOR),
    "a strategist": member("strategist", Audience.EMPLOYEE, Role.STRATEGIST),
    "a vendor who calls himself responder": member("imposter", Audience.VENDOR, Role.RESPONDER),
    "a customer who calls herself responder": member("impostress", Audience.CUSTOMER, Role.RESPONDER),
    "a responder": RITA,
    "an administrator": member("root", Audience.EMPLOYEE, Role.ADMIN),
}
DESK = ("a responder", "an administrator")
PROMISED = promises().target(CaseKind.COMPLAINT).within
WARNED_AFTER = PROMISED - promises().target(CaseKind.COMPLAINT).warning
SECRET = "my card is 4111 1111 1111 1111"


@pytest.fixture
async def place(stage: Stage) -> Place:
    """Responses, without any case."""
    return await stage.place(responses)


def filing(by: Member = BOB, **more: Any) -> FileCase:
    """A complaint."""
    told = {"kind": CaseKind.COMPLAINT, "subject": "The order line is down", "body": SECRET}
    return said(FileCase, by, **(told | more))


async def filed(place: Place, by: Member = BOB, due_in: timedelta | None = None, **more: Any) -> UUID:
    """A case on record; `due_in` from now where given."""
    if due_in is not None:
        more["posted_at"] = now() + due_in - PROMISED
    command = filing(by, **more)
    await place.tell(command)
    return command.id


async def joined(place: Place, case: UUID, by: Member, **more: Any) -> None:
    """One more whom it concerns."""
    await place.tell(said(JoinCase, by, case_id=case, **more))


async def replied(place: Place, case: UUID, text: str = "It is back.", by: Member = RITA, **more: Any) -> None:
    """Answered."""
    await place.tell(said(ReplyToCase, by, case_id=case, text=text, **more))


async def seen(place: Place, case: UUID, by: Member = RITA) -> Picture:
    """A case as somebody sees it."""
    [picture] = await place.ask(CasesNamed(viewer=by, case_ids=(case,)))
    assert isinstance(picture, Picture)
    return picture


async def settled(place: Place, case: UUID) -> None:
    """Wait until everyone is settled whom the replies so far have answered."""

    async def nobody_waits() -> bool:
        await place.deadlines.fire()
        row = await place.database.collection("cases").find_one({"_id": case})
        assert row is not None
        waiting = {"case_id": case, "owed": True, "round": {"$lt": row["round"]}}
        return await place.database.collection("concerns").count_documents(waiting) == 0

    await eventually(nobody_waits)


async def news(place: Place, *kinds: type[Event]) -> list[Any]:
    """Events of these kinds."""
    return [event for event in await place.journal() if isinstance(event, kinds)]


def nobody() -> UUID:
    """An id that nothing has."""
    return uuid4()
