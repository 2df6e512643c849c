"""Whether enough voted, and whether enough of them were in favour: shares of a denominator that has a name (V3)."""

from enum import StrEnum
from fractions import Fraction

from pydantic import Field

from contracts.messages import Data
from contracts.voting import ElectorateIsUnknown


class Denominator(StrEnum):
    """What a share is a share of."""

    VOTES_CAST = "votes_cast"
    ELIGIBLE = "eligible"


class Quorum(Data):
    """A ballot counts only if at least this share of the eligible voted."""

    of_eligible: Fraction = Field(gt=0, le=1)

    def met(self, cast: int, eligible: int) -> bool:
        """Whether enough voted."""
        return cast >= self.of_eligible * eligible


class Threshold(Data):
    """An option passes only with at least this share of the votes cast or of the eligible; or with `more_than` it."""

    share: Fraction = Field(gt=0, le=1)
    of: Denominator
    more_than: bool = False

    def met(self, in_favour: Fraction | int, cast: int, eligible: int | None) -> bool:
        """Whether enough are in favour. ElectorateIsUnknown where a share is of the eligible and nobody knows them."""
        needed = self.share * (cast if self.of is Denominator.VOTES_CAST else known(eligible))
        return in_favour > needed if self.more_than else in_favour >= needed


def known(eligible: int | None) -> int:
    """The size of the electorate, or ElectorateIsUnknown."""
    if eligible is None:
        raise ElectorateIsUnknown(path=("eligible",))
    return eligible
