"""How votes stand and what a count found, as the browser sees it."""

from collections.abc import Iterable, Mapping
from typing import Self
from uuid import UUID

import strawberry

from contracts import voting
from contracts.voting import Verdict
from gateway.nodes import global_id
from gateway.terms import Position, TieBreak
from gateway.words import said, worded

worded(
    Verdict,
    won="There are winners.",
    tie="Options stand level, and nothing decides between them but people.",
    no_quorum="Too few voted, or nobody.",
    not_passed="No option won.",
)


DECLARED = tuple(Position)


@strawberry.type
class PositionCount:
    """How many took one position."""

    position: Position = said("The position.")
    count: int = said("How many papers hold it.")

    @classmethod
    def all_of(cls, counts: Mapping[Position, int]) -> "list[PositionCount]":
        """Dress counts in the order in which positions are declared."""
        return [cls(position=position, count=counts[position]) for position in DECLARED if position in counts]


@strawberry.type
class OptionCounts:
    """How the votes stand on one option."""

    option_id: strawberry.ID = said("The option: an idea on the standing ballot of a challenge.")
    counts: list[PositionCount] = said("Per position; those nobody took are left out.")
    support: int = said("How many stand behind it: support and agree.")

    @classmethod
    def of(cls, option: UUID, counts: Mapping[Position, int], kind: str) -> Self:
        """Dress the counts of an option of that type."""
        held = PositionCount.all_of(counts)
        return cls(option_id=global_id(kind, option), counts=held, support=voting.support_of(counts))

    @classmethod
    def all_of(cls, counts: Mapping[UUID, Mapping[Position, int]], kind: str) -> "list[OptionCounts]":
        """Dress the counts of options of that type."""
        return [cls.of(option, of_option, kind) for option, of_option in counts.items()]


@strawberry.type
class OptionStanding:
    """How high an option stands: its crosses, its points, or the papers that rank it before all others in play."""

    option_id: strawberry.ID = said("The option: an idea on the ballots of a challenge.")
    standing: int = said("Crosses (SINGLE, APPROVAL), points (SCORE), or papers (INSTANT_RUNOFF).")

    @classmethod
    def all_of(cls, standing: Mapping[UUID, int], kind: str) -> "list[OptionStanding]":
        """Dress the standing of options of that type."""
        return [cls(option_id=global_id(kind, option), standing=number) for option, number in standing.items()]


@strawberry.type
class Tally:
    """How the votes stand. Of two tallies, the one with the higher version is newer; equal versions are equal."""

    version: int = said("Counts up with every vote.")
    turnout: int = said("How many papers there are.")
    counts: list[OptionCounts] | None = said(
        "Per option, on a STANCE ballot; null where they are not shown to you (yet)."
    )
    standing: list[OptionStanding] | None = said(
        "Per option, on a ballot of whole papers: what the first round of its count would show now, so first choices "
        "alone on an INSTANT_RUNOFF; null on a STANCE ballot and where it is not shown to you (yet)."
    )

    @classmethod
    def of(cls, tally: "voting.Tally | voting.TallyChanged", kind: str) -> Self:
        """Dress a tally whose options are of that type."""
        counts = None if tally.counts is None else OptionCounts.all_of(tally.counts, kind)
        standing = None if tally.standing is None else OptionStanding.all_of(tally.standing, kind)
        return cls(version=tally.version, turnout=tally.turnout, counts=counts, standing=standing)

    @classmethod
    def of_option(cls, tally: voting.Tally, option: UUID, kind: str) -> Self:
        """Dress of a STANCE ballot's tally what it says of one option."""
        counts = None if tally.counts is None else [OptionCounts.of(option, tally.counts.get(option, {}), kind)]
        return cls(version=tally.version, turnout=tally.turnout, counts=counts, standing=None)


@strawberry.type
class CountRound:
    """One step of a count: where each option in play stood, and what came of it."""

    standing: list[OptionStanding] = said("The options in play, in the order they are listed.")
    elected: list[strawberry.ID] = said("Those that won in this round.")
    eliminated: list[strawberry.ID] = said("Those that left; their papers move on to whom they name next.")
    exhausted: int = said("How many papers name no option in play.")
    tie_broken_by: TieBreak | None = said("What decided between options that stood level; null where nothing had to.")

    @classmethod
    def of(cls, step: voting.Round, kind: str) -> Self:
        """Dress a round over options of that type."""
        return cls(
            standing=OptionStanding.all_of(step.standing, kind),
            elected=_ids(step.elected, kind),
            eliminated=_ids(step.eliminated, kind),
            exhausted=step.exhausted,
            tie_broken_by=step.tie_broken_by,
        )


@strawberry.type
class Outcome:
    """What the count of a decided ballot found."""

    turnout: int = said("How many papers there were.")
    rounds: list[list[OptionCounts]] = said("Every step of the count of a STANCE ballot.")
    count: list[CountRound] = said("Every round of the count of a ballot of whole papers.")
    verdict: Verdict | None = said("How it ended; null on the standing ballot of a challenge, which has no winner.")
    winners: list[strawberry.ID] = said("The options that won, in the order they did.")
    tied: list[strawberry.ID] = said("The options that nothing could part, where that left a place open.")
    decided_by: list[TieBreak] = said("What decided between options that stood level, in the order it did.")
    eligible: int | None = said("How many might have voted, where that is known.")

    @classmethod
    def of(cls, outcome: voting.Outcome, kind: str) -> Self:
        """Dress an outcome over options of that type."""
        return cls(
            turnout=outcome.turnout,
            rounds=[OptionCounts.all_of(counts, kind) for counts in outcome.rounds],
            count=[CountRound.of(step, kind) for step in outcome.count],
            verdict=outcome.verdict,
            winners=_ids(outcome.winners, kind),
            tied=_ids(outcome.tied, kind),
            decided_by=list(outcome.decided_by),
            eligible=outcome.eligible,
        )


def _ids(options: Iterable[UUID], kind: str) -> list[strawberry.ID]:
    return [global_id(kind, option) for option in options]
