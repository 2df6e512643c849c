"""The purpose gate: what must be named before anything is put to the community (S5)."""

from uuid import UUID

from contracts.messages import Data, MayBeEarly, Moment, Problem, Refused


class NoGoal(Refused):
    """Name the goal that this serves."""


class NoActiveGoal(MayBeEarly):
    """The goal that this serves is not active. Activate it, or name another."""


class NoOwner(Refused):
    """Name the member who owns this."""


class NoPurpose(Refused):
    """Say what this is for."""


class NoMeasure(Refused):
    """Name the measure that will show whether it worked."""


class NoBaseline(Refused):
    """Say where the measure stands today."""


class NoMeasureDate(Refused):
    """Say by when the measure will be read."""


class PurposeIsIncomplete(Refused):
    """Pieces of the purpose are missing; each is its own refusal."""

    def __init__(self, missing: list[Refused]) -> None:
        super().__init__()
        self.missing = missing

    @property
    def problems(self) -> tuple[Problem, ...]:
        """One for each missing piece."""
        return tuple(problem for piece in self.missing for problem in piece.problems)


class Measure(Data):
    """What will show whether it worked: a name, where it stands, and when it is read again."""

    name: str | None = None
    baseline: float | None = None
    date: Moment | None = None


class Purpose(Data):
    """Why something is put to the community. Every piece may be missing here; `complete` refuses if one is."""

    goal_id: UUID | None = None
    owner_id: UUID | None = None
    statement: str | None = None
    measure: Measure | None = None

    def complete(self) -> None:
        """Refuse unless every piece is there, naming each that is not (S5)."""
        measure = self.measure or Measure()
        pieces: list[tuple[bool, type[Refused], str]] = [
            (self.goal_id is None, NoGoal, "goalId"),
            (self.owner_id is None, NoOwner, "ownerId"),
            (not (self.statement or "").strip(), NoPurpose, "statement"),
            (not (measure.name or "").strip(), NoMeasure, "measure.name"),
            (measure.baseline is None, NoBaseline, "measure.baseline"),
            (measure.date is None, NoMeasureDate, "measure.date"),
        ]
        missing = [refusal(path=("purpose", *path.split("."))) for absent, refusal, path in pieces if absent]
        if missing:
            raise PurposeIsIncomplete(missing)
