"""The envelope of a ballot: what a valid paper is, told at once and in full, never silently repaired (V1, V2).

One envelope serves every counting rule; its bounds are those of the ballot protocol of Vocdoni (DAVINCI): how many
marks, of which values, whether unique, and what all marks may cost together.
"""

from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from pydantic import Field, model_validator

from contracts.messages import Data, Invalid, Refused
from contracts.voting import (
    EnvelopeAdmitsNothing,
    MarkIsOutOfRange,
    Method,
    NoSuchOption,
    OptionIsDropped,
    OptionIsMarkedTwice,
    PaperIsInvalid,
    RankingHasGaps,
    Terms,
    TooFewMarks,
    TooManyMarks,
)


class MarkIsNotWhole(Invalid):
    """A mark is a whole number."""


class MarksAreNotUnique(Invalid):
    """On this ballot every mark of a paper is a different one."""


class PaperIsTooCostly(Invalid):
    """The marks of this paper cost more than the ballot gives. Lower or take back some."""


class NoneExcludesOthers(Invalid):
    """ "None of these" stands alone. Take it back, or the other marks."""


class Envelope(Data):
    """What a ballot declares of its papers at its opening.

    A paper makes `at_least` to `at_most` marks, each from `lowest` to `highest`; or, where it is a `ranking`, the
    ranks 1..n. All marks together cost at most the `budget`: each |mark| to the power of `exponent`, times the
    option's own cost (1 where none is named). `none_of_these` is an option that excludes all others.
    """

    at_least: int = Field(default=1, ge=1)
    at_most: int | None = Field(default=None, ge=1)
    lowest: int = 1
    highest: int = 1
    unique: bool = False
    ranking: bool = False
    budget: int | None = Field(default=None, ge=1)
    exponent: int = Field(default=1, ge=1, le=3)
    costs: dict[UUID, int] = Field(default_factory=dict)
    none_of_these: UUID | None = None

    @model_validator(mode="after")
    def _some_paper_is_valid(self) -> "Envelope":
        if self.lowest > self.highest or (self.at_most is not None and self.at_most < self.at_least):
            raise EnvelopeAdmitsNothing
        return self

    @classmethod
    def of(cls, terms: Terms) -> "Envelope":
        """The envelope that a method asks for, within the bounds that a ballot declares."""
        points = terms.method is Method.SCORE
        return cls(
            at_least=terms.at_least,
            at_most=1 if terms.method is Method.SINGLE else terms.at_most,
            lowest=terms.lowest if points else 1,
            highest=terms.highest if points else 1,
            ranking=terms.method is Method.INSTANT_RUNOFF,
        )

    def accept(
        self, marks: Iterable[tuple[UUID, int]], options: Collection[UUID], dropped: Collection[UUID] = ()
    ) -> dict[UUID, int]:
        """The paper that these marks make; refused with everything that is wrong with it (`PaperIsInvalid`).

        What is wrong with one mark is told by its place among the marks, from 0.
        """
        listed = list(marks)
        broken = [*self._broken_by_a_mark(listed, options, dropped), *self._broken_by_all(dict(listed))]
        if broken:
            raise PaperIsInvalid(broken)
        return dict(listed)

    def _broken_by_a_mark(
        self, marks: list[tuple[UUID, int]], options: Collection[UUID], dropped: Collection[UUID]
    ) -> Iterator[Refused]:
        seen = set()
        for place, (option, mark) in enumerate(marks):
            path = ("marks", str(place))
            if option in dropped:
                yield OptionIsDropped(path=path)
            elif option not in options:
                yield NoSuchOption(path=path)
            if option in seen:
                yield OptionIsMarkedTwice(path=path)
            seen.add(option)
            if not _is_whole(mark):
                yield MarkIsNotWhole(path=path)
            elif not self.ranking and not self.lowest <= mark <= self.highest:
                yield MarkIsOutOfRange(path=path)

    def _broken_by_all(self, paper: dict[UUID, int]) -> Iterator[Refused]:
        path = ("marks",)
        if self.none_of_these in paper:
            if len(paper) > 1:
                yield NoneExcludesOthers(path=path)
        elif len(paper) < self.at_least:
            yield TooFewMarks(path=path)
        if self.at_most is not None and len(paper) > self.at_most:
            yield TooManyMarks(path=path)
        if not all(_is_whole(mark) for mark in paper.values()):
            return
        if self.ranking and sorted(paper.values()) != list(range(1, len(paper) + 1)):
            yield RankingHasGaps(path=path)
        if self.unique and len(set(paper.values())) < len(paper):
            yield MarksAreNotUnique(path=path)
        if self.budget is not None and self.cost(paper) > self.budget:
            yield PaperIsTooCostly(path=path)

    def cost(self, paper: dict[UUID, int]) -> int:
        """What all marks of a paper cost together."""
        return sum(self.costs.get(option, 1) * abs(mark) ** self.exponent for option, mark in paper.items())


def _is_whole(mark: object) -> bool:
    """True and 1.0 equal 1, yet nobody who means a number says them."""
    return type(mark) is int
