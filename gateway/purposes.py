"""Purposes, as the browser sees and gives them: why something is put to the community (S5)."""

from datetime import datetime
from typing import Any, Self

import strawberry

from contracts import purpose
from gateway.nodes import uuid_of
from gateway.words import said


@strawberry.type
class Measure:
    """What will show whether it worked."""

    name: str | None = said("What is measured.")
    baseline: float | None = said("Where it stood at the beginning.")
    date: datetime | None = said("When it is read again.")


@strawberry.type
class Purpose:
    """Why something was put to the community."""

    statement: str | None = said("What it is for.")
    measure: Measure | None = said("What will show whether it worked.")

    @classmethod
    def of(cls, why: purpose.Purpose) -> Self:
        """Dress a purpose; its goal and owner are shown by what has the purpose."""
        of = why.measure
        measure = Measure(name=of.name, baseline=of.baseline, date=of.date) if of else None
        return cls(statement=why.statement, measure=measure)


@strawberry.input
class MeasureInput:
    """What will show whether it worked."""

    name: str | None = said("What is measured.", default=None)
    baseline: float | None = said("Where it stands today.", default=None)
    date: datetime | None = said("When it is read again.", default=None)


@strawberry.input
class PurposeInput:
    """Why something is put to the community. Each missing piece is named in its own error."""

    goal_id: strawberry.ID | None = said("The active goal that it serves.", default=None)
    owner_id: strawberry.ID | None = said("The member who answers for it.", default=None)
    statement: str | None = said("What it is for.", default=None)
    measure: MeasureInput | None = said("What will show whether it worked.", default=None)

    def contract(self) -> dict[str, Any]:
        """The purpose in the words of the contract; NotAnId where an id is none."""
        goal, owner, measure = self.goal_id, self.owner_id, self.measure
        return {
            "goal_id": uuid_of(goal, "Goal", path=("purpose", "goalId")) if goal else None,
            "owner_id": uuid_of(owner, "Member", path=("purpose", "ownerId")) if owner else None,
            "statement": self.statement,
            "measure": vars(measure) if measure else None,
        }
