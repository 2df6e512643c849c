"""The responses service, at a glance."""

from uuid import UUID

from starlette.applications import Starlette

from chassis.process import serve
from chassis.service import Announced, Handled, Service
from contracts.responses import (
    AssignCase,
    BodiesOf,
    CaseJoined,
    CaseLeft,
    CasesNamed,
    CasesPage,
    DeskPage,
    FileCase,
    JoinCase,
    LeaveCase,
    MyCases,
    NoteCase,
    ReopenCase,
    ReplyToCase,
    ResolveCase,
    ThreadPage,
    WriteToCase,
)
from contracts.strategy import GoalAchieved, GoalActivated, GoalMissed, GoalRetired
from services.responses.consumers import learn_goal
from services.responses.errands import count_joiners, settle_clocks, sweep_clock
from services.responses.handlers import (
    assign_case,
    file_case,
    join_case,
    leave_case,
    note_case,
    reopen_case,
    reply_to_case,
    resolve_case,
    write_to_case,
)
from services.responses.queries import bodies_of, cases_named, cases_page, desk_page, my_cases, thread_page
from services.responses.settings import promises
from services.responses.store import Cases, all_slots, uncounted, who_waited


def case_of(concern: str) -> UUID:
    """The case of a concern's id."""
    return UUID(concern.partition(":")[0])


responses = Service(
    name="responses",
    store=Cases,
    commands={
        FileCase: Handled(by=file_case, touching=(Cases.filing,)),
        JoinCase: Handled(by=join_case, touching=(Cases.concerned, Cases.slot)),
        LeaveCase: Handled(by=leave_case, touching=(Cases.concerned, Cases.slot)),
        WriteToCase: Handled(by=write_to_case, touching=(Cases.concerned,)),
        AssignCase: Handled(by=assign_case, touching=(Cases.named,)),
        NoteCase: Handled(by=note_case, touching=(Cases.named,)),
        ReplyToCase: Handled(by=reply_to_case, touching=(Cases.named,), fencing=all_slots),
        ResolveCase: Handled(by=resolve_case, touching=(Cases.named,), fencing=all_slots),
        ReopenCase: Handled(by=reopen_case, touching=(Cases.named,)),
    },
    queries={
        CasesNamed: cases_named,
        CasesPage: cases_page,
        MyCases: my_cases,
        DeskPage: desk_page,
        BodiesOf: bodies_of,
        ThreadPage: thread_page,
    },
    reactions={
        GoalActivated: Handled(by=learn_goal, receipt=False),
        GoalAchieved: Handled(by=learn_goal, receipt=False),
        GoalMissed: Handled(by=learn_goal, receipt=False),
        GoalRetired: Handled(by=learn_goal, receipt=False),
    },
    errands={
        "clock": Handled(by=sweep_clock, touching=(Cases.sweeping,)),
        "settle": Handled(by=settle_clocks, before=who_waited),
        "joiners": Handled(by=count_joiners, touching=(Cases.counting,), receipt=False),
    },
    announcing={
        CaseJoined: Announced("joiners", of=case_of),
        CaseLeft: Announced("joiners", of=case_of),
    },
    unannounced={"joiners": uncounted},
)


def app() -> Starlette:
    """The ASGI application."""
    promises()  # what is promised must be usable from the start
    return serve(responses)
