"""The strategy service, at a glance."""

from starlette.applications import Starlette

from chassis.process import serve
from chassis.service import Handled, Service
from contracts.ideas import IdeaAdopted, IdeaSubmitted
from contracts.responses import CaseFiled
from contracts.strategy import (
    AchieveGoal,
    ActivateGoal,
    ChangeKeyResult,
    CheckIn,
    CheckInsPage,
    DropKeyResult,
    GoalsNamed,
    GoalsPage,
    MissGoal,
    RetireGoal,
    SetGoal,
    SetKeyResult,
)
from contracts.voting import PaperHandedIn, VoteCast
from services.strategy.consumers import count_adopted_idea, count_case, hear_contributor, hear_voter
from services.strategy.handlers import (
    achieve_goal,
    activate_goal,
    change_key_result,
    check_in,
    drop_key_result,
    look_again,
    miss_goal,
    retire_goal,
    set_goal,
    set_key_result,
)
from services.strategy.queries import check_ins_page, goals_named, goals_page
from services.strategy.store import LOOK, Goals

strategy = Service(
    name="strategy",
    store=Goals,
    commands={
        SetGoal: Handled(by=set_goal),
        ActivateGoal: Handled(by=activate_goal, touching=(Goals.named,)),
        AchieveGoal: Handled(by=achieve_goal, touching=(Goals.named,)),
        MissGoal: Handled(by=miss_goal, touching=(Goals.named,)),
        RetireGoal: Handled(by=retire_goal, touching=(Goals.named,)),
        SetKeyResult: Handled(by=set_key_result, touching=(Goals.named,)),
        ChangeKeyResult: Handled(by=change_key_result, touching=(Goals.named,)),
        DropKeyResult: Handled(by=drop_key_result, touching=(Goals.named,)),
        CheckIn: Handled(by=check_in, touching=(Goals.named,)),
    },
    queries={GoalsNamed: goals_named, GoalsPage: goals_page, CheckInsPage: check_ins_page},
    reactions={
        VoteCast: Handled(by=hear_voter, touching=(Goals.voice_of_voter,), receipt=False),
        PaperHandedIn: Handled(by=hear_voter, touching=(Goals.voice_of_voter,), receipt=False),
        IdeaSubmitted: Handled(by=hear_contributor, touching=(Goals.voice_of_author, Goals.submitted), receipt=False),
        IdeaAdopted: Handled(by=count_adopted_idea, touching=(Goals.adopted,), receipt=False),
        CaseFiled: Handled(by=count_case, touching=(Goals.filed,), receipt=False),
    },
    errands={LOOK: Handled(by=look_again, touching=(Goals.looked_at,))},
)


def app() -> Starlette:
    """The ASGI application."""
    return serve(strategy)
