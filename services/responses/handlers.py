"""What responses does when asked."""

from collections.abc import Sequence
from datetime import datetime

from chassis.attempt import MEMBERS
from contracts.access import RESPONDERS, admit
from contracts.messages import Event
from contracts.purpose import NoActiveGoal
from contracts.responses import (
    AssignCase,
    CaseAssigned,
    CaseIsYours,
    CaseNoted,
    CaseReopened,
    ConcernEvent,
    FileCase,
    JoinCase,
    LeaveCase,
    MessageKind,
    NotAResponder,
    NotConcerned,
    NoteCase,
    NotJoined,
    PostedInTheFuture,
    ReopenCase,
    ReplyToCase,
    ResolveCase,
    WriteToCase,
)
from services.responses.case import Case, words_of
from services.responses.concern import Concern, SettledBy, Settlement, settlement_id
from services.responses.settings import promises
from services.responses.store import CASES, GOALS, SETTLEMENTS, Cases


async def file_case(command: FileCase, cases: Cases) -> Sequence[Event]:
    """Put a complaint, a question or praise on record, and promise a first reply."""
    if command.posted_at and command.posted_at > command.arrived:
        raise PostedInTheFuture(path=("postedAt",))
    if command.goal_id is not None:
        goal = await cases.read(GOALS, command.goal_id)
        if goal is None or not goal.active:
            raise NoActiveGoal(path=("goalId",))
    case = Case(
        id=command.id,
        kind=command.kind,
        subject=command.subject,
        tags=command.tags,
        words=words_of(command.subject),
        goal_id=command.goal_id,
        filer_id=command.member.id,
        posted_at=command.posted_at or command.arrived,
        filed_at=command.arrived,
        target=promises().target(command.kind),
    )
    concern, passed = Concern.filing(case)
    events = case.file(command.member.audience, concern.clock.due_at)
    news = case.hear(passed)
    cases.write(CASES, case)
    cases.keep(concern)
    cases.say(case.id, case.id, MessageKind.BODY, command.member.id, command.body, command.arrived)
    return [*events, *passed, *news]


async def join_case(command: JoinCase, cases: Cases) -> Sequence[Event]:
    """Have a case concern one more member; once, however often it is said (R2)."""
    case = await cases.get(command.case_id)
    concern = await cases.concern(case.id, command.member.id)
    if concern is not None and concern.filed:
        raise CaseIsYours(path=("caseId",))
    events: list[ConcernEvent] = []
    if concern is None or concern.left:
        case.admit_joiners()
        member = command.member
        concern, events = Concern.joining(case, member.id, member.audience, command.arrived, concern)
        await cases.count(case, +1, command.arrived)
    if command.addition is not None:
        events += _add(concern, command, command.addition, cases)
    if events:
        cases.keep(concern)
    return events


async def leave_case(command: LeaveCase, cases: Cases) -> Sequence[Event]:
    """Have a case concern one member less. What a reply has settled by now stays settled."""
    case = await cases.get(command.case_id)
    concern = await cases.concern(case.id, command.member.id)
    if concern is None:
        raise NotJoined(path=("caseId",))
    settled = await cases.caught_up(concern, case)
    events = concern.leave(command.arrived)
    await cases.count(case, -1, command.arrived)
    cases.keep(concern)
    return settled + events


async def write_to_case(command: WriteToCase, cases: Cases) -> Sequence[Event]:
    """Add something to a case that concerns the member, for the desk to read."""
    case = await cases.get(command.case_id)
    concern = await cases.concern(case.id, command.member.id)
    if concern is None or concern.left:
        raise NotConcerned(path=("caseId",))
    events = _add(concern, command, command.text, cases)
    cases.keep(concern)
    return events


async def assign_case(command: AssignCase, cases: Cases) -> Sequence[CaseAssigned]:
    """Make a case somebody's to answer. Whoever is not known here yet is taken for a responder."""
    case = await cases.get(command.case_id)
    if command.assignee_id is not None:
        assignee = await cases.read(MEMBERS, command.assignee_id)
        if assignee is not None and not RESPONDERS.by_role(assignee):
            raise NotAResponder(path=("assigneeId",))
    events = case.assign(command.assignee_id, command.member.id, command.arrived)
    cases.write(CASES, case)
    return events


async def note_case(command: NoteCase, cases: Cases) -> Sequence[CaseNoted]:
    """Write something down for the desk alone."""
    case = await cases.get(command.case_id)
    events = case.note(command.member.id, command.arrived)
    cases.say(command.id, case.id, MessageKind.NOTE, command.member.id, command.text, command.arrived)
    cases.write(CASES, case)
    return events


async def reply_to_case(command: ReplyToCase, cases: Cases) -> Sequence[Event]:
    """Answer everyone whom a case concerns (R5). The slots are fenced by now: who joins later waits for the next."""
    case = await cases.get(command.case_id)
    events = case.reply(command.member.id, command.arrived)
    cases.say(command.id, case.id, MessageKind.REPLY, command.member.id, command.text, command.arrived)
    return [*events, *await _end_round(case, SettledBy.REPLY, command.arrived, cases)]


async def resolve_case(command: ResolveCase, cases: Cases) -> Sequence[Event]:
    """Be done with a case. The slots are fenced by now: nobody joins any more."""
    case = await cases.get(command.case_id)
    events = case.resolve(command.member.id, command.arrived)
    if not events:
        return []
    return [*events, *await _end_round(case, SettledBy.RESOLUTION, command.arrived, cases)]


async def reopen_case(command: ReopenCase, cases: Cases) -> Sequence[CaseReopened]:
    """Take up a case again."""
    case = await cases.get(command.case_id)
    admit(command, owner=case.filer_id)
    events = case.reopen(command.member.id, command.arrived)
    cases.write(CASES, case)
    return events


def _add(concern: Concern, command: JoinCase | WriteToCase, text: str, cases: Cases) -> list[ConcernEvent]:
    cases.say(command.id, command.case_id, MessageKind.ADDITION, command.member.id, text, command.arrived)
    return concern.write(command.arrived)


async def _end_round(case: Case, by: SettledBy, at: datetime, cases: Cases) -> Sequence[Event]:
    """Settle the filer's clock here and now, and have the joiners' settled in rounds."""
    number = case.round
    cases.write(SETTLEMENTS, Settlement(settlement_id(case.id, number), case.id, number, by, at))
    cases.write(CASES, case)
    if case.slotted:
        cases.remind("settle", case.id, at, part=str(number))
    filer = await cases.concern(case.id, case.filer_id)
    if filer is None or not filer.owed:
        return []
    events = await cases.caught_up(filer, case)
    cases.keep(filer)
    return events
