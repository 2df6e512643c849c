"""The declared list of topics, and of the events that travel on them."""

from dataclasses import dataclass

from contracts import ideas, responses, strategy, voting
from contracts.messages import Event

EVENTS: dict[str, type[Event]] = {
    event.type(): event
    for event in (
        strategy.GoalSet,
        strategy.GoalActivated,
        strategy.GoalAchieved,
        strategy.GoalMissed,
        strategy.GoalRetired,
        ideas.ChallengeOpened,
        ideas.ShortlistingStarted,
        ideas.DecidingStarted,
        ideas.ChallengeDecided,
        ideas.ChallengeDelivered,
        ideas.IdeaSubmitted,
        ideas.IdeaRevised,
        ideas.IdeaWithdrawn,
        ideas.IdeaReachedThreshold,
        voting.BallotOpened,
        voting.BallotExtended,
        voting.BallotClosed,
        voting.BallotDecided,
        voting.VoteCast,
        voting.VoteWithdrawn,
        voting.TallyChanged,
        responses.CaseFiled,
        responses.CaseAssigned,
        responses.CaseNoted,
        responses.CaseReplied,
        responses.CaseResolved,
        responses.CaseReopened,
        responses.CaseBreached,
        responses.JoinersChanged,
        responses.CaseJoined,
        responses.CaseLeft,
        responses.CustomerWrote,
        responses.ClockWarned,
        responses.ClockBreached,
        responses.ClockMet,
        responses.ClockSettledLate,
        responses.ClockCancelled,
    )
}


@dataclass(frozen=True)
class Topic:
    """One topic: its name, its partitions (never changed while it lives, P22), and how long it keeps, in seconds."""

    name: str
    partitions: int = 12
    keeps_seconds: int | None = None  # None: for ever


def _kept(topic: str) -> int | None:
    return next(event.kept_for_seconds for event in EVENTS.values() if event.topic == topic)


TOPICS: tuple[Topic, ...] = tuple(
    Topic(name, keeps_seconds=_kept(name)) for name in sorted({event.topic for event in EVENTS.values()})
)

SERVICES = ("ideas", "voting", "responses", "strategy")


def dead_letters(topic: str, group: str) -> str:
    """Where a group sets aside what it cannot handle (P7)."""
    return f"{topic}.{group}.dead"
