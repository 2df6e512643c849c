"""What ideas does when asked, and when a phase begins by itself."""

from collections.abc import Sequence

from chassis.service import Errand
from contracts.access import admit
from contracts.ideas import (
    AdvanceChallenge,
    ChallengeOpened,
    IdeaIsOnTheBallot,
    IdeaRevised,
    IdeaSubmitted,
    NotTheAuthor,
    OpenChallenge,
    ReviseIdea,
    SubmitIdea,
    TooManyIdeas,
    WithdrawIdea,
)
from contracts.messages import Event, NotAllowed
from contracts.purpose import NoActiveGoal
from services.ideas.challenge import Challenge
from services.ideas.decisions import keep_phase, leave_shortlist, remind
from services.ideas.idea import Idea, Text
from services.ideas.shortlist import Shortlist
from services.ideas.store import CHALLENGES, CONTRIBUTIONS, GOALS, IDEAS, TEXTS, EarlierText, Ideas, text_id


async def open_challenge(command: OpenChallenge, ideas: Ideas) -> list[ChallengeOpened]:
    """Put a question to the community, under an active goal and with every piece of its purpose named (S5)."""
    purpose = command.purpose
    purpose.complete()
    assert purpose.goal_id is not None
    assert purpose.owner_id is not None
    goal = await ideas.read(GOALS, purpose.goal_id)
    if goal is None or not goal.active:
        raise NoActiveGoal(path=("purpose", "goalId"))
    challenge = Challenge(
        id=command.id,
        question=command.question,
        description=command.description,
        purpose=purpose,
        goal_id=purpose.goal_id,
        owner_id=purpose.owner_id,
        decision_date=command.decision_date,
        audiences=command.audiences,
        public=command.public,
        stance=command.stance,
        plan=command.plan,
        ideas_per_member=command.ideas_per_member,
        threshold=command.threshold,
        opened_at=command.arrived,
        decision=command.decision,
        shortlist=Shortlist(command.shortlist_limit),
    )
    events = challenge.open()
    ideas.write(CHALLENGES, challenge)
    remind(challenge, ideas)
    return events


async def advance_challenge(command: AdvanceChallenge, ideas: Ideas) -> Sequence[Event]:
    """Move a challenge on by hand."""
    challenge = await ideas.challenge(command.challenge_id)
    admit(command, owner=challenge.owner_id)
    planned = challenge.next_planned()
    events = challenge.advance(command.phase, command.arrived)
    if planned and planned.starts:
        ideas.unremind("phase", challenge.id, planned.starts)
    return [*events, *await keep_phase(challenge, ideas)]


async def enter_planned_phase(errand: Errand, ideas: Ideas) -> Sequence[Event]:
    """A planned phase begins, or is missed."""
    challenge = await ideas.challenge(errand.aggregate_id)
    planned = challenge.next_planned()
    if planned is None or planned.starts is None or errand.due is None or planned.starts > errand.due:
        return []  # a deadline that failed at first comes again later than planned
    events = challenge.keep_plan()
    return [*events, *await keep_phase(challenge, ideas)]


async def submit_idea(command: SubmitIdea, ideas: Ideas) -> list[IdeaSubmitted]:
    """Answer a challenge with an idea."""
    challenge = await ideas.challenge(command.challenge_id)
    challenge.invite(command.member)
    contributions = await ideas.contributions(challenge.id, command.member.id)
    if challenge.ideas_per_member is not None and contributions.ideas >= challenge.ideas_per_member:
        raise TooManyIdeas(f"You have {contributions.ideas} ideas here, as many as allowed. Withdraw one first.")
    idea = Idea(
        id=command.id,
        challenge_id=challenge.id,
        goal_id=challenge.goal_id,
        author_id=command.member.id,
        text=Text(command.title, command.body, command.tags, command.links),
        submitted_at=command.arrived,
        threshold=challenge.threshold,
    )
    events = idea.submit()
    contributions.ideas += 1
    ideas.write(CONTRIBUTIONS, contributions)
    ideas.write(IDEAS, idea)
    await ideas.count(challenge.id, +1)
    return events


async def revise_idea(command: ReviseIdea, ideas: Ideas) -> list[IdeaRevised]:
    """Change an idea's text, keeping what it said before."""
    idea = await ideas.idea(command.idea_id)
    _only_its_author(command, idea)
    if idea.shortlisted and (await ideas.challenge(idea.challenge_id)).ballot_id:
        raise IdeaIsOnTheBallot
    key, since, before = text_id(idea.id, idea.revisions), idea.text_version, idea.text
    text = Text(command.title, command.body, command.tags, command.links)
    events = idea.revise(text, command.seen_version)
    if events:
        ideas.write(TEXTS, EarlierText(key, idea.id, since, before, command.arrived))
        ideas.write(IDEAS, idea)
    return events


async def withdraw_idea(command: WithdrawIdea, ideas: Ideas) -> list[Event]:
    """Take an idea back, in whatever phase, off the shortlist and the ballot too; but not once it is adopted."""
    idea = await ideas.idea(command.idea_id)
    _only_its_author(command, idea)
    shortlisted = idea.shortlisted
    events: list[Event] = [*idea.withdraw()]
    if shortlisted:
        events += await leave_shortlist(idea, ideas)
    contributions = await ideas.contributions(idea.challenge_id, idea.author_id)
    contributions.ideas -= 1
    ideas.write(CONTRIBUTIONS, contributions)
    ideas.write(IDEAS, idea)
    await ideas.count(idea.challenge_id, -1)
    return events


def _only_its_author(command: ReviseIdea | WithdrawIdea, idea: Idea) -> None:
    try:
        admit(command, owner=idea.author_id)
    except NotAllowed as refused:
        raise NotTheAuthor from refused
