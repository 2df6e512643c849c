"""How a complaint is cared for: joined instead of shouted again, overdue, seen first by the desk, answered for all."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.demo import documents, tale
from cli.demo.report import Chapter
from cli.demo.screen import Picture, Screen
from cli.demo.tale import CALLER, GRUMBLER, JOINERS, RESPONDER, Person
from cli.demo.telling import CATCHING_UP, Telling
from cli.errors import Trouble

SHORTEST = timedelta(minutes=1)  # a promise that leaves the joiners' clocks the time to be met
LEFT = timedelta(seconds=20)  # of the promise, when the complaint reaches the house
LATE = 60.0  # seconds after its due within which a breach is recorded (rule 11 of R6)


@dataclass(frozen=True)
class Filed:
    """A complaint: its id, and the promise as whoever filed it is shown it."""

    id: str
    posted_at: datetime
    due_at: datetime

    @property
    def promised(self) -> timedelta:
        """How soon after the posting a first reply is promised."""
        return self.due_at - self.posted_at


class Caring:
    """Two complaints. The small one, filed now, shows what is promised; the large one was posted so long ago that
    the same promise is broken while everybody watches.
    """

    def __init__(self, telling: Telling, goal: str, chapter: Chapter) -> None:
        self._telling = telling
        self._goal = goal
        self._chapter = chapter

    async def care(self) -> None:
        """From the first complaint to the reply that reaches everybody."""
        small = await self._file(GRUMBLER, tale.SMALL)
        if small.promised < SHORTEST:
            raise Trouble(
                f"Here a first reply to a complaint is promised within {small.promised}. The demo needs a minute at "
                "least: start the system with a larger FIRST_RESPONSE_COMPLAINT."
            )
        large = await self._file(CALLER, tale.LARGE, datetime.now(UTC) - small.promised + LEFT)
        self._telling.board.say(f"{CALLER.name} complains: {tale.LARGE[0]}. She posted it long ago: it is nearly due")
        self._chapter.same("promised: a reply within (h:m:s)", f"{large.promised}", f"{small.promised}")
        await self._answer(small, large)
        await self._read_reply(large)
        await self._reply(small, tale.SORRY, "small")
        await self._read_small(small)

    async def _file(self, who: Person, words: tuple[str, str], posted_at: datetime | None = None) -> Filed:
        subject, body = words
        said: dict[str, Any] = {"kind": "COMPLAINT", "subject": subject, "body": body, "goalId": self._goal}
        posted = {"postedAt": posted_at.isoformat()} if posted_at else {}
        payload = await self._telling.tell(who, documents.FILE_CASE, f"case/{who.name}", **said, **posted)
        clock = payload["case"]["mine"]["clock"]
        return Filed(payload["case"]["id"], _time(clock["startedAt"]), _time(clock["dueAt"]))

    async def _answer(self, small: Filed, large: Filed) -> None:
        """Thirty join, the clock warns, nobody answers, it breaches; the desk, watching, sees it first and replies."""
        self._telling.board.say(f"{len(JOINERS)} others join instead of shouting again")
        bar = self._telling.board.begin("case", len(JOINERS))

        def show(case: Picture) -> None:
            bar.at(case["joiners"], _news(case, large))

        async with self._telling.watch(RESPONDER, documents.CASE_CHANGED, large.id, show) as screen:
            await self._wait(large, screen)
            await self._look_at_desk(small, large)
            await self._reply(large, tale.REPLY, "large")
            self._telling.board.say(f"{RESPONDER.name} answers once, to all {len(JOINERS) + 1}")
            await screen.until(lambda case: bool(case["repliedAt"]), CATCHING_UP)

    async def _wait(self, large: Filed, screen: Screen) -> None:
        warning = self._mine(CALLER, large, lambda case: _state(case) != "PENDING", LEFT.total_seconds())
        warned, *_ = await asyncio.gather(warning, *(self._join(large, each) for each in JOINERS))
        self._chapter.same("her clock, nearly due", _state(warned), "WARNED")
        joined = await screen.until(lambda case: bool(case["joiners"] == len(JOINERS)), CATCHING_UP)
        self._chapter.same("joined instead of shouting again", (joined or {}).get("joiners"), len(JOINERS))
        within = (large.due_at - datetime.now(UTC)).total_seconds() + LATE
        seen = await screen.until(lambda case: bool(case["desk"]["breached"]), within) or {"repliedAt": None}
        late = (datetime.now(UTC) - large.due_at).total_seconds()
        breached = bool(seen.get("desk", {}).get("breached"))
        when = f"seen live, {late:.1f} s after it was due" if breached else "not seen"
        self._chapter.holds("it breaches", when, f"within {LATE:g} s", breached and late <= LATE)
        self._chapter.same("replies until then", "one" if seen["repliedAt"] else "none", "none")
        self._telling.board.say(f"Nobody answers; the breach of her clock is {when}")

    async def _join(self, large: Filed, who: Person) -> None:
        await self._telling.tell(who, documents.JOIN_CASE, f"join/{who.name}", caseId=large.id)

    async def _look_at_desk(self, small: Filed, large: Filed) -> None:
        """It comes first: before it stand at most cases, of other days, that have been overdue for longer."""
        shown = await self._telling.look(RESPONDER, documents.DESK)
        cases = [edge["node"] for edge in shown["edges"]]
        places = {case["id"]: place for place, case in enumerate(cases)}
        place = places.get(large.id, len(cases))
        ahead = [case["desk"]["nextDue"] for case in cases[:place]]
        first = large.id in places and all(due and _time(due) <= large.due_at for due in ahead)
        where = "first" if not ahead else f"after {len(ahead)} that are overdue for longer" if first else "not first"
        self._chapter.holds("at the desk, by next due, it is", where, "first", first)
        before = large.id in places and place < places.get(small.id, len(cases))
        self._chapter.same("which is before the smaller one", "yes" if before else "no", "yes")

    async def _reply(self, case: Filed, text: str, what: str) -> None:
        await self._telling.tell(RESPONDER, documents.REPLY_TO_CASE, f"reply/{what}", caseId=case.id, text=text)
        await self._telling.tell(RESPONDER, documents.RESOLVE_CASE, f"resolve/{what}", caseId=case.id)

    async def _read_reply(self, large: Filed) -> None:
        """What each of the thirty-one is shown, with their own eyes."""
        people = (CALLER, *JOINERS)
        seen = await asyncio.gather(*(self._mine(each, large, _is_answered) for each in people))
        reached = sum(_last(case) == ("REPLY", tale.REPLY) for case in seen)
        self._chapter.same("members whom one reply reached", reached, len(people))
        states = Counter(_state(case) for case in seen[1:])
        self._chapter.same("clocks of those who joined", _listed(states), _listed({"MET": len(JOINERS)}))
        self._chapter.same("her clock", _state(seen[0]), "SETTLED_LATE")
        bodies = sum(case["body"] is not None for case in seen[1:])
        self._chapter.same("others who are shown her words", bodies, 0)
        self._chapter.same("what she is shown of them", seen[0]["body"], tale.LARGE[1])
        self._chapter.same("the case", seen[0]["state"], "RESOLVED")

    async def _read_small(self, small: Filed) -> None:
        shown = await self._mine(GRUMBLER, small, lambda case: _state(case) == "MET")
        self._chapter.same("the smaller one, answered in time", f"{_state(shown)}, {shown['state']}", "MET, RESOLVED")

    async def _mine(self, who: Person, case: Filed, as_told: Any, within: float = CATCHING_UP) -> Any:
        return await self._telling.look(who, documents.CASE, as_told, within, id=case.id)


def _news(case: Picture, large: Filed) -> str:
    if case["repliedAt"]:
        return "joined, answered"
    if case["desk"]["breached"]:
        return "joined, overdue"
    return f"joined, due at {large.due_at.astimezone():%H:%M:%S}"


def _state(case: Any) -> str:
    return str(case["mine"]["clock"]["state"]) if case["mine"] else "NONE"


def _is_answered(case: Any) -> bool:
    return _state(case) in ("MET", "SETTLED_LATE") and _last(case) == ("REPLY", tale.REPLY)


def _last(case: Any) -> tuple[str, str] | None:
    edges = case["thread"]["edges"]
    return (edges[-1]["node"]["kind"], edges[-1]["node"]["text"]) if edges else None


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(numbers.items()))


def _time(told: str) -> datetime:
    return datetime.fromisoformat(told)
