"""The ideas service, at a glance."""

from starlette.applications import Starlette

from chassis.process import serve
from chassis.service import Handled, Service
from contracts.ideas import (
    AdvanceChallenge,
    ChallengesNamed,
    ChallengesPage,
    CommentsNamed,
    CommentsPage,
    IdeasNamed,
    IdeasPage,
    OpenChallenge,
    PostComment,
    ReviseComment,
    ReviseIdea,
    ShortlistIdeas,
    SubmitIdea,
    TakeIdeasOffShortlist,
    TextsOf,
    WithdrawComment,
    WithdrawIdea,
)
from contracts.strategy import GoalAchieved, GoalActivated, GoalMissed, GoalRetired
from contracts.voting import BallotClosed, BallotDecided, TallyChanged
from services.ideas.consumers import learn_goal, show_final_support, show_support
from services.ideas.decisions import adopt_winners, shortlist_ideas, take_ideas_off_shortlist
from services.ideas.discussion import post_comment, revise_comment, withdraw_comment
from services.ideas.handlers import (
    advance_challenge,
    enter_planned_phase,
    open_challenge,
    revise_idea,
    submit_idea,
    withdraw_idea,
)
from services.ideas.queries import challenges_named, challenges_page, ideas_named, ideas_page, texts_of
from services.ideas.store import Ideas
from services.ideas.threads import comments_named, comments_page

ideas = Service(
    name="ideas",
    store=Ideas,
    commands={
        OpenChallenge: Handled(by=open_challenge),
        AdvanceChallenge: Handled(by=advance_challenge, touching=(Ideas.challenge_named,)),
        ShortlistIdeas: Handled(by=shortlist_ideas, touching=(Ideas.shortlisting,)),
        TakeIdeasOffShortlist: Handled(by=take_ideas_off_shortlist, touching=(Ideas.shortlisting,)),
        SubmitIdea: Handled(by=submit_idea, touching=(Ideas.submitting,)),
        ReviseIdea: Handled(by=revise_idea, touching=(Ideas.idea_named,)),
        WithdrawIdea: Handled(by=withdraw_idea, touching=(Ideas.idea_named,)),
        PostComment: Handled(by=post_comment, touching=(Ideas.commenting,)),
        ReviseComment: Handled(by=revise_comment, touching=(Ideas.comment_named,)),
        WithdrawComment: Handled(by=withdraw_comment, touching=(Ideas.comment_named,)),
    },
    queries={
        ChallengesNamed: challenges_named,
        ChallengesPage: challenges_page,
        IdeasNamed: ideas_named,
        IdeasPage: ideas_page,
        TextsOf: texts_of,
        CommentsNamed: comments_named,
        CommentsPage: comments_page,
    },
    reactions={
        GoalActivated: Handled(by=learn_goal, receipt=False),
        GoalAchieved: Handled(by=learn_goal, receipt=False),
        GoalMissed: Handled(by=learn_goal, receipt=False),
        GoalRetired: Handled(by=learn_goal, receipt=False),
        TallyChanged: Handled(by=show_support, touching=(Ideas.counted,)),
        BallotClosed: Handled(by=show_final_support, touching=(Ideas.counted, Ideas.attempted)),
        BallotDecided: Handled(by=adopt_winners, touching=(Ideas.attempted, Ideas.winning)),
    },
    errands={"phase": Handled(by=enter_planned_phase)},
)


def app() -> Starlette:
    """The ASGI application."""
    return serve(ideas)
