"""How challenges are decided, as the browser sees and declares it (I5)."""

from typing import Self

import strawberry

from contracts import ideas as contract
from contracts.ideas import Setback
from gateway.terms import Anonymity, Method, Publication, TieBreak
from gateway.words import said, worded

worded(
    Setback,
    tie="Ideas stood level, and no declared step could part them.",
    no_quorum="Fewer voted than were needed.",
    not_passed="None was supported as it had to be.",
    winner_withdrawn="Those who won were withdrawn before the count was known.",
)


@strawberry.type
class Decision:
    """How a challenge is decided: what the ballot on its shortlist declares."""

    method: Method = said("The counting rule.")
    winners: int = said("How many ideas are adopted.")
    quorum: float | None = said("The least share of the electorate that must have voted; null: none is needed.")
    electorate: int | None = said("How many may vote, where that is known.")
    tie_break: TieBreak = said("What decides where ideas stand level.")
    anonymity: Anonymity = said("How much of a vote is shown.")
    publication: Publication = said("When results are shown.")
    open_for: int = said("For how many seconds the ballot is open, unless the plan says when it is decided.")

    @classmethod
    def of(cls, decision: contract.Decision) -> Self:
        """Dress a decision."""
        return cls(**dict(decision))


@strawberry.input
class DecisionInput:
    """How a challenge is decided: what the ballot on its shortlist declares."""

    method: Method = said("The counting rule.", default=Method.INSTANT_RUNOFF)
    winners: int = said("How many ideas are adopted: 1 to 50; one by instant runoff.", default=1)
    quorum: float | None = said("The least share of the electorate that must vote, up to 1.", default=None)
    electorate: int | None = said("How many may vote; needed for a quorum.", default=None)
    tie_break: TieBreak = said("What decides where ideas stand level.", default=TieBreak.BY_HAND)
    anonymity: Anonymity = said("How much of a vote is shown.", default=Anonymity.NAMED)
    publication: Publication = said("When results are shown.", default=Publication.ALWAYS)
    open_for: int = said(
        "For how many seconds the ballot is open, unless the plan says when it is decided: 60 to 7,776,000.",
        default=604_800,
    )
