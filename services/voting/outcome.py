"""From papers to an outcome: winners, a tie, no quorum or not passed, with all rounds and what decided (V6)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from contracts.messages import Invalid
from contracts.voting import Counts, EnvelopeDoesNotFit, Method, Position, SeatsDoNotFit, Verdict
from services.voting.counting.papers import Approvals, Paper, Rankings, Tally
from services.voting.counting.rounds import Chain, Count, Number, Round, Step, single_round
from services.voting.counting.rules import COUNTS_PAPERS, EXPONENT, FUNDED, ONE_MARK_EACH, RANKED, SUMMED, Rule
from services.voting.counting.stance import StancePaper, Stances, stance
from services.voting.envelope import Envelope
from services.voting.quorum import Denominator, Quorum, Threshold, known


class ThresholdNeedsPapers(Invalid):
    """This rule adds up more than papers, so no share of them can be asked for. Leave the threshold out."""


class CostsAreIncomplete(Invalid):
    """A budget and a cost of at least 1 for every option are needed to count this ballot."""


@dataclass(frozen=True)
class Declared:
    """How a ballot will be counted, as declared at its opening. What cannot be counted is refused there and then.

    `eligible` is how many may vote: an explicit roll's length or a declared electorate. `supporting` are the positions
    that count as support, on a stance ballot.
    """

    rule: Method | Rule
    options: tuple[UUID, ...]
    envelope: Envelope = field(default_factory=Envelope)
    seats: int = 1
    chain: Chain = field(default_factory=Chain)
    quorum: Quorum | None = None
    threshold: Threshold | None = None
    eligible: int | None = None
    budget: int = 0
    supporting: frozenset[Position] = frozenset({Position.SUPPORT, Position.AGREE})

    def __post_init__(self) -> None:
        if self.quorum or (self.threshold and self.threshold.of is Denominator.ELIGIBLE):
            known(self.eligible)
        if self.threshold and self.rule not in COUNTS_PAPERS:
            raise ThresholdNeedsPapers(path=("threshold",))
        if self.seats < 1 or (self.rule is Method.INSTANT_RUNOFF and self.seats > 1):
            raise SeatsDoNotFit(path=("seats",))
        costs = self.envelope.costs
        if self.rule in FUNDED and (self.budget < 1 or any(costs.get(project, 0) < 1 for project in self.projects)):
            raise CostsAreIncomplete(path=("envelope", "costs"))
        if self.rule is not Method.STANCE and not self._fits():
            raise EnvelopeDoesNotFit(path=("envelope",))

    @property
    def projects(self) -> tuple[UUID, ...]:
        """What money may be spent on."""
        return tuple(option for option in self.options if option != self.envelope.none_of_these)

    def _fits(self) -> bool:
        envelope = self.envelope
        return (
            envelope.ranking is (self.rule in RANKED)
            and (self.rule not in ONE_MARK_EACH or (envelope.lowest, envelope.highest) == (1, 1))
            and (self.rule is not Method.SINGLE or envelope.at_most == 1)
            and (self.rule is not Rule.PAIRWISE or envelope.at_least >= 2)
            and (self.rule not in EXPONENT or (envelope.budget and envelope.exponent) == EXPONENT[self.rule])
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a ballot. `winners` stand in the order they won; `tied` are those whom no step could part.

    `decided_by` names the steps of the tie-break chain that decided something. `turnout` counts papers. The count is
    shown with all its rounds even where it came to nothing for want of a quorum. `counts` are a stance ballot's own.
    """

    verdict: Verdict
    winners: tuple[UUID, ...]
    tied: tuple[UUID, ...]
    decided_by: tuple[Step, ...]
    turnout: int
    eligible: int | None
    count: Count
    counts: Counts = field(default_factory=dict)


Folded = Tally | Rankings | Approvals


def folding(declared: Declared) -> Folded:
    """What papers are folded into for the declared rule, none yet."""
    if declared.rule in SUMMED:
        return Tally(declared.options)
    return Rankings(declared.options) if declared.rule in RANKED else Approvals(declared.projects)


def decide(declared: Declared, papers: Iterable[Paper]) -> Outcome:
    """The outcome of a ballot of any rule but stance."""
    folded = folding(declared)
    for paper in papers:
        folded.add(paper)
    return decide_folded(declared, folded)


def decide_folded(declared: Declared, folded: Folded) -> Outcome:
    """The same, of papers that were folded before."""
    turnout, count = folded.papers, _counted(declared, folded)
    winners, tied = count.winners, count.tied
    if declared.threshold and count.rounds:
        standing = count.rounds[-1].standing
        winners = tuple(option for option in winners if _passes(declared, standing[option], turnout))
        if declared.rule in SUMMED:  # in a runoff, those tied may still win the papers of whoever leaves
            tied = tuple(option for option in tied if _passes(declared, standing[option], turnout))
    return _outcome(declared, turnout, count, winners, tied)


def decide_stance(declared: Declared, papers: Iterable[StancePaper]) -> Outcome:
    """The outcome of a stance ballot: each option for itself. The votes cast are those on the option.

    With a threshold every option that meets it wins, without one the `seats` with most support do.
    """
    return decide_stances(declared, Stances(declared.options, papers))


def decide_stances(declared: Declared, stances: Stances) -> Outcome:
    """The same, of papers that were folded before. Options that are counted and not declared win nothing."""
    support = stance(stances, declared.supporting)
    support = {option: support[option] for option in declared.options}
    if declared.threshold:
        cast = {option: sum(counts.values()) for option, counts in stances.counts.items()}
        passing = [option for option in support if _passes(declared, support[option], cast[option])]
        winners = tuple(sorted(passing, key=support.__getitem__, reverse=True))
        count = Count((Round(support, elected=winners),), winners)
    else:
        count = single_round(support, declared.seats, declared.chain)
    return _outcome(declared, stances.papers, count, count.winners, count.tied, stances.counts)


def _counted(declared: Declared, folded: Folded) -> Count:
    """What the rule finds: nothing where every option was taken off the ballot."""
    if not declared.options:
        return Count(rounds=(), winners=())
    if isinstance(folded, Tally):
        return SUMMED[declared.rule](folded, declared.seats, declared.chain)
    if isinstance(folded, Rankings):
        return RANKED[declared.rule](folded, declared.seats, declared.chain)
    return FUNDED[declared.rule](folded, declared.envelope.costs, declared.budget, declared.chain)


def _passes(declared: Declared, in_favour: Number, cast: int) -> bool:
    # an option that nobody voted on has no share of anything
    return bool(declared.threshold and cast and declared.threshold.met(in_favour, cast, declared.eligible))


def _outcome(
    declared: Declared,
    turnout: int,
    count: Count,
    winners: tuple[UUID, ...],
    tied: tuple[UUID, ...],
    counts: Counts | None = None,
) -> Outcome:
    verdict = Verdict.TIE if tied else Verdict.WON if winners else Verdict.NOT_PASSED
    if not turnout or (declared.quorum and not declared.quorum.met(turnout, known(declared.eligible))):
        verdict, winners, tied = Verdict.NO_QUORUM, (), ()
    return Outcome(verdict, winners, tied, count.decided_by, turnout, declared.eligible, count, counts or {})
