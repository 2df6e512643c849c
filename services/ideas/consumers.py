"""What ideas does when others speak."""

from collections.abc import Iterable
from uuid import UUID

from contracts.ideas import IdeaReachedThreshold
from contracts.messages import Event
from contracts.strategy import GoalActivated, GoalEvent
from contracts.voting import BallotClosed, Counts, TallyChanged, standing_ballot
from services.ideas.decisions import note_closing
from services.ideas.store import GOALS, IDEAS, Ideas, KnownGoal, decides


async def learn_goal(event: GoalEvent, ideas: Ideas) -> list[Event]:
    """Remember whether a goal is active (S5); an older fact changes nothing (P11)."""
    known = await ideas.read(GOALS, event.goal_id)
    if known is None or known.version < event.version:
        ideas.write(GOALS, KnownGoal(event.goal_id, isinstance(event, GoalActivated), event.version))
    return []


async def show_support(event: TallyChanged, ideas: Ideas) -> list[IdeaReachedThreshold]:
    """Let each idea wear the tally that its ballot just announced."""
    return list(await _wear(event.ballot_id, event.counts or {}, event.version, ideas))


async def show_final_support(event: BallotClosed, ideas: Ideas) -> list[IdeaReachedThreshold]:
    """Let each idea wear the final tally of its closed ballot; or, of one that decides, remember when it closed."""
    if decides(event):
        await note_closing(event, ideas)
    return list(await _wear(event.ballot_id, event.counts, event.tally_version, ideas))


async def _wear(ballot_id: UUID, counts: Counts, version: int, ideas: Ideas) -> Iterable[IdeaReachedThreshold]:
    """Other ballots' options may be ideas too; support is what an idea has on its challenge's standing ballot.

    A tally always follows the idea whose votes it counts.
    """
    events: list[IdeaReachedThreshold] = []
    for idea_id, idea in (await ideas.read_all(IDEAS, counts)).items():
        if ballot_id == standing_ballot(idea.challenge_id) and idea.wear(counts[idea_id], version):
            events += idea.reach()
            ideas.write(IDEAS, idea)
    return events
