"""What strategy does when others speak."""

from contracts.ideas import IdeaAdopted, IdeaSubmitted
from contracts.messages import Event
from contracts.responses import CaseFiled
from contracts.voting import PaperHandedIn, VoteCast
from services.strategy.store import Fact, Goals


async def hear_voter(event: VoteCast | PaperHandedIn, goals: Goals) -> list[Event]:
    """Count whoever votes, by a mark or by a whole paper, among the voices of the goal that the ballot serves."""
    if event.goal_id:
        await goals.hear(event.goal_id, event.member_id, voted=True)
    return []


async def hear_contributor(event: IdeaSubmitted, goals: Goals) -> list[Event]:
    """Count an idea for the goal that its challenge serves, and its author among the voices."""
    await goals.hear(event.goal_id, event.author_id, contributed=True)
    await goals.count(Fact.IDEA, event.goal_id, event.idea_id)
    return []


async def count_adopted_idea(event: IdeaAdopted, goals: Goals) -> list[Event]:
    """Count an idea that was adopted for the goal that its challenge serves."""
    await goals.count(Fact.ADOPTED_IDEA, event.goal_id, event.idea_id)
    return []


async def count_case(event: CaseFiled, goals: Goals) -> list[Event]:
    """Count a case for the goal that it is about, if any."""
    if event.goal_id:
        await goals.count(Fact.CASE, event.goal_id, event.case_id)
    return []
