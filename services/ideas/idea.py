"""An idea: its text with what it was before, the support it shows, and what becomes of it (I2, I3, I5)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.ideas import (
    IdeaAdopted,
    IdeaHasChanged,
    IdeaIsAdopted,
    IdeaIsWithdrawn,
    IdeaReachedThreshold,
    IdeaRevised,
    IdeaShortlisted,
    IdeaState,
    IdeaSubmitted,
    IdeaTakenOffShortlist,
    IdeaWithdrawn,
)
from contracts.voting import Position, support_of


@dataclass
class Text:
    """What an idea says."""

    title: str
    body: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass
class Idea:
    """Its text has a version; the tally it wears has one of its own (P11).

    `text_version` is the version that brought the present text, `revisions` how many texts there were before it.
    """

    id: UUID
    challenge_id: UUID
    goal_id: UUID
    author_id: UUID
    text: Text
    submitted_at: datetime
    threshold: int | None = None
    state: IdeaState = IdeaState.OPEN
    version: int = 1
    text_version: int = 1
    revisions: int = 0
    counts: dict[Position, int] = field(default_factory=dict)
    support: int = 0
    tally_version: int = 0
    reached_threshold: bool = False
    comments: int = 0
    shortlisted: bool = False
    adopted_at: datetime | None = None

    def submit(self) -> list[IdeaSubmitted]:
        """Answer the challenge."""
        told = {"author_id": self.author_id, "submitted_at": self.submitted_at}
        return [IdeaSubmitted(**self._about, version=self.version, **told)]

    def revise(self, text: Text, seen_version: int | None) -> list[IdeaRevised]:
        """Change the text; the same text is nothing new.

        Refuses `IdeaIsWithdrawn`, `IdeaIsAdopted`, `IdeaHasChanged`.
        """
        self._must_be_open()
        if seen_version is not None and not self.text_version <= seen_version <= self.version:
            raise IdeaHasChanged
        if text == self.text:
            return []
        self.text = text
        self.version += 1
        self.text_version = self.version
        self.revisions += 1
        return [IdeaRevised(**self._about, version=self.version)]

    def withdraw(self) -> list[IdeaWithdrawn]:
        """Be taken back, off the shortlist too. Refuses `IdeaIsWithdrawn`, `IdeaIsAdopted`."""
        self._must_be_open()
        self.state, self.shortlisted = IdeaState.WITHDRAWN, False
        self.version += 1
        return [IdeaWithdrawn(**self._about, version=self.version)]

    def go_on(self) -> list[IdeaShortlisted]:
        """Be shortlisted. Refuses `IdeaIsWithdrawn`."""
        self._must_be_open()
        self.shortlisted = True
        self.version += 1
        return [IdeaShortlisted(**self._about, version=self.version)]

    def stay_behind(self) -> list[IdeaTakenOffShortlist]:
        """Be shortlisted no more."""
        self.shortlisted = False
        self.version += 1
        return [IdeaTakenOffShortlist(**self._about, version=self.version)]

    def adopt(self, ballot_id: UUID, at: datetime) -> list[IdeaAdopted]:
        """Win the decision (I5)."""
        self.state, self.adopted_at = IdeaState.ADOPTED, at
        self.version += 1
        return [IdeaAdopted(**self._about, version=self.version, ballot_id=ballot_id, adopted_at=at)]

    def take_comment(self) -> None:
        """Have one comment more. Refuses `IdeaIsWithdrawn`."""
        if self.state is IdeaState.WITHDRAWN:
            raise IdeaIsWithdrawn
        self.comments += 1

    def wear(self, counts: dict[Position, int], version: int) -> bool:
        """Show a tally, unless a newer one is shown already (P17); whether it is news."""
        if version <= self.tally_version:
            return False
        self.counts, self.support, self.tally_version = counts, support_of(counts), version
        return True

    def reach(self) -> list[IdeaReachedThreshold]:
        """Cross the threshold once and for all, even if support falls again (I3); not once withdrawn."""
        if self.threshold is None or self.reached_threshold or self.support < self.threshold:
            return []
        if self.state is IdeaState.WITHDRAWN:
            return []
        self.reached_threshold = True
        self.version += 1
        return [IdeaReachedThreshold(**self._about, version=self.version, support=self.support)]

    def _must_be_open(self) -> None:
        if self.state is IdeaState.WITHDRAWN:
            raise IdeaIsWithdrawn
        if self.state is IdeaState.ADOPTED:
            raise IdeaIsAdopted

    @property
    def _about(self) -> dict[str, UUID]:
        return {"idea_id": self.id, "challenge_id": self.challenge_id, "goal_id": self.goal_id}
