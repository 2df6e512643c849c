"""What every message is: commands, queries, events, answers and refusals."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

T = TypeVar("T")


def _to_the_millisecond(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


Moment = Annotated[AwareDatetime, AfterValidator(_to_the_millisecond)]  # an instant, in UTC, to the millisecond


class Audience(StrEnum):
    """Which side of the organization a member stands on."""

    EMPLOYEE = "employee"
    VENDOR = "vendor"
    CUSTOMER = "customer"


class Role(StrEnum):
    """What a member may do beyond taking part."""

    ORGANIZER = "organizer"
    MODERATOR = "moderator"
    RESPONDER = "responder"
    STRATEGIST = "strategist"
    ADMIN = "admin"


class Data(BaseModel):
    """A frozen value. Unknown fields are ignored, so an older reader survives an additive change."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Member(Data):
    """A person of the community, as they were when they acted."""

    id: UUID
    name: str
    audience: Audience
    roles: frozenset[Role] = frozenset()


class Command(Data):
    """Something a member asks a service to do, once (P3, P4).

    `id` names the request for ever: the same id with the same input is answered as it was the first time.
    `arrived` is UTC, stamped once at the gateway (P16). `acted_by` is the administrator who acts as `member`, if any.
    """

    id: UUID
    member: Member
    arrived: Moment
    acted_by: UUID | None = None

    @property
    def key(self) -> str:
        """The aggregate this is about; commands of one key keep their order."""
        return str(self.id)


class Query(Data):
    """A question to one service. `viewer` is None for a visitor who has not signed in."""

    answer: ClassVar[Any]

    viewer: Member | None = None


class Event(Data):
    """A fact: published on `topic`, ordered and keyed by `key`, counted by `version` within it (P12)."""

    topic: ClassVar[str]
    kept_for_seconds: ClassVar[int | None] = None  # None: for ever (P22)

    version: int

    @property
    def key(self) -> str:
        """The id of the aggregate that this happened to."""
        raise NotImplementedError

    @classmethod
    def service(cls) -> str:
        """The street that says this."""
        return cls.topic.split(".")[0]

    @classmethod
    def type(cls) -> str:
        """The CloudEvents type."""
        return f"org.folkmoot.{cls.service()}.{cls.__name__}.v1"


class Happened(Data):
    """One event that a command caused, as told to whoever sent it (P5)."""

    kind: str
    id: UUID
    key: str
    version: int


class Done(Data):
    """The answer to an accepted command: what happened. Empty when there was nothing left to change."""

    events: tuple[Happened, ...] = ()


class Window(Data):
    """Which part of a list is wanted: the `first` after a cursor, or the `last` before one. At most 100."""

    first: int | None = Field(default=None, ge=0, le=100)
    after: str | None = None
    last: int | None = Field(default=None, ge=0, le=100)
    before: str | None = None


class Page(Data, Generic[T]):
    """Part of a list in a stable order; `cursors` stand beside `items`; `total` counts the whole list."""

    items: list[T]
    cursors: list[str]
    has_next: bool
    has_previous: bool
    total: int


class Problem(Data):
    """One refusal on the wire; `path` names the input field it is about."""

    code: str
    message: str
    path: tuple[str, ...] = ()
    retryable: bool = False


class Refused(Exception):
    """A rule said no. The class name is the code everywhere; the docstring is the message where none is given."""

    status: ClassVar[int] = 409
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None, path: tuple[str, ...] = ()) -> None:
        super().__init__(message or " ".join((self.__doc__ or type(self).__name__).split()))
        self.path = path

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What to tell whoever asked; several where several pieces are missing."""
        return (Problem(code=type(self).__name__, message=str(self), path=self.path, retryable=self.retryable),)


class Invalid(Refused):
    """The input breaks a declared bound."""

    status = 422


class NotFound(Refused):
    """There is no such thing, or you may not see it."""

    status = 404


class NotAllowed(Refused):
    """You may not do this. Ask someone who holds the role for it."""

    status = 403


class MayBeEarly(Refused):
    """Refused for want of something another street may be about to say (P10); it may come a little later yet."""

    retryable = True


class KeyReused(Refused):
    """This idempotency key was used before with other input. Use a new key for a new request."""


class NoSuchCursor(Invalid):
    """This cursor is not one that was given out for this list. Start again without it."""


def derived(parent: UUID, name: str) -> UUID:
    """The id that two streets agree on without asking each other (P9): uuid5(parent, name)."""
    return uuid5(parent, name)
