"""How a closed ballot is decided: its papers taken in parts, and what they come to (P15, step 3; V6)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from contracts.voting import Found, Method, Position, Round, Terms, TieBreak, support_of
from services.voting.ballot import Ballot
from services.voting.counting import rounds
from services.voting.counting.rounds import NO_CHAIN, Chain, Step
from services.voting.counting.stance import Stances
from services.voting.envelope import Envelope
from services.voting.outcome import Declared, Outcome, decide_folded, decide_stances, folding
from services.voting.quorum import Quorum

CHAIN = {TieBreak.BY_HAND: NO_CHAIN, TieBreak.EARLIEST_OPTION: Chain((Step.LISTED_FIRST,))}
STEP = {Step.LISTED_FIRST: TieBreak.EARLIEST_OPTION}

_named = lru_cache(maxsize=10_000)(UUID)  # the same options come again and again


def declared(terms: Terms, options: Iterable[UUID]) -> Declared:
    """How a ballot of these terms is counted over these options."""
    return Declared(
        terms.method,
        tuple(options),
        envelope=Envelope() if terms.method is Method.STANCE else Envelope.of(terms),
        seats=terms.winners,
        chain=CHAIN[terms.tie_break],
        # by its decimal digits, as it was said: the binary float of 0.1 is a little more than a tenth
        quorum=Quorum(of_eligible=Fraction(str(terms.quorum))) if terms.quorum else None,
        eligible=terms.electorate,
    )


class Papers:
    """The count of whole papers under way. Memory grows with options, or with the distinct rankings, alone."""

    field = "numbers"  # of a paper: what is counted

    def __init__(self, ballot: Ballot, options: Sequence[UUID], dropped: Collection[UUID]) -> None:
        self._declared = declared(ballot.terms, [option for option in options if option not in dropped])
        self._folded = folding(self._declared)

    def take(self, papers: Iterable[tuple[Mapping[str, int], int]]) -> None:
        """Count papers in, each with how often it was handed in; one that was withdrawn bears no marks."""
        for numbers, times in papers:
            if numbers:
                self._folded.add({_named(option): number for option, number in numbers.items()}, times)

    def found(self) -> Found:
        """What they come to."""
        outcome = decide_folded(self._declared, self._folded)
        return Found(
            turnout=outcome.turnout,
            rounds=(),
            support={},
            count=tuple(_shown(each) for each in outcome.count.rounds),
            **_verdict(outcome),
        )


class Votes:
    """The count of a stance ballot under way. Memory grows with options alone.

    Options that were dropped are counted, as they are in the tally, and do not win.
    """

    field = "marks"

    def __init__(self, ballot: Ballot, options: Sequence[UUID], dropped: Collection[UUID]) -> None:
        self._declared = declared(ballot.terms, [option for option in options if option not in dropped])
        self._stances = Stances(options)
        self._at_least = ballot.terms.at_least
        self._standing = ballot.is_standing

    def take(self, papers: Iterable[tuple[Mapping[str, str], int]]) -> None:
        """Count papers in, each with how often it was marked, but those with fewer marks than the ballot asks for."""
        for marks, times in papers:
            if marks and len(marks) >= self._at_least:
                self._stances.add({_named(option): Position(choice) for option, choice in marks.items()}, times)

    def found(self) -> Found:
        """What they come to; without a verdict where no option is weighed against another."""
        counts = {option: held for option, held in self._stances.counts.items() if held}
        verdict = {} if self._standing else _verdict(decide_stances(self._declared, self._stances))
        support = {option: support_of(held) for option, held in counts.items()}
        return Found(turnout=self._stances.papers, rounds=(counts,), support=support, **verdict)


def counting(ballot: Ballot, options: Sequence[UUID], dropped: Collection[UUID]) -> Papers | Votes:
    """The count of a ballot over its options in their order, those `dropped` among them; no paper is taken yet."""
    return (Papers if ballot.takes_whole_papers else Votes)(ballot, options, dropped)


def _verdict(outcome: Outcome) -> dict[str, object]:
    return {
        "verdict": outcome.verdict,
        "winners": outcome.winners,
        "tied": outcome.tied,
        "decided_by": tuple(STEP[step] for step in outcome.decided_by),
        "eligible": outcome.eligible,
    }


def _shown(step: rounds.Round) -> Round:
    """A round as everybody sees it; no method on offer counts in fractions."""
    return Round(
        standing={option: int(number) for option, number in step.standing.items()},
        elected=step.elected,
        eliminated=step.excluded,
        exhausted=int(step.exhausted),
        tie_broken_by=STEP[step.tie_broken_by] if step.tie_broken_by else None,
    )
