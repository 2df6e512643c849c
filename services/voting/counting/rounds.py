"""What a count finds, with every round of it shown (V6), and the declared chain that breaks its ties (V3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from uuid import UUID

from contracts.messages import Invalid

Number = int | Fraction


class LotNeedsSeed(Invalid):
    """A tie is broken by lot only with a seed published at the opening. Name a seed, or leave the lot out."""


class Step(StrEnum):
    """One step of a tie-break chain. Earlier rounds are neutral between options; the other two favour some by name."""

    EARLIER_ROUNDS = "earlier_rounds"
    LISTED_FIRST = "listed_first"
    LOT = "lot"


@dataclass(frozen=True)
class Round:
    """One step of a count: where each option in play stood, exactly, in the listed order, and what came of it.

    `exhausted` is the weight of the papers that name nobody who is still in play. `tie_broken_by` names the step
    that decided, where the standing alone did not.
    """

    standing: Mapping[UUID, Number]
    elected: tuple[UUID, ...] = ()
    excluded: tuple[UUID, ...] = ()
    exhausted: Number = 0
    tie_broken_by: Step | None = None


@dataclass(frozen=True)
class Count:
    """What a rule found: the winners, in the order they won.

    `tied` are those who stood level, for a seat or for leaving, where the chain ran out; the count stops there with
    `open_seats` unfilled. `duels[a, b]` tells how many papers prefer a to b, where the rule compares in pairs.
    """

    rounds: tuple[Round, ...]
    winners: tuple[UUID, ...]
    tied: tuple[UUID, ...] = ()
    open_seats: int = 0
    quota: int | None = None
    duels: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)

    @property
    def decided_by(self) -> tuple[Step, ...]:
        """The steps of the chain that decided something, in the order they did."""
        return tuple(step.tie_broken_by for step in self.rounds if step.tie_broken_by)


@dataclass(frozen=True)
class Choice:
    """The best of a standing, best first; where the chain ran out, `tied` are level across the cut."""

    best: tuple[UUID, ...]
    tied: tuple[UUID, ...] = ()
    by: Step | None = None


@dataclass(frozen=True)
class Chain:
    """The steps that break a tie, in turn. Where all run out the tie stands, and the outcome says so.

    *Earlier rounds*: whoever stood higher in the latest earlier round in which they differ.
    *Listed first*: whoever was listed first on the ballot.
    *Lot*: whoever's SHA-256 of "seed:option id" is lowest (the idea of RFC 3797: a lot that anyone can draw again).
    """

    steps: tuple[Step, ...] = ()
    seed: str | None = None

    def __post_init__(self) -> None:
        if Step.LOT in self.steps and not self.seed:
            raise LotNeedsSeed(path=("ties", "seed"))

    def choose(self, places: int, standing: Mapping[UUID, Number], rounds: Sequence[Round] = ()) -> Choice:
        """The `places` best of a standing. `standing` names the options in the listed order."""
        keys = {
            option: (standing[option], *(self._key(step, option, place, rounds) for step in self.steps))
            for place, option in enumerate(standing)
        }
        order = sorted(standing, key=keys.__getitem__, reverse=True)
        if places >= len(order):
            return Choice(tuple(order))

        last_in, first_out = keys[order[places - 1]], keys[order[places]]
        if last_in == first_out:
            level = tuple(option for option in standing if keys[option] == last_in)
            return Choice(tuple(option for option in order if keys[option] > last_in), level)
        decided = next(
            at for at, (inside, outside) in enumerate(zip(last_in, first_out, strict=True)) if inside != outside
        )
        return Choice(tuple(order[:places]), by=self.steps[decided - 1] if decided else None)

    def _key(self, step: Step, option: UUID, place: int, rounds: Sequence[Round]) -> tuple[Number, ...]:
        """Greater is better."""
        if step is Step.EARLIER_ROUNDS:
            return tuple(earlier.standing[option] for earlier in reversed(rounds))
        if step is Step.LISTED_FIRST:
            return (-place,)
        return (-int.from_bytes(sha256(f"{self.seed}:{option}".encode()).digest()),)


NO_CHAIN = Chain()


def single_round(standing: Mapping[UUID, Number], seats: int, chain: Chain) -> Count:
    """The count of a rule that has one round: the `seats` that stand highest."""
    choice = chain.choose(seats, standing)
    return Count(
        rounds=(Round(standing, elected=choice.best, tie_broken_by=choice.by),),
        winners=choice.best,
        tied=choice.tied,
        open_seats=seats - len(choice.best) if choice.tied else 0,
    )
