"""Everything that may be said to, heard from, and refused by responses.

Who sees what of a case (R2, R11):

- Its *subject*, kind, tags, state and how many joined are public among members: whoever has signed in may find it, so
  that they join instead of saying it again. A visitor sees nothing.
- Its *body*, what a joiner adds and what either writes later are private: seen by whoever wrote it and by the desk.
- *Replies* are for everyone whom the case concerns: who filed it, who has joined it, and the desk.
- *Notes*, who filed a case, whose it is to answer and when it is due are the desk's; members see their own clock.

The desk is every responder of the house and every administrator. No other role sees more than any member does.
"""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts.messages import (
    Audience,
    Command,
    Data,
    Event,
    Invalid,
    Moment,
    NotAllowed,
    NotFound,
    Page,
    Query,
    Refused,
    Window,
)

LONGEST_TEXT = 20_000
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class CaseKind(StrEnum):
    """What a member comes with (R1)."""

    COMPLAINT = "complaint"
    QUESTION = "question"
    PRAISE = "praise"


class CaseState(StrEnum):
    """An open case may be joined; a resolved one may be reopened."""

    OPEN = "open"
    RESOLVED = "resolved"


class ClockKind(StrEnum):
    """What is promised (R6)."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    FIRST_RESOLUTION = "first_resolution"
    TOTAL_RESOLUTION = "total_resolution"


class ClockState(StrEnum):
    """Where a clock stands. Pending and warned run; these, paused and breached are open; the rest are settled (R6)."""

    PENDING = "pending"
    WARNED = "warned"
    PAUSED = "paused"
    BREACHED = "breached"
    MET = "met"
    SETTLED_LATE = "settled_late"
    CANCELLED = "cancelled"


class WhyCancelled(StrEnum):
    """Why a clock is off, and in no rate (rules 7, 8 and 13 of R6)."""

    DROPPED = "dropped"
    RESOLVED = "resolved"
    SPAM = "spam"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class MessageKind(StrEnum):
    """What was written on a case: its body, what a member adds, a reply of the house, a note among the desk."""

    BODY = "body"
    ADDITION = "addition"
    REPLY = "reply"
    NOTE = "note"


# -- said to responses ------------------------------------------------------------------------------------------------


class FileCase(Command):
    """Bring a complaint, a question or praise. The case takes the command's id.

    Clocks run since `posted_at`, when the customer said it elsewhere first (rule 1); since the arrival unless said.
    """

    kind: CaseKind
    subject: Subject
    body: Text
    posted_at: Moment | None = None
    goal_id: UUID | None = None
    tags: tuple[Tag, ...] = Field(default=(), max_length=10)


class ConcernCommand(Command):
    """Something that a member asks for themselves, about one case."""

    case_id: UUID

    @property
    def key(self) -> str:
        """What the case is to this member."""
        return concern_id(self.case_id, self.member.id)


class JoinCase(ConcernCommand):
    """Say "me too", once; what is added stays private. The joiner's own clock starts now (R2)."""

    addition: Text | None = None


class LeaveCase(ConcernCommand):
    """Take back a "me too"; nothing is promised to the member any more."""


class WriteToCase(ConcernCommand):
    """Add something to a case that one has filed or joined; only the desk reads it."""

    text: Text


class CaseCommand(Command):
    """Something asked of one case."""

    case_id: UUID

    @property
    def key(self) -> str:
        """The case."""
        return str(self.case_id)


class AssignCase(CaseCommand):
    """Give a case to a responder, or to nobody. No clock is reset by it (rule 15)."""

    assignee_id: UUID | None = None


class NoteCase(CaseCommand):
    """Write something down for the desk alone."""

    text: Text


class ReplyToCase(CaseCommand):
    """Answer everyone whom the case concerns: each one's response clock is settled by it (R5, rule 4)."""

    text: Text


class ResolveCase(CaseCommand):
    """Say that nothing is left to do. Clocks still waiting stop, without having been met (rule 7)."""


class ReopenCase(CaseCommand):
    """Say that something is left to do after all."""


# -- heard from responses ---------------------------------------------------------------------------------------------


class CaseEvent(Event):
    """Something that happened to a case."""

    topic: ClassVar[str] = "responses.cases"

    case_id: UUID
    goal_id: UUID | None

    @property
    def key(self) -> str:
        """The case."""
        return str(self.case_id)


class CaseFiled(CaseEvent):
    """A member came with something; a first reply is promised by `due_at`. `audience` is the member's."""

    kind: CaseKind
    filer_id: UUID
    audience: Audience
    posted_at: Moment
    filed_at: Moment
    due_at: Moment


class CaseAssigned(CaseEvent):
    """A case was given to a responder, or to nobody."""

    assignee_id: UUID | None
    assigned_by: UUID
    assigned_at: Moment


class CaseNoted(CaseEvent):
    """The desk wrote something down for itself."""

    author_id: UUID
    noted_at: Moment


class CaseReplied(CaseEvent):
    """The house answered everyone whom the case concerns."""

    author_id: UUID
    replied_at: Moment


class CaseResolved(CaseEvent):
    """Nothing is left to do."""

    resolved_by: UUID
    resolved_at: Moment


class CaseReopened(CaseEvent):
    """Something is left to do after all."""

    reopened_by: UUID
    reopened_at: Moment


class CaseBreached(CaseEvent):
    """The first of the clocks that wait for the same reply was breached: said once, however many wait."""

    due_at: Moment
    breached_at: Moment


class JoinersChanged(Event):
    """How many have joined a case by now; said at most ten times a second, and kept a day."""

    topic: ClassVar[str] = "responses.joiners"
    kept_for_seconds: ClassVar[int | None] = 86_400

    case_id: UUID
    joiners: int

    @property
    def key(self) -> str:
        """The case."""
        return str(self.case_id)


class ConcernEvent(Event):
    """Something that happened between a case and one member whom it concerns: who filed it, or joined it."""

    topic: ClassVar[str] = "responses.concerns"

    case_id: UUID
    goal_id: UUID | None
    member_id: UUID

    @property
    def key(self) -> str:
        """What the case is to this member."""
        return concern_id(self.case_id, self.member_id)


class CaseJoined(ConcernEvent):
    """A member has the same problem, question or praise; a first reply to them is promised by `due_at`."""

    audience: Audience
    joined_at: Moment
    due_at: Moment


class CaseLeft(ConcernEvent):
    """A member took back that they joined."""

    left_at: Moment


class CustomerWrote(ConcernEvent):
    """A member added something to a case that concerns them."""

    wrote_at: Moment


class ClockEvent(ConcernEvent):
    """Something that became of a clock: one promise to one member, told of each (R6). `number` counts theirs."""

    clock: ClockKind
    number: int
    started_at: Moment
    due_at: Moment


class ClockWarned(ClockEvent):
    """A promise has little open time left."""

    warned_at: Moment


class ClockBreached(ClockEvent):
    """A promise was not kept: recorded once, by the sweep or by the late reply, whichever came first (rule 10).

    `breached_at` is the first moment it was overdue, or that of the late reply.
    """

    breached_at: Moment


class ClockMet(ClockEvent):
    """A promise was kept."""

    met_at: Moment


class ClockSettledLate(ClockEvent):
    """What was promised came after the breach."""

    settled_at: Moment
    overdue_seconds: float


class ClockCancelled(ClockEvent):
    """A promise is off and in no rate: resolved before it was due, or withdrawn."""

    cancelled_at: Moment
    why: WhyCancelled


# -- asked of responses -----------------------------------------------------------------------------------------------


class Clock(Data):
    """One promise to the viewer. `due_at` stays where it was once the clock is breached or settled."""

    kind: ClockKind
    state: ClockState
    started_at: Moment
    due_at: Moment


class Mine(Data):
    """What a case is to the viewer, who filed or joined it."""

    filed: bool
    since: Moment
    clock: Clock


class AtTheDesk(Data):
    """What only the desk sees of a case. Names are None until responses has met the member."""

    filer_id: UUID
    filer_name: str | None
    posted_at: Moment
    assignee_id: UUID | None
    assignee_name: str | None
    next_due: Moment | None
    breached: bool


class Case(Data):
    """A case as this viewer sees it. `mine` is None for whom it does not concern, `desk` for all but the desk.

    Of two pictures, the one with the higher version is newer.
    """

    id: UUID
    kind: CaseKind
    subject: str
    tags: tuple[str, ...]
    goal_id: UUID | None
    state: CaseState
    filed_at: Moment
    replied_at: Moment | None
    resolved_at: Moment | None
    joiners: int
    mine: Mine | None
    desk: AtTheDesk | None
    version: int


class Message(Data):
    """Something written on a case. `author_name` is None where the author is not known, or was erased."""

    id: UUID
    case_id: UUID
    kind: MessageKind
    author_id: UUID
    author_name: str | None
    text: str
    written_at: Moment


class CasesNamed(Query):
    """Cases by id, in the order asked; None where there is none to see."""

    answer = list[Case | None]

    case_ids: tuple[UUID, ...] = Field(max_length=1000)


class CasesPage(Query):
    """Cases of a state, newest first; `words` must all stand in the subject, whole, in any case and order."""

    answer = Page[Case]

    words: str | None = Field(default=None, max_length=200)
    state: CaseState = CaseState.OPEN
    kind: CaseKind | None = None
    window: Window


class MyCases(Query):
    """The cases that the viewer has filed or joined, the newest for them first."""

    answer = Page[Case]

    window: Window


class DeskPage(Query):
    """Cases of a state by next due, the most urgent first; what nobody waits for comes last (rule 16)."""

    answer = Page[Case]

    state: CaseState = CaseState.OPEN
    kind: CaseKind | None = None
    assignee_id: UUID | None = None
    unassigned: bool = False
    breached: bool | None = None
    window: Window


class BodiesOf(Query):
    """The private bodies of cases, in the order asked; None for all but whoever filed it and the desk."""

    answer = list[str | None]

    case_ids: tuple[UUID, ...] = Field(max_length=100)


class ThreadPage(Query):
    """What was written on a case and the viewer may read, oldest first. Refuses `NoSuchCase`."""

    answer = Page[Message]

    case_id: UUID
    window: Window


# -- refused by responses ---------------------------------------------------------------------------------------------


class NoSuchCase(NotFound):
    """There is no case with this id."""


class CaseIsResolved(Refused):
    """This case is resolved. Have it reopened, or file a new one."""


class CaseIsOpen(Refused):
    """This case is open; there is nothing to reopen."""


class CaseIsYours(Refused):
    """You filed this case, so it concerns you already. Write to it to add something."""


class NotJoined(Refused):
    """You have not joined this case."""


class NotConcerned(NotAllowed):
    """Only who filed or joined a case may add to it. Join it first."""


class NotAResponder(Invalid):
    """A case is answered by responders of the house. Assign it to one of them."""


class PostedInTheFuture(Invalid):
    """A case cannot have been posted later than now."""


# -- ids that streets agree on ----------------------------------------------------------------------------------------


def concern_id(case_id: UUID, member_id: UUID) -> str:
    """What one case is to one member."""
    return f"{case_id}:{member_id}"
