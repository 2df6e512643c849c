"""How the community decides: a shortlist, a ballot that opens, closes and adopts its winner by itself."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from cli.demo import documents, tale
from cli.demo.counting import read_count
from cli.demo.gathering import Asked
from cli.demo.report import Chapter
from cli.demo.screen import Picture, Screen
from cli.demo.tale import ORGANIZER, VENDOR, Person, Ranking
from cli.demo.telling import CATCHING_UP, Telling
from cli.errors import Trouble
from cli.importing import together

PACE = 0.9  # seconds between two papers: all of them come well before the closing


class Deciding:
    """The decision of one challenge."""

    def __init__(self, telling: Telling, asked: Asked, chapter: Chapter) -> None:
        self._telling = telling
        self._asked = asked
        self._chapter = chapter
        self._titles = {idea: title for title, idea in asked.ideas.items()}
        self._standing: dict[str, int] = {}
        self._turnout = 0

    async def shortlist(self) -> str:
        """Shortlist the five that are most supported, and begin to decide: the ballot's id, once it has opened."""
        telling, challenge = self._telling, self._asked.challenge
        await telling.tell(
            ORGANIZER, documents.ADVANCE_CHALLENGE, "to shortlisting", challengeId=challenge, phase="SHORTLISTING"
        )
        shown = await telling.look(ORGANIZER, documents.IDEAS_BY_SUPPORT, id=challenge)
        chosen = [edge["node"]["id"] for edge in shown["edges"][: len(tale.SHORTLIST)]]
        await telling.tell(ORGANIZER, documents.SHORTLIST_IDEAS, "shortlist", challengeId=challenge, ideaIds=chosen)
        await telling.tell(
            ORGANIZER, documents.ADVANCE_CHALLENGE, "to deciding", challengeId=challenge, phase="DECIDING"
        )
        telling.board.say(f"{ORGANIZER.name} shortlists the five most supported; a ballot opens over them by itself")
        shown = await self._challenge("decisionBallot")
        if shown["decisionBallot"] is None:
            raise Trouble(f"No ballot has opened over the shortlist within {CATCHING_UP:g} s. See the logs of voting.")
        self._read_opening(shown)
        return str(shown["decisionBallot"]["id"])

    async def vote(self, ballot: str) -> None:
        """Have everybody vote while the tally is watched, and the ballot close; then read what came of it."""
        began = time.monotonic()
        bar = self._telling.board.begin("ballot", tale.OPEN_FOR)
        async with self._telling.watch(ORGANIZER, documents.TALLY_CHANGED, ballot, self._show) as screen:

            async def tick() -> None:
                while True:
                    bar.at(min(time.monotonic() - began, tale.OPEN_FOR), self._news())
                    await asyncio.sleep(0.5)

            ticking = asyncio.create_task(tick())
            try:
                await self._hand_in(ballot, began)
                await self._close(ballot, screen)
            finally:
                ticking.cancel()
            bar.at(tale.OPEN_FOR, self._news())
        await read_count(self._telling, ballot, self._titles, self._chapter)

    async def _hand_in(self, ballot: str, began: float) -> None:
        """Papers one after the other, at a pace that does not wait for a slow answer; then the changes of mind."""
        last = tale.papers()
        first = last | tale.first_thoughts()
        await together(
            self._hand_in_at(began + place * PACE, ballot, *each) for place, each in enumerate(first.items())
        )
        self._telling.board.say(f"{len(tale.first_thoughts())} of them change their minds")
        await together(self._hand_in_at(0, ballot, person, last[person]) for person in tale.first_thoughts())
        code = await self._refused(VENDOR, ballot)
        self._chapter.same("a vendor's paper is refused", code, "NotEligible")

    async def _hand_in_at(self, at: float, ballot: str, person: Person, ranking: Ranking) -> None:
        await asyncio.sleep(at - time.monotonic())
        what, marks = f"paper/{person.name}/{'>'.join(ranking)}", self._marks(ranking)
        await self._telling.tell(person, documents.HAND_IN_PAPER, what, ballotId=ballot, marks=marks)

    async def _close(self, ballot: str, screen: Screen) -> None:
        seen = await screen.until(lambda tally: tally["turnout"] == len(tale.DECIDERS), CATCHING_UP)
        self._chapter.same("papers, live on a screen", (seen or {}).get("turnout"), len(tale.DECIDERS))
        shown = await self._challenge("adopted", within=tale.OPEN_FOR + CATCHING_UP)
        closes = shown["decisionBallot"]["terms"]["closesAt"]
        self._read_closing(shown, (datetime.now(UTC) - _time(closes)).total_seconds())
        code = await self._refused(tale.DECIDERS[0], ballot)
        self._chapter.same("one after the closing, too", code, "BallotIsClosed")

    async def _refused(self, who: Person, ballot: str) -> str:
        marks = self._marks(tale.FIRST_THOUGHT)
        return await self._telling.refusal(who, documents.HAND_IN_PAPER, "too much", ballotId=ballot, marks=marks)

    def _marks(self, ranking: Ranking) -> list[dict[str, Any]]:
        return [{"optionId": self._asked.ideas[idea], "number": rank} for rank, idea in enumerate(ranking, 1)]

    async def _challenge(self, awaited: str, within: float = CATCHING_UP) -> Any:
        """The challenge, once it has this."""
        return await self._telling.look(
            ORGANIZER, documents.CHALLENGE, lambda shown: bool(shown[awaited]), within, id=self._asked.challenge
        )

    # -- what is watched ----------------------------------------------------------------------------------------------

    def _show(self, tally: Picture) -> None:
        self._turnout = tally["turnout"]
        self._standing |= {each["optionId"]: each["standing"] for each in tally["standing"] or []}

    def _news(self) -> str:
        first = (f"{self._titles[idea]} {many}" for idea, many in self._standing.items())
        return f"{self._turnout} papers: {', '.join(first)}"

    # -- what is read -------------------------------------------------------------------------------------------------

    def _read_opening(self, shown: Any) -> None:
        titles = [idea["title"] for idea in shown["shortlist"]]
        self._chapter.same("shortlist", ", ".join(titles), ", ".join(tale.SHORTLIST))
        found = tuple(shown["decisionBallot"]["terms"][name] for name in ("method", "electorate", "quorum"))
        told = ("INSTANT_RUNOFF", len(tale.MEMBERS), tale.QUORUM)
        self._chapter.same("a ballot opened by itself", _terms(*found), _terms(*told))

    def _read_closing(self, shown: Any, late: float) -> None:
        chapter, ballot = self._chapter, shown["decisionBallot"]
        opened, closed = ballot["openedAt"], ballot["closedAt"]
        open_for = (_time(closed) - _time(opened)).total_seconds() if closed else None
        chapter.same("it closed by itself, on time", _seconds(open_for), _seconds(tale.OPEN_FOR))
        chapter.same("members who voted", ballot["tally"]["turnout"], len(tale.DECIDERS))
        adopted = ", ".join(f"{idea['title']} {idea['state']}" for idea in shown["adopted"] or [])
        chapter.same("the winner, adopted by itself", adopted, f"{tale.WINNER} ADOPTED")
        chapter.holds("as soon as", f"{late:.1f} s after the closing", f"within {CATCHING_UP:g} s", late <= CATCHING_UP)
        chapter.same("the challenge", shown["phase"], "DECIDED")
        self._telling.board.say(f"The ballot closes and is counted; by itself is adopted: {adopted or 'nothing'}")


def _terms(method: str, electorate: int | None, quorum: float | None) -> str:
    return f"{method}: {electorate} may vote, {quorum or 0:.0%} must"


def _seconds(number: float | None) -> str:
    return "not closed" if number is None else f"after {number:g} s"


def _time(told: str) -> datetime:
    return datetime.fromisoformat(told)
