"""The outbox: every event of a service, kept for ever; receipts beside it; and its replay to a topic (P3, P18, P21)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeGuard
from uuid import UUID, uuid5

from chassis.kept import Document, Index, Kept, Ref
from chassis.mongo import Database
from chassis.recorded import SERVER_TIME
from chassis.service import Errand
from contracts.messages import Command, Done, Event, Happened
from contracts.topics import EVENTS

OUTBOX = "outbox"
RECEIPTS = "receipts"
LARGEST_EVENT = 256 * 1024


class EventIsTooLarge(Exception):
    """An event over 256 kB would not pass the broker (P20)."""


@dataclass
class _Row:
    id: str


KEPT = (
    Kept(
        OUTBOX,
        _Row,
        indexes=(Index((("recorded", 1),)), Index((("expires", 1),), {"expireAfterSeconds": 0, "sparse": True})),
    ),
    Kept(RECEIPTS, _Row),
)


@lru_cache(maxsize=4096)  # asked for several times within one attempt
def event_id(message_id: UUID, service: str, position: int) -> UUID:
    """The id of the event that a message causes at a position (P4)."""
    return uuid5(message_id, f"{service}:{position}")


def fingerprint(message: "Command | Event | Errand") -> str | None:
    """What a command asked, apart from who and when: other input under the same id is told apart by it (P4)."""
    if not isinstance(message, Command):
        return None
    said = message.model_dump_json(exclude={"id", "member", "arrived", "acted_by"})
    return blake2b(f"{type(message).__name__}{said}".encode(), digest_size=12).hexdigest()


def rows(
    message: "Command | Event | Errand",
    message_id: UUID,
    at: Any,
    service: str,
    events: Sequence[Event],
    trace: str | None,
) -> tuple[list[Document], Done]:
    """The outbox documents of what a message caused, and the answer that goes with them.

    The fields `aggregatetype`, `aggregateid`, `type` and `payload` are those of the Debezium outbox router. The
    document at position 0 is the message's receipt and carries its answer.
    """
    happened = tuple(
        Happened(
            kind=type(event).__name__, id=event_id(message_id, service, position), key=event.key, version=event.version
        )
        for position, event in enumerate(events)
    )
    documents = [_row(event, told, at) for event, told in zip(events, happened, strict=True)]
    common = {"traceparent": trace, "acted_by": str(message.acted_by) if _acts_for_another(message) else None}
    for document in documents:
        document |= {name: value for name, value in common.items() if value}
    if documents:
        said = [{"kind": each.kind, "id": str(each.id), "key": each.key, "version": each.version} for each in happened]
        documents[0] |= {"answer": {"events": said}, "fingerprint": fingerprint(message)}
    return documents, Done(events=happened)


def _row(event: Event, told: Happened, at: Any) -> Document:
    payload = event.model_dump_json()
    if (size := len(payload.encode())) > LARGEST_EVENT:
        raise EventIsTooLarge(f"{told.kind} of {told.key} takes {size} bytes")
    document = {
        "_id": str(told.id),
        "aggregatetype": event.topic,
        "aggregateid": told.key,
        "type": event.type(),
        "payload": payload,
        "at": at,
        "recorded": SERVER_TIME,
    }
    if event.kept_for_seconds is not None:
        document["expires"] = at + timedelta(seconds=event.kept_for_seconds)
    return document


def _acts_for_another(message: "Command | Event | Errand") -> TypeGuard[Command]:
    return isinstance(message, Command) and message.acted_by is not None


def receipt(message: "Command | Event | Errand", message_id: UUID, at: Any) -> Document:
    """What stands for a message that was accepted and changed nothing (P3)."""
    return {"_id": str(message_id), "fingerprint": fingerprint(message), "at": at}


@lru_cache(maxsize=4096)
def traces_of(message_id: UUID, service: str) -> tuple[Ref, Ref]:
    """Where a message that is done has left a trace: its first event, or its receipt (P3)."""
    return (OUTBOX, str(event_id(message_id, service, 0))), (RECEIPTS, str(message_id))


def answer_of(trace: Document) -> tuple[Done, str | None]:
    """What a message that is done was answered, and the fingerprint of what it asked."""
    return Done.model_validate(trace.get("answer", {})), trace["fingerprint"]


async def journal(database: Database, topic: str, since: Any) -> AsyncIterator[Document]:
    """A topic's events in the order they were recorded, from a server timestamp on (P18)."""
    wanted = {"aggregatetype": topic, "recorded": {"$gte": since}, "type": {"$in": list(EVENTS)}}
    async for row in database.collection(OUTBOX).find(wanted, sort=[("recorded", 1)], batch_size=1000):
        yield row
