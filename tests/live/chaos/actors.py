"""Members who do one thing after another, by chance; each keeps a journal of what they were told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

from tests.live.chaos.door import Door
from tests.live.chaos.journal import Entry, Told

CHOICES = ("AGREE", "PASS", "DISAGREE")
IDEAS_EACH = 3  # odd, so that of two that are submitted at once one is sometimes too many
TRIES = 4
CROWDING = 0.15  # seconds in which members crowd into a case before it is answered


@dataclass
class Scene:
    """What there is to act on; grows as members add to it."""

    ballots: dict[str, str]  # by challenge
    ideas: list[tuple[str, str]] = field(default_factory=list)  # (challenge, idea)
    cases: list[str] = field(default_factory=list)
    comments: list[tuple[str, str]] = field(default_factory=list)  # (whose token, comment)
    own: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # ideas by token of who submitted
    rush: str | None = None  # the ballot that is about to close
    crowded: str | None = None  # the case that is about to be answered


class Actor:
    """One member. What they do comes from their seed; when they do it, from how fast they are answered."""

    def __init__(self, member: UUID, token: str, staff: bool, scene: Scene, door: Door, chance: Random) -> None:
        self.member = member
        self.token = token
        self.staff = staff
        self.journal: list[Entry] = []
        self._scene = scene
        self._door = door
        self._chance = chance
        self._tired = False

    def rest(self) -> None:
        """Do nothing new after what is under way."""
        self._tired = True

    async def act(self) -> None:
        """Do one thing after another, until told to rest."""
        while not self._tired:
            hurry = self._scene.rush or self._scene.crowded
            await asyncio.sleep(self._chance.uniform(0.0, 0.01) if hurry else self._chance.uniform(0.01, 0.15))
            await self._next()()

    def _next(self) -> Callable[[], Awaitable[None]]:
        if self._scene.rush:
            return self._vote
        if self._scene.crowded and not self.staff:
            return self._leave if self._chance.random() < 1 / 3 else self._join
        acts = (self._answer, self._resolve) if self.staff else ()
        weights = (30, 10) if self.staff else ()
        usual = (
            *((self._vote, 40), (self._withdraw_vote, 8), (self._vote_twice, 4), (self._repeat, 6)),
            *((self._comment, 8), (self._withdraw_comment, 2), (self._two_ideas, 3), (self._withdraw_idea, 2)),
            *((self._complain, 4), (self._join, 10), (self._leave, 4)),
        )
        choices: list[Callable[[], Awaitable[None]]] = [*acts, *(act for act, _ in usual)]
        return self._chance.choices(choices, [*weights, *(weight for _, weight in usual)])[0]

    # -- acts -------------------------------------------------------------------------------------------------------

    async def _vote(self) -> None:
        await self._ask("castVote", **self._mark(), choice=self._chance.choice(CHOICES))

    async def _vote_twice(self) -> None:
        """Send one vote through both gateways at once, as a client does that lost patience."""
        entry = self._entry("castVote", **self._mark(), choice=self._chance.choice(CHOICES))
        await asyncio.gather(self._door.send(entry, 0), self._door.send(entry, 1))
        await self._insist(entry)

    async def _withdraw_vote(self) -> None:
        await self._ask("withdrawVote", **self._mark())

    async def _repeat(self) -> None:
        """Send something again that was accepted; nothing must come of it."""
        if accepted := [entry for entry in self.journal if entry.accepted]:
            await self._door.send(self._chance.choice(accepted))

    async def _comment(self) -> None:
        _, idea = self._chance.choice(self._scene.ideas)
        told = await self._ask("postComment", ideaId=idea, text="I would like that.")
        if told and told.thing:
            self._scene.comments.append((self.token, told.thing))

    async def _withdraw_comment(self) -> None:
        if mine := [comment for token, comment in self._scene.comments if token == self.token]:
            await self._ask("withdrawComment", commentId=self._chance.choice(mine))

    async def _two_ideas(self) -> None:
        """Submit two ideas at once; the limit may leave room for one only."""
        challenge = self._chance.choice(list(self._scene.ballots))
        entries = [self._entry("submitIdea", challengeId=challenge, title=f"Idea {n}") for n in range(2)]
        await asyncio.gather(*(self._door.send(entry, n) for n, entry in enumerate(entries)))
        for entry in entries:
            await self._insist(entry)
            if entry.accepted and entry.accepted.thing:
                self._scene.ideas.append((challenge, entry.accepted.thing))
                self._scene.own.setdefault(self.token, []).append((challenge, entry.accepted.thing))

    async def _withdraw_idea(self) -> None:
        if mine := self._scene.own.get(self.token):
            await self._ask("withdrawIdea", ideaId=self._chance.choice(mine)[1])

    async def _complain(self) -> None:
        told = await self._ask("fileCase", kind="COMPLAINT", subject="Cold tacos", body="Quite cold.")
        if told and told.thing:
            self._scene.cases.append(told.thing)

    async def _join(self) -> None:
        if self._scene.cases:
            await self._ask("joinCase", caseId=self._scene.crowded or self._chance.choice(self._scene.cases[-6:]))

    async def _leave(self) -> None:
        if self._scene.cases:
            await self._ask("leaveCase", caseId=self._scene.crowded or self._chance.choice(self._scene.cases[-6:]))

    async def _answer(self) -> None:
        await self._before_a_crowd("replyToCase", text="It is warm now.")

    async def _resolve(self) -> None:
        await self._before_a_crowd("resolveCase")

    async def _before_a_crowd(self, mutation: str, **input: Any) -> None:
        """End the waiting of a case that everybody is just joining and leaving."""
        if self._scene.cases:
            case = self._scene.crowded = self._chance.choice(self._scene.cases[-6:])
            await asyncio.sleep(CROWDING)
            await self._ask(mutation, caseId=case, **input)
            self._scene.crowded = None

    # -- within -----------------------------------------------------------------------------------------------------

    def _mark(self) -> dict[str, str]:
        ballots, rush = self._scene.ballots, self._scene.rush
        ideas = [each for each in self._scene.ideas if rush in (None, ballots[each[0]])]
        challenge, idea = self._chance.choice(ideas)
        return {"ballotId": ballots[challenge], "optionId": idea}

    def _entry(self, mutation: str, **input: Any) -> Entry:
        entry = Entry(self.member, self.token, mutation, input, str(uuid4()))
        self.journal.append(entry)
        return entry

    async def _ask(self, mutation: str, **input: Any) -> Told | None:
        entry = self._entry(mutation, **input)
        await self._door.send(entry)
        await self._insist(entry)
        return entry.accepted

    async def _insist(self, entry: Entry) -> None:
        """Ask again what was not answered; or, as people do, go on to something else and ask much later."""
        for _ in range(TRIES):
            if entry.told or self._tired or self._chance.random() < 0.3:
                return
            await asyncio.sleep(self._chance.uniform(0.05, 0.5))
            await self._door.send(entry)
