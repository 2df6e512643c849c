"""The voting service, at a glance."""

from uuid import UUID

from starlette.applications import Starlette

from chassis.process import serve
from chassis.service import Announced, Handled, Service
from contracts.ideas import (
    ChallengeDecided,
    ChallengeDelivered,
    ChallengeOpened,
    DecidingStarted,
    IdeaSubmitted,
    IdeaWithdrawn,
    ShortlistingStarted,
)
from contracts.strategy import GoalAchieved, GoalActivated, GoalMissed, GoalRetired
from contracts.voting import (
    BallotsNamed,
    CastVote,
    CloseBallot,
    ExtendBallot,
    HandInPaper,
    MyPapers,
    OpenBallot,
    OptionsPage,
    OutcomesOf,
    PaperHandedIn,
    PapersPage,
    PaperWithdrawn,
    TalliesOf,
    VoteCast,
    VoteWithdrawn,
    WithdrawPaper,
    WithdrawVote,
    standing_ballot,
)
from services.voting.consumers import (
    begin_deciding,
    drop_idea,
    follow_phase,
    learn_goal,
    open_standing_ballot,
    put_idea_up,
)
from services.voting.handlers import (
    announce_tally,
    begin_closing,
    cast_vote,
    close_ballot,
    count_papers,
    decide,
    extend_ballot,
    fence,
    hand_in_paper,
    open_ballot,
    withdraw_paper,
    withdraw_vote,
)
from services.voting.queries import ballots_named, my_papers, options_page, outcomes_of, papers_page, tallies_of
from services.voting.store import Ballots, all_gates, unannounced


def ballot_of(paper: str) -> UUID:
    """The ballot of a paper's id."""
    return UUID(paper.partition(":")[0])


voting = Service(
    name="voting",
    store=Ballots,
    commands={
        OpenBallot: Handled(by=open_ballot),
        CastVote: Handled(by=cast_vote, touching=(Ballots.voting,)),
        WithdrawVote: Handled(by=withdraw_vote, touching=(Ballots.voting,)),
        HandInPaper: Handled(by=hand_in_paper, touching=(Ballots.handing_in,)),
        WithdrawPaper: Handled(by=withdraw_paper, touching=(Ballots.withdrawing,)),
        CloseBallot: Handled(by=close_ballot, touching=(Ballots.named,)),
        ExtendBallot: Handled(by=extend_ballot, touching=(Ballots.named,)),
    },
    queries={
        BallotsNamed: ballots_named,
        TalliesOf: tallies_of,
        OptionsPage: options_page,
        MyPapers: my_papers,
        PapersPage: papers_page,
        OutcomesOf: outcomes_of,
    },
    reactions={
        GoalActivated: Handled(by=learn_goal, receipt=False),
        GoalAchieved: Handled(by=learn_goal, receipt=False),
        GoalMissed: Handled(by=learn_goal, receipt=False),
        GoalRetired: Handled(by=learn_goal, receipt=False),
        ChallengeOpened: Handled(by=open_standing_ballot),
        ShortlistingStarted: Handled(by=follow_phase),
        DecidingStarted: Handled(by=begin_deciding),
        ChallengeDecided: Handled(by=follow_phase),
        ChallengeDelivered: Handled(by=follow_phase),
        IdeaSubmitted: Handled(by=put_idea_up),
        IdeaWithdrawn: Handled(by=drop_idea, fencing=lambda event: all_gates(standing_ballot(event.challenge_id))),
    },
    errands={
        "closing": Handled(by=begin_closing),
        "fence": Handled(by=fence, fencing=lambda errand: all_gates(errand.aggregate_id)),
        "count": Handled(by=decide, before=count_papers),
        "tally": Handled(by=announce_tally, touching=(Ballots.announcing,), receipt=False),
    },
    announcing={
        VoteCast: Announced("tally", of=ballot_of),
        VoteWithdrawn: Announced("tally", of=ballot_of),
        PaperHandedIn: Announced("tally", of=ballot_of),
        PaperWithdrawn: Announced("tally", of=ballot_of),
    },
    unannounced={"tally": unannounced},
)


def app() -> Starlette:
    """The ASGI application."""
    return serve(voting)
