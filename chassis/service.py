"""What a service is: its name, its store, and what it does when asked, when others speak, and when time comes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.kept import Ref
from chassis.store import Store
from contracts.messages import Command, Data, Event, Moment, Query

Handler = Callable[[Any, Any], Awaitable[Sequence[Event]]]


class Errand(Data):
    """What a service tells itself: a deadline that fell due, or something to announce.

    `part` names a part of the aggregate that has deadlines of its own. `found` is what was looked up before the
    transaction.
    """

    id: UUID
    name: str
    aggregate_id: UUID
    arrived: Moment
    due: Moment | None = None
    part: str | None = None
    found: Any = None

    @property
    def key(self) -> str:
        """The aggregate, or its part."""
        return str(self.aggregate_id) if self.part is None else f"{self.aggregate_id}:{self.part}"


@dataclass(frozen=True)
class Fence:
    """Documents written first of all in a transaction, before anybody in flight can (P15)."""

    collection: str
    wanted: dict[str, Any]
    change: dict[str, Any]
    expected: int


@dataclass(frozen=True)
class Handled:
    """How one kind of message is handled.

    `touching` names documents to read for the whole batch at once. `fencing` names what to write first. `before` looks
    things up outside any transaction, for an errand. Without a `receipt` a handler is guarded by what it writes (P11).
    """

    by: Handler
    touching: tuple[Callable[..., Iterable[Ref]], ...] = ()
    fencing: Callable[[Any], Fence] | None = None
    before: Callable[[Any, Any], Awaitable[Any]] | None = None
    receipt: bool = True


@dataclass(frozen=True)
class Service:
    """A service at a glance.

    `announcing` names, per event, the errand that the relay's leader runs for its aggregate right after publishing it;
    `unannounced` finds, for the sweep of every replica, the aggregates for which it still has to be run (P17).
    """

    name: str
    store: type[Store]
    commands: Mapping[type[Command], Handled] = field(default_factory=dict)
    queries: Mapping[type[Query], Callable[[Any, Any], Awaitable[Any]]] = field(default_factory=dict)
    reactions: Mapping[type[Event], Handled] = field(default_factory=dict)
    errands: Mapping[str, Handled] = field(default_factory=dict)
    announcing: Mapping[type[Event], "Announced"] = field(default_factory=dict)
    unannounced: Mapping[str, Callable[[Any, bool], Awaitable[Iterable[UUID]]]] = field(default_factory=dict)

    def handled(self, message: "Command | Event | Errand") -> Handled:
        """How a message is handled here."""
        if isinstance(message, Errand):
            return self.errands[message.name]
        if isinstance(message, Command):
            return self.commands[type(message)]
        return self.reactions[type(message)]

    def hears(self) -> list[str]:
        """The topics on which others say what this service reacts to."""
        return sorted({event.topic for event in self.reactions})


@dataclass(frozen=True)
class Announced:
    """An errand that follows an event, at most once in `every` seconds per aggregate."""

    errand: str
    of: Callable[[Any], UUID]
    every: float = 0.1
