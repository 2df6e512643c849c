"""What a request knows: who is looking, whom to ask, and what was asked already."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4, uuid5

import strawberry
from strawberry.dataloader import DataLoader

from chassis.identity import Visit
from contracts import ideas, responses, strategy, voting
from contracts.access import SignInFirst
from contracts.ideas import Comment, IdeaText
from contracts.messages import Command, Done, Invalid, Member, Query
from gateway.live import LiveFeed
from gateway.services import ServiceClient
from gateway.trouble import Unknown

LONGEST_KEY = 200
LOADING = 2  # turns of the event loop in which a loader gathers what is wanted, before it asks


class KeyIsOutOfBounds(Invalid):
    """An idempotency key has 1 to 200 characters. A random UUID is a good one."""


@dataclass(frozen=True)
class Desk:
    """What all requests share: the services by name, and what is heard from the topics."""

    services: dict[str, ServiceClient]
    live: LiveFeed


def now() -> datetime:
    """The time, in UTC and whole milliseconds: what arrival is stamped with (P16)."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


class Context:
    """One operation. Loaders ask once for all that is wanted at a time and answer in the order asked (G5)."""

    def __init__(self, desk: Desk, visit: Visit | None, arrived: datetime, traceparent: str | None = None) -> None:
        self.desk = desk
        self.visit = visit
        self.arrived = arrived
        self.traceparent = traceparent

    @property
    def viewer(self) -> Member | None:
        """Who is looking; None is a visitor."""
        return self.visit.member if self.visit else None

    @property
    def trace(self) -> str:
        """The trace id to quote."""
        return self.traceparent[3:35] if self.traceparent else "none"

    @property
    def live(self) -> LiveFeed:
        """What is heard from the topics."""
        return self.desk.live

    def forget(self) -> None:
        """Ask anew from here on: for subscriptions, whose context outlives many pictures."""
        for name in [name for name, value in vars(self).items() if isinstance(value, DataLoader)]:
            delattr(self, name)

    async def do(self, kind: type[Command], key: str | None, /, **fields: Any) -> tuple[UUID, Done]:
        """Have the viewer's command done: its id, and what happened.

        The id derives from the member, the mutation and the client's key, so the same request is done once (P4);
        without a key one is minted, and named if there is no answer. A visitor is refused with SignInFirst.
        """
        if self.visit is None:
            raise SignInFirst
        if key is None:
            key = str(uuid4())
        own, member = self.id_of(kind, key), self.visit.member
        command = kind(id=own, member=member, arrived=self.arrived, acted_by=self.visit.acted_by, **fields)
        try:
            return own, await self._service(kind).send(command, self.traceparent)
        except Unknown:
            raise Unknown(key) from None

    def id_of(self, kind: type[Command], key: str) -> UUID:
        """The id that the viewer's command under this key has (P4)."""
        if self.visit is None:
            raise SignInFirst
        if not 1 <= len(key) <= LONGEST_KEY:
            raise KeyIsOutOfBounds(path=("idempotencyKey",))
        name = kind.__name__
        return uuid5(self.visit.member.id, f"{name[0].lower()}{name[1:]}:{key}")

    async def ask(self, kind: type[Query], /, **fields: Any) -> Any:
        """The answer to a question with the viewer's eyes."""
        return await self._service(kind).ask(kind(viewer=self.viewer, **fields), self.traceparent, self)

    async def page(self, kind: type[Query], **fields: Any) -> Any:
        """A page with the viewer's eyes, in one request with whatever the loaders ask of that service beside it."""
        for _ in range(LOADING):
            await asyncio.sleep(0)
        return await self.ask(kind, **fields)

    async def tally_of(self, ballot_id: UUID, options: Sequence[UUID]) -> voting.Tally | None:
        """How it stands on some options of a ballot."""
        [tally] = await self.page(voting.TalliesOf, ballot_ids=(ballot_id,), option_ids=options)
        found: voting.Tally | None = tally
        return found

    def _service(self, kind: type[Command] | type[Query]) -> ServiceClient:
        return self.desk.services[kind.__module__.rpartition(".")[2]]

    def _loader(self, kind: type[Query], field: str, most: int = 1000) -> DataLoader[UUID, Any]:
        async def load(ids: list[UUID]) -> Any:
            return await self.ask(kind, **{field: ids})

        return DataLoader(load, max_batch_size=most)

    @cached_property
    def goals(self) -> "DataLoader[UUID, strategy.Goal | None]":
        """Goals by id."""

        async def load(ids: list[UUID]) -> Any:
            return await self.ask(strategy.GoalsNamed, goal_ids=ids, at=now())

        return DataLoader(load, max_batch_size=1000)

    @cached_property
    def challenges(self) -> "DataLoader[UUID, ideas.Challenge | None]":
        """Challenges by id."""
        return self._loader(ideas.ChallengesNamed, "challenge_ids")

    @cached_property
    def ideas(self) -> "DataLoader[UUID, ideas.Idea | None]":
        """Ideas by id."""
        return self._loader(ideas.IdeasNamed, "idea_ids")

    @cached_property
    def texts(self) -> "DataLoader[UUID, list[IdeaText]]":
        """Earlier texts by idea."""
        return self._loader(ideas.TextsOf, "idea_ids", most=100)

    @cached_property
    def comments(self) -> "DataLoader[UUID, Comment | None]":
        """Comments by id."""
        return self._loader(ideas.CommentsNamed, "comment_ids")

    @cached_property
    def ballots(self) -> "DataLoader[UUID, voting.Ballot | None]":
        """Ballots by id."""
        return self._loader(voting.BallotsNamed, "ballot_ids")

    @cached_property
    def tallies(self) -> "DataLoader[UUID, voting.Tally | None]":
        """Whole tallies by ballot."""
        return self._loader(voting.TalliesOf, "ballot_ids")

    @cached_property
    def papers(self) -> "DataLoader[UUID, voting.Paper | None]":
        """The viewer's own papers by ballot."""
        return self._loader(voting.MyPapers, "ballot_ids")

    @cached_property
    def outcomes(self) -> "DataLoader[UUID, voting.Outcome | None]":
        """Outcomes by ballot."""
        return self._loader(voting.OutcomesOf, "ballot_ids")

    @cached_property
    def cases(self) -> "DataLoader[UUID, responses.Case | None]":
        """Cases by id."""
        return self._loader(responses.CasesNamed, "case_ids")

    @cached_property
    def bodies(self) -> "DataLoader[UUID, str | None]":
        """Private bodies by case."""
        return self._loader(responses.BodiesOf, "case_ids", most=100)

    @cached_property
    def option_tallies(self) -> "DataLoader[tuple[UUID, UUID], voting.Tally | None]":
        """Tallies that say how it stands on one option, by (ballot, option)."""

        async def load(wanted: list[tuple[UUID, UUID]]) -> "list[voting.Tally | None]":
            ballots = list(dict.fromkeys(ballot for ballot, _ in wanted))
            options = list(dict.fromkeys(option for _, option in wanted))
            tallies = await self.ask(voting.TalliesOf, ballot_ids=ballots, option_ids=options)
            by_ballot = dict(zip(ballots, tallies, strict=True))
            return [by_ballot[ballot] for ballot, _ in wanted]

        return DataLoader(load, max_batch_size=1000)


Info = strawberry.Info[Context, None]
