"""Strategy, as the browser sees it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from contracts import strategy
from contracts.strategy import Direction, GoalOrder, GoalState, Health
from gateway.context import Context, Info, now
from gateway.nodes import Node, found_as, global_id, uuid_of
from gateway.pages import Connection, connection, window
from gateway.payloads import Happened, UserError, given, refusing_into
from gateway.words import KEY, said, worded

worded(
    GoalState,
    draft="Written down, and not begun.",
    active="Work goes on under it.",
    achieved="It was reached.",
    missed="It was not reached.",
    retired="It was dropped.",
)
worded(
    Direction,
    increase="More is better.",
    decrease="Less is better.",
)
worded(
    Health,
    ahead="Ten points or more ahead of the pace.",
    on_track="Within ten points of the pace.",
    at_risk="More than ten points behind the pace.",
    behind="More than twenty-five points behind the pace, or not there when the period is over.",
)
worded(
    GoalOrder,
    newest="Those written down last come first.",
    ending="Those whose period ends first come first.",
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
class CheckIn:
    """What was measured once."""

    value: float = said("What was measured.")
    progress: float = said("How far that is from baseline to target, 0 to 1, as the key result is now.")
    confidence: int = said("How sure the member was that the target will be reached: 0 to 10.")
    note: str = said("What they had to say about it.")
    measured_at: datetime = said("When it was measured.")
    arrived_at: datetime = said("When it was told.")
    member: Person = said("Who told it.")

    @classmethod
    def of(cls, kept: strategy.Measurement) -> Self:
        """Dress a check-in."""
        return cls(
            value=kept.value,
            progress=kept.progress,
            confidence=kept.confidence,
            note=kept.note,
            measured_at=kept.measured_at,
            arrived_at=kept.arrived,
            member=Person.named(kept.member_id, kept.member_name),
        )


@strawberry.type
class KeyResult:
    """A figure to move from baseline to target, by which a goal is measured."""

    id: strawberry.ID = said("Its id, among the key results of its goal.")
    name: str = said("What is measured.")
    baseline: float = said("Where it stood at the beginning.")
    target: float = said("Where it should stand in the end.")
    stretch: float | None = said("Where it might stand at best, beyond the target.")
    unit: str = said("What the figures count.")
    direction: Direction = said("Which way is better.")
    weight: float = said("How much it counts, relative to the other key results and sub-goals of its goal.")
    cadence_days: int = said("The most days that may go by between two check-ins.")
    value: float | None = said("What was measured last; null before the first check-in.")
    progress: float | None = said("How far that is from baseline to target, 0 to 1.")
    stretched: float | None = said("How far it is from target to stretch, 0 to 1; never part of progress.")
    confidence: int | None = said("How sure the member was who measured last that the target will be reached: 0 to 10.")
    measured_at: datetime | None = said("When it was measured last.")
    stale: bool = said("Whether more than its cadence has gone by without a measurement.")
    goal_id: strawberry.Private[UUID]
    key_result_id: strawberry.Private[UUID]

    @strawberry.field
    async def check_ins(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[CheckIn] | None:
        """Every check-in in the order of its own time, oldest first: ask for the `last` to begin with the newest."""
        part = window(first, after, last, before)
        asked = {"goal_id": self.goal_id, "key_result_id": self.key_result_id, "window": part}
        return connection(await info.context.ask(strategy.CheckInsPage, **asked), CheckIn.of)

    @classmethod
    def of(cls, key_result: strategy.KeyResult, goal_id: UUID) -> Self:
        """Dress a key result of a goal."""
        told = dict(key_result) | {"id": global_id("KeyResult", key_result.id)}
        return cls(**told, goal_id=goal_id, key_result_id=key_result.id)


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
    weight: float = said("How much it counts for the goal that it supports, relative to the other parts of that one.")
    key_results: list[KeyResult] = said("What it is measured by: at most twenty figures.")
    progress: float | None = said(
        "How far it is, 0 to 1: the weighted mean of its key results and sub-goals; null where nothing was measured."
    )
    covered: float = said("Which share of the weight behind `progress` was measured at all, 0 to 1.")
    pace: float | None = said("Which share of its period has gone by, 0 to 1.")
    health: Health | None = said("How its progress compares with the pace; null where nothing was measured.")
    stale: bool = said("Whether one of its key results has not been measured for longer than its cadence.")
    ideas_submitted: int = said("How many ideas were submitted to challenges under it.")
    ideas_adopted: int = said("How many of those were adopted.")
    cases_filed: int = said("How many complaints, questions and praises were filed about it.")
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
            weight=goal.weight,
            key_results=[KeyResult.of(each, goal.id) for each in goal.key_results],
            progress=goal.progress,
            covered=goal.covered,
            pace=goal.pace,
            health=goal.health,
            stale=goal.stale,
            ideas_submitted=goal.ideas,
            ideas_adopted=goal.adopted_ideas,
            cases_filed=goal.cases,
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
    weight: float = said("How much it counts for that goal, relative to the other parts of that one.", default=1.0)
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class GoalInput:
    """One goal."""

    goal_id: strawberry.ID = said("The goal.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class KeyResultInput(GoalInput):
    """What a key result says."""

    name: str = said("What is measured: 1 to 200 characters.")
    baseline: float = said("Where it stands today.")
    target: float = said("Where it should stand in the end; beyond the baseline, on the better side.")
    stretch: float | None = said("Where it might stand at best; beyond the target.", default=None)
    unit: str = said("What the figures count, such as %, days or ideas: 1 to 50 characters.")
    direction: Direction = said("Which way is better.", default=Direction.INCREASE)
    weight: float = said("How much it counts, relative to the goal's other key results and sub-goals.", default=1.0)
    cadence_days: int = said("The most days that may go by between two check-ins: 1 to 3,650.", default=7)

    def figures(self) -> dict[str, Any]:
        """What the contract calls for."""
        ids = {"goal_id", "key_result_id", "idempotency_key"}
        return {name: value for name, value in given(self).items() if name not in ids}


@strawberry.input
class SetKeyResultInput(KeyResultInput):
    """A figure to measure a goal by."""


@strawberry.input
class ChangeKeyResultInput(KeyResultInput):
    """A key result to say anew, as a whole."""

    key_result_id: strawberry.ID = said("The key result.")


@strawberry.input
class DropKeyResultInput(GoalInput):
    """A key result to drop."""

    key_result_id: strawberry.ID = said("The key result.")


@strawberry.input
class CheckInInput(GoalInput):
    """What was measured."""

    key_result_id: strawberry.ID = said("The key result.")
    value: float = said("What was measured.")
    confidence: int = said("How sure you are that the target will be reached: 0 (no hope) to 10 (certain).")
    note: str = said("What there is to say about it, for members only: up to 2,000 characters.", default="")
    measured_at: datetime | None = said("When it was measured; now, unless said. Never in the future.", default=None)


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
class SetKeyResultPayload(GoalPayload):
    """What became of `setKeyResult`."""

    key_result_id: strawberry.ID | None = said("The new key result; null where it was refused.", default=None)


@strawberry.type
class ChangeKeyResultPayload(GoalPayload):
    """What became of `changeKeyResult`."""


@strawberry.type
class DropKeyResultPayload(GoalPayload):
    """What became of `dropKeyResult`."""


@strawberry.type
class CheckInPayload(GoalPayload):
    """What became of `checkIn`."""


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
        top: bool = False,
        owner: strawberry.ID | None = None,
        health: Health | None = None,
        order: GoalOrder = GoalOrder.NEWEST,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Goal] | None:
        """Goals, newest first unless said.

        Where asked only those of a state, those that support another goal, those at the `top` of the tree, which
        support none, those of an owner, those in a health.
        """
        page = await info.context.ask(
            strategy.GoalsPage,
            state=state,
            supports=uuid_of(supports, "Goal") if supports else None,
            top=top,
            owner_id=uuid_of(owner, "Member") if owner else None,
            health=health,
            order=order,
            window=window(first, after, last, before),
            at=now(),
        )
        return connection(page, Goal.of)


async def _of_goal(
    info: Info, kind: type[strategy.GoalCommand], input: GoalInput, payload: type[GoalPayload], **fields: Any
) -> Any:
    goal_id = uuid_of(input.goal_id, "Goal", path=("goalId",))
    _, done = await info.context.do(kind, input.idempotency_key, goal_id=goal_id, **fields)
    return payload(goal_id=goal_id, events=Happened.all_of(done.events))


def _key_result_of(input: Any) -> UUID:
    return uuid_of(input.key_result_id, "KeyResult", path=("keyResultId",))


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
            weight=input.weight,
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

    @strawberry.mutation
    @refusing_into(SetKeyResultPayload)
    async def set_key_result(self, info: Info, input: SetKeyResultInput) -> SetKeyResultPayload | None:
        """Measure a goal, a draft or an active one, by one more figure. For its owner and strategists."""
        goal_id = uuid_of(input.goal_id, "Goal", path=("goalId",))
        own, done = await info.context.do(
            strategy.SetKeyResult, input.idempotency_key, goal_id=goal_id, **input.figures()
        )
        events = Happened.all_of(done.events)
        return SetKeyResultPayload(goal_id=goal_id, key_result_id=global_id("KeyResult", own), events=events)

    @strawberry.mutation
    @refusing_into(ChangeKeyResultPayload)
    async def change_key_result(self, info: Info, input: ChangeKeyResultInput) -> ChangeKeyResultPayload | None:
        """Say a key result anew; what was measured so far is held against it. For the goal's owner and strategists."""
        payload: ChangeKeyResultPayload = await _of_goal(
            info,
            strategy.ChangeKeyResult,
            input,
            ChangeKeyResultPayload,
            key_result_id=_key_result_of(input),
            **input.figures(),
        )
        return payload

    @strawberry.mutation
    @refusing_into(DropKeyResultPayload)
    async def drop_key_result(self, info: Info, input: DropKeyResultInput) -> DropKeyResultPayload | None:
        """Measure a goal by this figure no more. For the goal's owner and strategists."""
        payload: DropKeyResultPayload = await _of_goal(
            info, strategy.DropKeyResult, input, DropKeyResultPayload, key_result_id=_key_result_of(input)
        )
        return payload

    @strawberry.mutation
    @refusing_into(CheckInPayload)
    async def check_in(self, info: Info, input: CheckInInput) -> CheckInPayload | None:
        """Tell what was measured of an active goal's key result. For the goal's owner and strategists."""
        payload: CheckInPayload = await _of_goal(
            info,
            strategy.CheckIn,
            input,
            CheckInPayload,
            key_result_id=_key_result_of(input),
            value=input.value,
            confidence=input.confidence,
            note=input.note,
            measured_at=input.measured_at,
        )
        return payload
