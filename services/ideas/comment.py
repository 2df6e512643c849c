"""A comment: what somebody said about an idea, and where it stands in its thread (I8)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.ideas import (
    CommentIsElsewhere,
    CommentIsWithdrawn,
    CommentPosted,
    CommentRevised,
    CommentWithdrawn,
    ThreadIsTooDeep,
)

DEEPEST = 8


@dataclass
class Comment:
    """Its `place` sorts a thread as it is read: each comment before its replies, the oldest first at every depth.

    One that was withdrawn has no text any more; it keeps its place, for the replies that hang on it.
    """

    id: UUID
    idea_id: UUID
    challenge_id: UUID
    goal_id: UUID
    author_id: UUID
    text: str | None
    posted_at: datetime
    reply_to: UUID | None = None
    depth: int = 1
    place: str = ""
    revised_at: datetime | None = None
    version: int = 1

    def post(self, answered: "Comment | None") -> list[CommentPosted]:
        """Take a place below the comment that it answers, or below the idea.

        Refuses `CommentIsElsewhere`, `CommentIsWithdrawn`, `ThreadIsTooDeep`.
        """
        if answered is not None:
            answered._take_reply(self.idea_id)
            self.reply_to, self.depth = answered.id, answered.depth + 1
        self.place = (answered.place if answered else "") + self._step
        told = {"author_id": self.author_id, "reply_to": self.reply_to, "posted_at": self.posted_at}
        return [CommentPosted(**self._about, version=self.version, **told)]

    def revise(self, text: str, at: datetime) -> list[CommentRevised]:
        """Say something else; the same again is nothing new. Refuses `CommentIsWithdrawn`."""
        if self.withdrawn:
            raise CommentIsWithdrawn
        if text == self.text:
            return []
        self.text, self.revised_at = text, at
        self.version += 1
        return [CommentRevised(**self._about, version=self.version)]

    def withdraw(self) -> list[CommentWithdrawn]:
        """Be taken back. Refuses `CommentIsWithdrawn`."""
        if self.withdrawn:
            raise CommentIsWithdrawn
        self.text = None
        self.version += 1
        return [CommentWithdrawn(**self._about, version=self.version)]

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back."""
        return self.text is None

    def _take_reply(self, idea_id: UUID) -> None:
        if self.idea_id != idea_id:
            raise CommentIsElsewhere(path=("replyTo",))
        if self.withdrawn:
            raise CommentIsWithdrawn(path=("replyTo",))
        if self.depth >= DEEPEST:
            raise ThreadIsTooDeep(f"Replies go {DEEPEST} deep. Reply to a comment further up instead.", ("replyTo",))

    @property
    def _step(self) -> str:
        """Its place among its siblings: the moment, then half of its id for those of one moment; fixed in length."""
        return f"{round(self.posted_at.timestamp() * 1000):012x}{self.id.hex[:16]}"

    @property
    def _about(self) -> dict[str, UUID]:
        about = {"comment_id": self.id, "idea_id": self.idea_id}
        return about | {"challenge_id": self.challenge_id, "goal_id": self.goal_id}
