"""Responses, as the browser sees it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from contracts import responses
from contracts.messages import Invalid
from contracts.responses import CaseKind, CaseState, ClockKind, ClockState, MessageKind
from gateway.context import Context, Info
from gateway.nodes import Node, found_as, global_id, uuid_of
from gateway.pages import Connection, connection, window
from gateway.payloads import Happened, UserError, given, refusing_into
from gateway.strategy import Goal, Person, goal
from gateway.words import KEY, said, worded

LONGEST_SEARCH = 200

worded(
    CaseKind,
    complaint="Something is wrong.",
    question="Something is not known.",
    praise="Something is good.",
)
worded(
    CaseState,
    open="Something is left to do. It may be joined.",
    resolved="Nothing is left to do. It may be reopened.",
)
worded(
    ClockKind,
    first_response="From the filing or joining to the first reply.",
    next_response="From the earliest unanswered message to the reply.",
    first_resolution="From the filing to the first resolution.",
    total_resolution="From the filing to the last resolution.",
)
worded(
    ClockState,
    pending="It runs.",
    warned="It runs, and little time is left.",
    paused="It stands still while the case waits for someone else.",
    breached="What was promised is overdue and still owed.",
    met="What was promised came in time.",
    settled_late="What was promised came after it was due.",
    cancelled="Nothing is promised any more.",
)
worded(
    MessageKind,
    body="What the case was filed with. Private.",
    addition="What a member added whom the case concerns. Private.",
    reply="What the house answered, to everyone whom the case concerns.",
    note="What the desk wrote down for itself.",
)


class SearchIsTooLong(Invalid):
    """Search for at most 200 characters."""


@strawberry.type
class Clock:
    """One promise to you."""

    kind: ClockKind = said("What is promised.")
    state: ClockState = said("Where it stands.")
    started_at: datetime = said("Since when it runs.")
    due_at: datetime = said("By when it was promised.")


@strawberry.type
class Concern:
    """What a case is to you, who filed or joined it."""

    filed: bool = said("Whether you filed it; else you have joined.")
    since: datetime = said("Since when it concerns you.")
    clock: Clock = said("What is promised to you.")

    @classmethod
    def of(cls, mine: responses.Mine) -> Self:
        """Dress what a case is to the viewer."""
        return cls(filed=mine.filed, since=mine.since, clock=Clock(**dict(mine.clock)))


@strawberry.type
class DeskView:
    """What only the desk sees of a case."""

    filer: Person = said("Who filed it.")
    posted_at: datetime = said("When the customer posted it, here or elsewhere.")
    assignee: Person | None = said("Who is to answer it; null where nobody is.")
    next_due: datetime | None = said("When the earliest open clock is due, or was; null where nobody waits.")
    breached: bool = said("Whether somebody has been let down and still waits.")

    @classmethod
    def of(cls, desk: responses.AtTheDesk) -> Self:
        """Dress the desk's part."""
        assignee = Person.named(desk.assignee_id, desk.assignee_name) if desk.assignee_id else None
        return cls(
            filer=Person.named(desk.filer_id, desk.filer_name),
            posted_at=desk.posted_at,
            assignee=assignee,
            next_due=desk.next_due,
            breached=desk.breached,
        )


@strawberry.type
class CaseMessage:
    """Something written on a case."""

    id: strawberry.ID = said("Its id.")
    kind: MessageKind = said("What it is, and so who reads it.")
    author: Person = said("Who wrote it.")
    text: str = said("What it says.")
    written_at: datetime = said("When it was written.")

    @classmethod
    def of(cls, message: responses.Message) -> Self:
        """Dress a message."""
        return cls(
            id=global_id("CaseMessage", message.id),
            kind=message.kind,
            author=Person.named(message.author_id, message.author_name),
            text=message.text,
            written_at=message.written_at,
        )


@strawberry.type
class Case(Node):
    """A complaint, a question or praise. Its subject is for all members; what is private says so."""

    kind: CaseKind = said("What it is.")
    subject: str = said("What it is about. Public among members.")
    tags: list[str] = said("Words to sort it by.")
    state: CaseState = said("Whether something is left to do.")
    filed_at: datetime = said("When it was filed.")
    replied_at: datetime | None = said("When it was first replied to.")
    resolved_at: datetime | None = said("When it was resolved; null while it is open.")
    joiners: int = said("How many have joined whoever filed it.")
    mine: Concern | None = said("What it is to you; null where you have neither filed nor joined it.")
    desk: DeskView | None = said("What only the desk sees; null for everybody else.")
    version: int = said("Rises with every change of what you see here; an older picture has a lower one.")
    case_id: strawberry.Private[UUID]
    goal_id: strawberry.Private[UUID | None]

    @strawberry.field
    async def body(self, info: Info) -> str | None:
        """What it was filed with. Private: null for all but whoever filed it and the desk."""
        return await info.context.bodies.load(self.case_id)

    @strawberry.field
    async def goal(self, info: Info) -> Goal | None:
        """The goal under which it was filed; null where it was filed under none."""
        return await goal(info.context, self.goal_id) if self.goal_id else None

    @strawberry.field
    async def thread(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[CaseMessage] | None:
        """What was written on it and you may read, oldest first."""
        part = window(first, after, last, before)
        page = await info.context.ask(responses.ThreadPage, case_id=self.case_id, window=part)
        return connection(page, CaseMessage.of)

    @classmethod
    def of(cls, case: responses.Case) -> Self:
        """Dress a case."""
        return cls(
            id=global_id("Case", case.id),
            kind=case.kind,
            subject=case.subject,
            tags=list(case.tags),
            state=case.state,
            filed_at=case.filed_at,
            replied_at=case.replied_at,
            resolved_at=case.resolved_at,
            joiners=case.joiners,
            mine=Concern.of(case.mine) if case.mine else None,
            desk=DeskView.of(case.desk) if case.desk else None,
            version=case.version,
            case_id=case.id,
            goal_id=case.goal_id,
        )


@found_as("Case")
async def case(context: Context, id: UUID) -> Case | None:
    """A case with the viewer's eyes."""
    found = await context.cases.load(id)
    return Case.of(found) if found else None


@strawberry.input
class FileCaseInput:
    """A complaint, a question or praise to file."""

    kind: CaseKind = said("What it is.")
    subject: str = said("What it is about, public among members: 1 to 200 characters.")
    body: str = said("What there is to say, private: 1 to 20,000 characters.")
    posted_at: datetime | None = said(
        "When the customer posted it elsewhere, if it comes from there: clocks run since then.", default=None
    )
    goal_id: strawberry.ID | None = said("The goal that it is about; it must be active.", default=None)
    tags: list[str] | None = said("At most 10 words to sort it by, of 1 to 40 characters.", default=None)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class CaseInput:
    """One case."""

    case_id: strawberry.ID = said("The case.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class JoinCaseInput:
    """The case to join."""

    case_id: strawberry.ID = said("The case.")
    addition: str | None = said("What there is to add, private: 1 to 20,000 characters.", default=None)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class LeaveCaseInput(CaseInput):
    """The case to leave."""


@strawberry.input
class WriteToCaseInput:
    """What to add to a case."""

    case_id: strawberry.ID = said("The case.")
    text: str = said("What there is to add, private: 1 to 20,000 characters.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class AssignCaseInput:
    """A case, and whose it shall be to answer."""

    case_id: strawberry.ID = said("The case.")
    assignee_id: strawberry.ID | None = said("The responder; nobody unless said.", default=None)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class NoteCaseInput:
    """What to write down about a case."""

    case_id: strawberry.ID = said("The case.")
    text: str = said("For the desk alone: 1 to 20,000 characters.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class ReplyToCaseInput:
    """What to answer to a case."""

    case_id: strawberry.ID = said("The case.")
    text: str = said("To everyone whom it concerns: 1 to 20,000 characters.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class ResolveCaseInput(CaseInput):
    """The case to resolve."""


@strawberry.input
class ReopenCaseInput(CaseInput):
    """The case to reopen."""


@strawberry.type
class CasePayload:
    """What became of a request about a case."""

    errors: list[UserError] = said("Why it was refused; empty where it was done.", default_factory=list)
    events: list[Happened] = said("What happened; empty where nothing was left to change.", default_factory=list)
    case_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def case(self, info: Info) -> Case | None:
        """The case as it is now; null where the request was refused."""
        return await case(info.context, self.case_id) if self.case_id else None


@strawberry.type
class FileCasePayload(CasePayload):
    """What became of `fileCase`."""


@strawberry.type
class JoinCasePayload(CasePayload):
    """What became of `joinCase`."""


@strawberry.type
class LeaveCasePayload(CasePayload):
    """What became of `leaveCase`."""


@strawberry.type
class WriteToCasePayload(CasePayload):
    """What became of `writeToCase`."""


@strawberry.type
class AssignCasePayload(CasePayload):
    """What became of `assignCase`."""


@strawberry.type
class NoteCasePayload(CasePayload):
    """What became of `noteCase`."""


@strawberry.type
class ReplyToCasePayload(CasePayload):
    """What became of `replyToCase`."""


@strawberry.type
class ResolveCasePayload(CasePayload):
    """What became of `resolveCase`."""


@strawberry.type
class ReopenCasePayload(CasePayload):
    """What became of `reopenCase`."""


@strawberry.type
class Query:
    """What may be asked about responses."""

    @strawberry.field
    async def case(self, info: Info, id: strawberry.ID) -> Case | None:
        """A case; null where there is none to see."""
        return await case(info.context, uuid_of(id, "Case"))

    @strawberry.field
    async def cases(
        self,
        info: Info,
        words: str | None = None,
        state: CaseState = CaseState.OPEN,
        kind: CaseKind | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Case] | None:
        """Cases, newest first: those whose subject holds all of these words, whole, where any are given."""
        if len(words or "") > LONGEST_SEARCH:
            raise SearchIsTooLong(path=("words",))
        part = window(first, after, last, before)
        page = await info.context.ask(responses.CasesPage, words=words, state=state, kind=kind, window=part)
        return connection(page, Case.of)

    @strawberry.field
    async def my_cases(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Case] | None:
        """The cases that you have filed or joined, the newest for you first."""
        page = await info.context.ask(responses.MyCases, window=window(first, after, last, before))
        return connection(page, Case.of)

    @strawberry.field
    async def desk(
        self,
        info: Info,
        state: CaseState = CaseState.OPEN,
        kind: CaseKind | None = None,
        assignee: strawberry.ID | None = None,
        unassigned: bool = False,
        breached: bool | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Case] | None:
        """Cases by next due, the most urgent first; what nobody waits for comes last. For responders."""
        page = await info.context.ask(
            responses.DeskPage,
            state=state,
            kind=kind,
            assignee_id=uuid_of(assignee, "Member") if assignee else None,
            unassigned=unassigned,
            breached=breached,
            window=window(first, after, last, before),
        )
        return connection(page, Case.of)


async def _done(info: Info, kind: Any, input: Any, payload: Any, **fields: Any) -> Any:
    """Have a command about a case done, and answer with its payload."""
    case_id = uuid_of(input.case_id, "Case", path=("caseId",))
    _, done = await info.context.do(kind, input.idempotency_key, case_id=case_id, **fields)
    return payload(case_id=case_id, events=Happened.all_of(done.events))


@strawberry.type
class Mutation:
    """What may be asked of responses."""

    @strawberry.mutation
    @refusing_into(FileCasePayload)
    async def file_case(self, info: Info, input: FileCaseInput) -> FileCasePayload | None:
        """Bring a complaint, a question or praise."""
        fields = given(input)
        key = fields.pop("idempotency_key", None)
        if "goal_id" in fields:
            fields["goal_id"] = uuid_of(fields["goal_id"], "Goal", path=("goalId",))
        case_id, done = await info.context.do(responses.FileCase, key, **fields)
        return FileCasePayload(case_id=case_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(JoinCasePayload)
    async def join_case(self, info: Info, input: JoinCaseInput) -> JoinCasePayload | None:
        """Say "me too" to an open case; a first reply is promised to you from now on."""
        done: JoinCasePayload = await _done(info, responses.JoinCase, input, JoinCasePayload, addition=input.addition)
        return done

    @strawberry.mutation
    @refusing_into(LeaveCasePayload)
    async def leave_case(self, info: Info, input: LeaveCaseInput) -> LeaveCasePayload | None:
        """Take back that you joined."""
        done: LeaveCasePayload = await _done(info, responses.LeaveCase, input, LeaveCasePayload)
        return done

    @strawberry.mutation
    @refusing_into(WriteToCasePayload)
    async def write_to_case(self, info: Info, input: WriteToCaseInput) -> WriteToCasePayload | None:
        """Add something to a case that you have filed or joined, for the desk to read."""
        done: WriteToCasePayload = await _done(info, responses.WriteToCase, input, WriteToCasePayload, text=input.text)
        return done

    @strawberry.mutation
    @refusing_into(AssignCasePayload)
    async def assign_case(self, info: Info, input: AssignCaseInput) -> AssignCasePayload | None:
        """Give a case to a responder, or to nobody; no clock is reset. For responders."""
        assignee = uuid_of(input.assignee_id, "Member", path=("assigneeId",)) if input.assignee_id else None
        done: AssignCasePayload = await _done(
            info, responses.AssignCase, input, AssignCasePayload, assignee_id=assignee
        )
        return done

    @strawberry.mutation
    @refusing_into(NoteCasePayload)
    async def note_case(self, info: Info, input: NoteCaseInput) -> NoteCasePayload | None:
        """Write something down about a case, for the desk alone. For responders."""
        done: NoteCasePayload = await _done(info, responses.NoteCase, input, NoteCasePayload, text=input.text)
        return done

    @strawberry.mutation
    @refusing_into(ReplyToCasePayload)
    async def reply_to_case(self, info: Info, input: ReplyToCaseInput) -> ReplyToCasePayload | None:
        """Answer everyone whom a case concerns: whoever filed it, and all who have joined. For responders."""
        done: ReplyToCasePayload = await _done(info, responses.ReplyToCase, input, ReplyToCasePayload, text=input.text)
        return done

    @strawberry.mutation
    @refusing_into(ResolveCasePayload)
    async def resolve_case(self, info: Info, input: ResolveCaseInput) -> ResolveCasePayload | None:
        """Be done with a case. For responders."""
        done: ResolveCasePayload = await _done(info, responses.ResolveCase, input, ResolveCasePayload)
        return done

    @strawberry.mutation
    @refusing_into(ReopenCasePayload)
    async def reopen_case(self, info: Info, input: ReopenCaseInput) -> ReopenCasePayload | None:
        """Take up a resolved case again. For whoever filed it and responders."""
        done: ReopenCasePayload = await _done(info, responses.ReopenCase, input, ReopenCasePayload)
        return done
