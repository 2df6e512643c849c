"""What strategy does when others speak."""

from contracts.ideas import IdeaSubmitted
from contracts.messages import Event
from contracts.voting import PaperHandedIn, VoteCast
from services.strategy.store import Goals


async def hear_voter(event: VoteCast | PaperHandedIn, goals: Goals) -> list[Event]:
    """Count whoever votes among the voices of the goal that the ballot serves."""
    if event.goal_id:
        await goals.hear(event.goal_id, event.member_id, voted=True)
    return []


async def hear_contributor(event: IdeaSubmitted, goals: Goals) -> list[Event]:
    """Count whoever suggests among the voices of the goal that the challenge serves."""
    await goals.hear(event.goal_id, event.author_id, contributed=True)
    return []
