"""Taking a whole consultation through the public API: goal, challenge, ideas, and every vote in its time order."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cli import documents
from cli.api import Api, Headers
from cli.identity import Passports
from cli.polis import Comment, Consultation, Vote, title_of

GOAL_ENDS = "2099-12-31T00:00:00Z"  # fixed, because a repeated run must send the same input
AT_THE_ISSUER = 16  # tokens asked for at a time


class Progress(Protocol):
    """Hears how far each part of the work has come."""

    def begin(self, what: str, total: int) -> None:
        """Work on `total` pieces begins."""

    def step(self) -> None:
        """One piece is done."""


@dataclass(frozen=True)
class Imported:
    """Where things ended up: the ids of the challenge, its ballot and the ideas by comment; each member's headers."""

    challenge: str
    ballot: str
    ideas: Mapping[str, str]
    members: Mapping[str, Headers]
    staff: Headers


class Importer:
    """Brings one consultation in. All it does carries keys made from the data, so running it again is harmless."""

    def __init__(self, consultation: Consultation, api: Api, passports: Passports, progress: Progress) -> None:
        self._consultation = consultation
        self._api = api
        self._passports = passports
        self._progress = progress
        self._members: dict[str, Headers] = {}

    async def run(self) -> Imported:
        """Do all of it. Raises Trouble where it cannot go on; a later run goes on from there."""
        name = self._consultation.name
        staff = await self._passports.staff(f"polis-{name}", f"Import of {name}")
        challenge, ballot = await self._open(staff)
        await self._admit(self._consultation.people)
        ideas = await self._submit(challenge)
        await self._vote(ballot, ideas)
        return Imported(challenge, ballot, ideas, self._members, staff)

    def _key(self, what: str) -> str:
        return f"polis/{self._consultation.name[:100]}/{self._consultation.digest}/{what}"

    async def _open(self, staff: Headers) -> tuple[str, str]:
        """The goal, active, and the challenge: its id and the id of its standing ballot, once voting has opened it."""
        goal = (await self._api.tell(documents.SET_GOAL, self._key("goal"), self._goal(), staff))["goal"]
        await self._api.tell(documents.ACTIVATE_GOAL, self._key("activate"), {"goalId": goal["id"]}, staff)
        asked = self._challenge(goal["id"], goal["owner"]["id"])
        challenge = (await self._api.tell(documents.OPEN_CHALLENGE, self._key("challenge"), asked, staff))["challenge"]
        found = await self._api.ask(
            documents.STANDING_BALLOT,
            {"challenge": challenge["id"]},
            staff,
            there=lambda data: bool(data["node"] and data["node"]["ballot"]),
        )
        return challenge["id"], found["node"]["ballot"]["id"]

    def _goal(self) -> dict[str, Any]:
        return {
            "statement": f"Know what people think: {self._consultation.topic}"[:500],
            "advantage": "A community that says what it thinks",
            "starts": self._consultation.began.isoformat(),
            "ends": GOAL_ENDS,
        }

    def _challenge(self, goal: str, owner: str) -> dict[str, Any]:
        return {
            "question": title_of(self._consultation.topic),
            "description": self._consultation.description[:20_000],
            "public": True,
            "purpose": {
                "goalId": goal,
                "ownerId": owner,
                "statement": "Hear everyone on every comment",
                "measure": {"name": "Votes on comments", "baseline": 0, "date": GOAL_ENDS},
            },
            "stance": {"positions": ["AGREE", "PASS", "DISAGREE"], "anonymity": "NAMED", "publication": "ALWAYS"},
        }

    async def _admit(self, people: tuple[str, ...]) -> None:
        """Everyone's headers, by their number in the export."""
        self._progress.begin("members", len(people))
        gate = asyncio.Semaphore(AT_THE_ISSUER)

        async def admit(person: str) -> None:
            async with gate:
                subject = f"polis-{self._consultation.name}-{person}"
                self._members[person] = await self._passports.member(subject, f"Participant {person}")
            self._progress.step()

        await together(admit(person) for person in people)

    async def _submit(self, challenge: str) -> dict[str, str]:
        """Each comment as an idea of its author, in time order per author: idea ids by comment."""
        ideas: dict[str, str] = {}
        self._progress.begin("ideas", len(self._consultation.comments))

        async def submit(comment: Comment) -> None:
            said = {"challengeId": challenge, "title": title_of(comment.body) or "…", "body": comment.body}
            key = self._key(f"idea/{comment.id}")
            payload = await self._api.tell(documents.SUBMIT_IDEA, key, said, self._members[comment.author])
            ideas[comment.id] = payload["idea"]["id"]

        await self._one_by_one(_by((comment.author, comment) for comment in self._consultation.comments), submit)
        return ideas

    async def _vote(self, ballot: str, ideas: Mapping[str, str]) -> None:
        """Every row as a vote of its member, each member's strictly in time order, members side by side."""
        self._progress.begin("votes", len(self._consultation.votes))

        async def cast(vote: Vote) -> None:
            said = {"ballotId": ballot, "optionId": ideas[vote.comment], "choice": vote.position.name}
            await self._api.tell(documents.CAST_VOTE, self._key(f"vote/{vote.row}"), said, self._members[vote.voter])

        await self._one_by_one(_by((vote.voter, vote) for vote in self._consultation.votes), cast)

    async def _one_by_one(self, rows: Mapping[str, list[Any]], do: Callable[[Any], Awaitable[None]]) -> None:
        """Each person's rows one after the other, all people at once; `Api` bounds how many requests fly."""

        async def all_of(theirs: list[Any]) -> None:
            for one in theirs:
                await do(one)
                self._progress.step()

        await together(all_of(theirs) for theirs in rows.values())


async def together(work: Iterable[Awaitable[None]]) -> None:
    """Do all of it side by side; the first failure stops the rest and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(_awaited(one))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _awaited(one: Awaitable[None]) -> None:
    await one


def _by(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = {}
    for person, row in pairs:
        rows.setdefault(person, []).append(row)
    return rows
