"""What members asked for and what they were told: their own account, kept apart from the system's."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

SERVICE_OF = {
    **dict.fromkeys(("castVote", "withdrawVote", "closeBallot"), "voting"),
    **dict.fromkeys(("submitIdea", "withdrawIdea", "postComment", "withdrawComment"), "ideas"),
    **dict.fromkeys(("fileCase", "joinCase", "leaveCase", "replyToCase", "resolveCase"), "responses"),
}


@dataclass(frozen=True)
class Told:
    """One answer: what happened, as (id, kind, version); or why it was refused."""

    events: tuple[tuple[str, str, int], ...] = ()
    refused: tuple[str, ...] = ()
    thing: str | None = None  # the id of what came of it, as the API names it


@dataclass(eq=False)
class Entry:
    """One request of one member under one key, however often it was sent."""

    member: UUID
    token: str
    mutation: str
    input: dict[str, Any]
    key: str
    told: list[Told] = field(default_factory=list)
    unanswered: int = 0

    @property
    def service(self) -> str:
        """Whose matter it is."""
        return SERVICE_OF[self.mutation]

    @property
    def command_id(self) -> UUID:
        """Under which id it is done (P4)."""
        return uuid5(self.member, f"{self.mutation}:{self.key}")

    @property
    def accepted(self) -> Told | None:
        """What it was told when it was accepted, if ever."""
        return next((told for told in self.told if not told.refused), None)

    @property
    def is_open(self) -> bool:
        """Whether the member can not know: it was sent and not answered, and never accepted."""
        return bool(self.unanswered) and self.accepted is None

    def __str__(self) -> str:
        return f"{self.mutation} {self.command_id} of {self.member}"
