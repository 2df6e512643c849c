"""What is promised: targets of open time, and the policy that a case falls under (R6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from contracts.messages import Invalid
from services.responses.calendar import Calendar


class TargetIsNothing(Invalid):
    """A target must promise some open time. Leave it out if nothing is promised."""


class WarningIsTooEarly(Invalid):
    """A warning must leave less open time than the whole target; zero gives none."""


class GraceIsNegative(Invalid):
    """The window for a closing thanks may be zero, but not less."""


class Kind(StrEnum):
    """The four clocks (R6)."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    FIRST_RESOLUTION = "first_resolution"
    TOTAL_RESOLUTION = "total_resolution"


@dataclass(frozen=True, slots=True)
class Target:
    """`within` is open time; a warning is given once no more than `warning` of it is left, none if that is zero."""

    within: timedelta
    warning: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.within <= timedelta(0):
            raise TargetIsNothing()
        if not timedelta(0) <= self.warning < self.within:
            raise WarningIsTooEarly()


@dataclass(frozen=True)
class Policy:
    """What is promised to the cases whose traits are all among those `covering` allows; it covers all if empty.

    `grace` is how long after a resolution a closing thanks is taken as that (true time, not open time).
    `answers_count` says whether an accepted answer of a peer stops a response clock, as a reply does (R8).
    """

    name: str
    calendar: Calendar
    targets: Mapping[Kind, Target]
    covering: Mapping[str, frozenset[str]] = field(default_factory=dict)
    grace: timedelta = timedelta(0)
    answers_count: bool = False

    def __post_init__(self) -> None:
        if self.grace < timedelta(0):
            raise GraceIsNegative()

    def covers(self, traits: Mapping[str, str]) -> bool:
        """Whether a case with these traits (its kind, channel, audience…) falls under this policy."""
        return all(traits.get(name) in allowed for name, allowed in self.covering.items())


def policy_for(policies: Iterable[Policy], traits: Mapping[str, str]) -> Policy | None:
    """The first policy that covers a case, to be kept on the case as it is now; None promises nothing."""
    return next((policy for policy in policies if policy.covers(traits)), None)
