"""Delegation of one's voice: who ends up speaking for whom (V9).

A member may delegate for one ballot or for a topic; the ballot's delegation goes before the topic's, and a vote of
one's own before both. Chains are followed to the first who voted themselves. Pure functions of what stands at the
close: until then a delegation is revoked by leaving it out.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from contracts.messages import Invalid, Refused

Vote = TypeVar("Vote")


class DelegatesToSelf(Invalid):
    """A voice is delegated to somebody else. To speak for yourself, vote."""


class DelegationMakesCycle(Refused):
    """Their voice already comes back to you. Choose somebody else."""


class ChainIsTooLong(Refused):
    """This would make a longer chain than the ballot allows. Choose somebody nearer to the vote."""


class Unheard(StrEnum):
    """Why a delegated voice came to nothing."""

    NOBODY_VOTED = "nobody_voted"
    CYCLE = "cycle"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Voices:
    """Who speaks for each member who voted or delegated, and why nobody does for some."""

    speaks: Mapping[UUID, UUID]
    unheard: Mapping[UUID, Unheard]

    @property
    def weights(self) -> dict[UUID, int]:
        """For how many each who voted speaks, themselves among them."""
        return dict(Counter(self.speaks.values()))


def standing(for_ballot: Mapping[UUID, UUID], for_topic: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """To whom each member delegates on this ballot: as said for the ballot, else as said for its topic."""
    return {**for_topic, **for_ballot}


def admit(giver: UUID, taker: UUID, delegations: Mapping[UUID, UUID], at_most: int) -> None:
    """Refuse a delegation that points to oneself, closes a cycle, or makes any chain longer than `at_most` steps.

    `delegations` are those that stand, the giver's earlier one included: it is replaced. Votes are not looked at,
    for whoever voted may withdraw.
    """
    if giver == taker:
        raise DelegatesToSelf(path=("takerId",))
    others = {member: to for member, to in delegations.items() if member != giver}
    ahead = list(_chain(taker, others))
    if giver in ahead:
        raise DelegationMakesCycle(path=("takerId",))
    if _longest_behind(giver, others) + 1 + len(ahead) > at_most:
        raise ChainIsTooLong(path=("takerId",))


def _chain(member: UUID, delegations: Mapping[UUID, UUID]) -> Iterator[UUID]:
    """Those whom a voice passes after this member. Delegations that were admitted one by one have no cycle."""
    while member in delegations:
        member = delegations[member]
        yield member


def _longest_behind(member: UUID, delegations: Mapping[UUID, UUID]) -> int:
    """How many steps the longest chain has that ends in this member."""
    givers: dict[UUID, list[UUID]] = {}
    for giver, taker in delegations.items():
        givers.setdefault(taker, []).append(giver)
    steps, reached = 0, givers.get(member, [])
    while reached:
        steps, reached = steps + 1, [behind for giver in reached for behind in givers.get(giver, [])]
    return steps


def resolve(delegations: Mapping[UUID, UUID], voters: Collection[UUID], at_most: int) -> Voices:
    """Who speaks for whom: each voice follows its chain, `at_most` steps, to the first who voted.

    Linear in members: every chain is walked once, up to where its end is known. Delegations that were never admitted
    together (two topics, a race) may make a cycle or a long chain; those voices are unheard, and told why.
    """
    voted = frozenset(voters)
    ends: dict[UUID, tuple[UUID | Unheard, int]] = {member: (member, 0) for member in voted}
    for member in delegations:
        _follow(member, delegations, ends)

    speaks: dict[UUID, UUID] = {}
    unheard: dict[UUID, Unheard] = {}
    for member, (end, steps) in ends.items():
        if isinstance(end, Unheard):
            if member in delegations:
                unheard[member] = end
        elif steps > at_most:
            unheard[member] = Unheard.TOO_LONG
        else:
            speaks[member] = end
    return Voices(speaks, unheard)


def _follow(member: UUID, delegations: Mapping[UUID, UUID], ends: dict[UUID, tuple[UUID | Unheard, int]]) -> None:
    """Write down where this voice and all that it passes end, and in how many steps."""
    passed: dict[UUID, None] = {}
    while member not in ends and member not in passed:
        passed[member] = None
        if member not in delegations:
            break
        member = delegations[member]
    came_to_nothing = Unheard.CYCLE if member in delegations else Unheard.NOBODY_VOTED
    end, steps = ends.get(member, (came_to_nothing, 0))
    for behind in reversed(passed):
        steps += 1
        ends[behind] = (end, steps)


def voiced(papers: Iterable[tuple[UUID, Vote]], weights: Mapping[UUID, int]) -> Iterator[Vote]:
    """The papers to count: each as often as its member speaks for."""
    for member, paper in papers:
        for _ in range(weights.get(member, 0)):
            yield paper
