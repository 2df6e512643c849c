"""The strategy service, at a glance."""

from starlette.applications import Starlette

from chassis.process import serve
from chassis.service import Handled, Service
from contracts.ideas import IdeaSubmitted
from contracts.strategy import AchieveGoal, ActivateGoal, GoalsNamed, GoalsPage, MissGoal, RetireGoal, SetGoal
from contracts.voting import PaperHandedIn, VoteCast
from services.strategy.consumers import hear_contributor, hear_voter
from services.strategy.handlers import achieve_goal, activate_goal, miss_goal, retire_goal, set_goal
from services.strategy.queries import goals_named, goals_page
from services.strategy.store import Goals

strategy = Service(
    name="strategy",
    store=Goals,
    commands={
        SetGoal: Handled(by=set_goal),
        ActivateGoal: Handled(by=activate_goal, touching=(Goals.named,)),
        AchieveGoal: Handled(by=achieve_goal, touching=(Goals.named,)),
        MissGoal: Handled(by=miss_goal, touching=(Goals.named,)),
        RetireGoal: Handled(by=retire_goal, touching=(Goals.named,)),
    },
    queries={GoalsNamed: goals_named, GoalsPage: goals_page},
    reactions={
        VoteCast: Handled(by=hear_voter, touching=(Goals.voice_of_voter,), receipt=False),
        PaperHandedIn: Handled(by=hear_voter, touching=(Goals.voice_of_voter,), receipt=False),
        IdeaSubmitted: Handled(by=hear_contributor, touching=(Goals.voice_of_author,), receipt=False),
    },
)


def app() -> Starlette:
    """The ASGI application."""
    return serve(strategy)
