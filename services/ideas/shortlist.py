"""A shortlist: the ideas of a challenge that go on to its decision (I5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from contracts.ideas import ShortlistIsEmpty, ShortlistIsFull, ShortlistIsTooShort


@dataclass
class Shortlist:
    """At most so many ideas, in the order in which they were put there."""

    limit: int = 10
    ideas: tuple[UUID, ...] = ()

    def put(self, idea_ids: Iterable[UUID]) -> tuple[UUID, ...]:
        """Those of these ideas that are new here, at the end of it now. Refuses `ShortlistIsFull`."""
        new = tuple(each for each in dict.fromkeys(idea_ids) if each not in self.ideas)
        if len(self.ideas) + len(new) > self.limit:
            raise ShortlistIsFull(
                f"The shortlist holds {self.limit} ideas and has {len(self.ideas)}. Take some off first.", ("ideaIds",)
            )
        self.ideas += new
        return new

    def take_off(self, idea_ids: Iterable[UUID]) -> tuple[UUID, ...]:
        """Those of these ideas that were here, and are no more."""
        gone = tuple(each for each in dict.fromkeys(idea_ids) if each in self.ideas)
        self.ideas = tuple(each for each in self.ideas if each not in gone)
        return gone

    def check(self, winners: int) -> None:
        """Refuse to be decided on with fewer than shall win: `ShortlistIsEmpty`, `ShortlistIsTooShort`."""
        if not self.ideas:
            raise ShortlistIsEmpty
        if len(self.ideas) < winners:
            raise ShortlistIsTooShort(
                f"{winners} ideas shall win and {len(self.ideas)} are shortlisted. Put more on the shortlist first."
            )
