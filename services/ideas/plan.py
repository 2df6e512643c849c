"""The plan of a challenge: when its phases begin by themselves, and what is open in each (I1)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from contracts.ideas import Phase, PhasePlan, PlanIsNotInOrder, Switches

Plan = tuple[PhasePlan, ...]
BY_DEFAULT = {Phase.GATHERING: Switches(ideas=True, votes=True)}


def planned(plan: Plan, phase: Phase) -> PhasePlan:
    """What is planned for a phase, or holds for it by default."""
    by_default = PhasePlan(phase=phase, open=BY_DEFAULT.get(phase, Switches()))
    return next((each for each in plan if each.phase is phase), by_default)


def take_votes(plan: Plan, phases: Iterable[Phase]) -> bool:
    """Whether votes are open in all of these: the standing ballot closes once."""
    return all(planned(plan, phase).open.votes for phase in phases)


def votes_until(plan: Plan) -> datetime | None:
    """When the first planned phase without votes begins (V5)."""
    return next((each.starts for each in plan if each.starts and not each.open.votes), None)


def upcoming(plan: Plan, phase: Phase, after: datetime | None) -> PhasePlan | None:
    """The next phase beyond this one that begins by itself; later than the last whose time has come, if any has."""
    timed = (each for each in plan if each.starts and each.phase.order > phase.order)
    return next((each for each in timed if after is None or (each.starts and each.starts > after)), None)


def check(plan: Plan, opened_at: datetime) -> None:
    """Refuse a plan that no challenge could keep: `PlanIsNotInOrder`."""
    orders = [each.phase.order for each in plan]
    starts = [opened_at, *(each.starts for each in plan if each.starts)]
    rising = all(earlier < later for earlier, later in pairwise(starts))
    in_order = all(earlier < later for earlier, later in pairwise(orders))
    gathering_is_timed = any(each.starts for each in plan if each.phase is Phase.GATHERING)
    if not (rising and in_order) or gathering_is_timed:
        raise PlanIsNotInOrder(path=("plan",))
    votes = [planned(plan, Phase.GATHERING).open.votes, *(each.open.votes for each in plan)]
    if not votes[0] or any(later and not earlier for earlier, later in pairwise(votes)):
        raise PlanIsNotInOrder(
            "Votes are open from the start. A plan can close them, but not open them again.", ("plan",)
        )
