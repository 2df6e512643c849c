"""Strategy, as the browser sees it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from contracts import strategy
from contracts.strategy import GoalState
from gateway.context import Context, Info
from gateway.nodes import Node, found_as, global_id, uuid_of
from gateway.pages import Connection, connection, window
from gateway.payloads import Happened, UserError, refusing_into
from gateway.words import said, worded

worded(
    GoalState,
    draft="Written down, and not begun.",
    active="Work goes on under it.",
    achieved="It was reached.",
    missed="It was not reached.",
    retired="It was dropped.",
)


@strawberry.type
class Person:
    """A member, as others see them."""

    id: strawberry.ID = said("The member's id. It is the same wherever the member appears.")
    name: str | None = said("Their name; null where it is not known, or the member was erased.")

    @classmethod
    def named(cls, id: UUID, name: str | None) -> Self:
        """Dress a member."""
        return cls(id=global_id("Member", id), name=name)


@strawberry.type
class Voices:
    """How many different members spoke for a goal."""

    heard: int = said("By a vote or by an idea, each member once.")
    voters: int = said("By a vote.")
    contributors: int = said("By an idea.")


@strawberry.type
class Goal(Node):
    """Something the organization wants to reach, and what it builds on."""

    statement: str = said("What is to be reached.")
    advantage: str = said("The competitive advantage that it builds on.")
    owner: Person = said("Who answers for it.")
    starts: datetime = said("When its period begins.")
    ends: datetime = said("When its period ends.")
    state: GoalState = said("Where it stands in its life.")
    voices: Voices = said("Who spoke for it.")
    version: int = said("Counts up with every change.")
    supports_id: strawberry.Private[UUID | None]

    @strawberry.field
    async def supports(self, info: Info) -> "Goal | None":
        """The goal that this one supports; null at the top of the tree."""
        return await goal(info.context, self.supports_id) if self.supports_id else None

    @classmethod
    def of(cls, goal: strategy.Goal) -> Self:
        """Dress a goal."""
        return cls(
            id=global_id("Goal", goal.id),
            statement=goal.statement,
            advantage=goal.advantage,
            owner=Person.named(goal.owner_id, goal.owner_name),
            starts=goal.starts,
            ends=goal.ends,
            state=goal.state,
            voices=Voices(heard=goal.voices.heard, voters=goal.voices.voters, contributors=goal.voices.contributors),
            version=goal.version,
            supports_id=goal.supports,
        )


@found_as("Goal")
async def goal(context: Context, id: UUID) -> Goal | None:
    """A goal with the viewer's eyes."""
    found = await context.goals.load(id)
    return Goal.of(found) if found else None


@strawberry.input
class SetGoalInput:
    """A goal to write down."""

    statement: str = said("What is to be reached: 1 to 500 characters.")
    advantage: str = said("The competitive advantage that it builds on: 1 to 500 characters.")
    starts: datetime = said("When its period begins.")
    ends: datetime = said("When its period ends, after its beginning.")
    owner_id: strawberry.ID | None = said("The member who answers for it; you, unless said.", default=None)
    supports: strawberry.ID | None = said("The goal that it supports.", default=None)
    idempotency_key: str | None = said("Names this request, so that repeating it does it once.", default=None)


@strawberry.input
class GoalInput:
    """One goal."""

    goal_id: strawberry.ID = said("The goal.")
    idempotency_key: str | None = said("Names this request, so that repeating it does it once.", default=None)


@strawberry.type
class GoalPayload:
    """What became of a request about a goal."""

    errors: list[UserError] = said("Why it was refused; empty where it was done.", default_factory=list)
    events: list[Happened] = said("What happened; empty where nothing was left to change.", default_factory=list)
    goal_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def goal(self, info: Info) -> Goal | None:
        """The goal as it is now; null where the request was refused."""
        return await goal(info.context, self.goal_id) if self.goal_id else None


@strawberry.type
class SetGoalPayload(GoalPayload):
    """What became of `setGoal`."""


@strawberry.input
class ActivateGoalInput(GoalInput):
    """The goal to activate."""


@strawberry.type
class ActivateGoalPayload(GoalPayload):
    """What became of `activateGoal`."""


@strawberry.input
class AchieveGoalInput(GoalInput):
    """The goal to achieve."""


@strawberry.type
class AchieveGoalPayload(GoalPayload):
    """What became of `achieveGoal`."""


@strawberry.input
class MissGoalInput(GoalInput):
    """The goal to miss."""


@strawberry.type
class MissGoalPayload(GoalPayload):
    """What became of `missGoal`."""


@strawberry.input
class RetireGoalInput(GoalInput):
    """The goal to retire."""


@strawberry.type
class RetireGoalPayload(GoalPayload):
    """What became of `retireGoal`."""


@strawberry.type
class Query:
    """What may be asked about strategy."""

    @strawberry.field
    async def goal(self, info: Info, id: strawberry.ID) -> Goal | None:
        """A goal; null where there is none to see."""
        return await goal(info.context, uuid_of(id, "Goal"))

    @strawberry.field
    async def goals(
        self,
        info: Info,
        state: GoalState | None = None,
        supports: strawberry.ID | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Goal] | None:
        """Goals, newest first: of a state, or those that support another goal, where asked."""
        page = await info.context.ask(
            strategy.GoalsPage,
            state=state,
            supports=uuid_of(supports, "Goal") if supports else None,
            window=window(first, after, last, before),
        )
        return connection(page, Goal.of)


async def _of_goal(info: Info, kind: type[strategy.GoalCommand], input: GoalInput, payload: type[GoalPayload]) -> Any:
    goal_id = uuid_of(input.goal_id, "Goal", path=("goalId",))
    _, done = await info.context.do(kind, input.idempotency_key, goal_id=goal_id)
    return payload(goal_id=goal_id, events=Happened.all_of(done.events))


@strawberry.type
class Mutation:
    """What may be asked of strategy."""

    @strawberry.mutation
    @refusing_into(SetGoalPayload)
    async def set_goal(self, info: Info, input: SetGoalInput) -> SetGoalPayload | None:
        """Write down a goal, as a draft. For strategists."""
        goal_id, done = await info.context.do(
            strategy.SetGoal,
            input.idempotency_key,
            statement=input.statement,
            advantage=input.advantage,
            starts=input.starts,
            ends=input.ends,
            owner_id=uuid_of(input.owner_id, "Member", path=("ownerId",)) if input.owner_id else None,
            supports=uuid_of(input.supports, "Goal", path=("supports",)) if input.supports else None,
        )
        return SetGoalPayload(goal_id=goal_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(ActivateGoalPayload)
    async def activate_goal(self, info: Info, input: ActivateGoalInput) -> ActivateGoalPayload | None:
        """Let work begin under a goal that is a draft. For its owner and strategists."""
        payload: ActivateGoalPayload = await _of_goal(info, strategy.ActivateGoal, input, ActivateGoalPayload)
        return payload

    @strawberry.mutation
    @refusing_into(AchieveGoalPayload)
    async def achieve_goal(self, info: Info, input: AchieveGoalInput) -> AchieveGoalPayload | None:
        """Declare an active goal reached. For its owner and strategists."""
        payload: AchieveGoalPayload = await _of_goal(info, strategy.AchieveGoal, input, AchieveGoalPayload)
        return payload

    @strawberry.mutation
    @refusing_into(MissGoalPayload)
    async def miss_goal(self, info: Info, input: MissGoalInput) -> MissGoalPayload | None:
        """Declare an active goal not reached. For its owner and strategists."""
        payload: MissGoalPayload = await _of_goal(info, strategy.MissGoal, input, MissGoalPayload)
        return payload

    @strawberry.mutation
    @refusing_into(RetireGoalPayload)
    async def retire_goal(self, info: Info, input: RetireGoalInput) -> RetireGoalPayload | None:
        """Drop a goal that no longer matters. For its owner and strategists."""
        payload: RetireGoalPayload = await _of_goal(info, strategy.RetireGoal, input, RetireGoalPayload)
        return payload
