"""How the story begins and ends: a goal that is set, and a check-in that moves it, with all that was heard for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cli.demo import documents, tale
from cli.demo.report import Chapter
from cli.demo.tale import STRATEGIST
from cli.demo.telling import CATCHING_UP, Telling

HALF = timedelta(days=100)  # the telling is in the middle of the goal's period: its pace is one half


async def set_goal(telling: Telling, chapter: Chapter) -> tuple[str, str]:
    """A goal, active, measured by one key result: the ids of both."""
    now = datetime.now(UTC)
    asked = {"statement": tale.STATEMENT, "advantage": tale.ADVANTAGE}
    period = {"starts": (now - HALF).isoformat(), "ends": (now + HALF).isoformat()}
    goal = (await telling.tell(STRATEGIST, documents.SET_GOAL, "goal", **asked, **period))["goal"]["id"]
    figure = {"name": tale.FIGURE, "unit": tale.UNIT, "baseline": tale.BASELINE, "target": tale.TARGET}
    payload = await telling.tell(STRATEGIST, documents.SET_KEY_RESULT, "key result", goalId=goal, **figure)
    await telling.tell(STRATEGIST, documents.ACTIVATE_GOAL, "activate", goalId=goal)
    shown = await telling.look(STRATEGIST, documents.GOAL, lambda goal: goal["state"] == "ACTIVE", id=goal)
    chapter.same("goal", shown["statement"], tale.STATEMENT)
    chapter.same("its state", shown["state"], "ACTIVE")
    chapter.same("the advantage it builds on", shown["advantage"], tale.ADVANTAGE)
    [result] = shown["keyResults"]
    chapter.same("its key result", result["name"], tale.FIGURE)
    chapter.same("from, to", _way(result), f"{tale.BASELINE:g} {tale.UNIT}, {tale.TARGET:g} {tale.UNIT}")
    chapter.same("measured so far", _figure(result["value"], result), "nothing")
    telling.board.say(f"{STRATEGIST.name} sets and activates the goal “{tale.STATEMENT}”")
    return goal, payload["keyResultId"]


async def check_in(telling: Telling, goal: str, key_result: str, chapter: Chapter) -> None:
    """What was measured moves the key result, the goal, and a screen that shows it."""
    async with telling.watch(STRATEGIST, documents.GOAL_PROGRESSED, goal) as screen:
        measured = {"goalId": goal, "keyResultId": key_result, "value": tale.MEASURED, "confidence": 8}
        await telling.tell(STRATEGIST, documents.CHECK_IN, "check-in", **measured)
        telling.board.say(f"{STRATEGIST.name} checks in: {tale.MEASURED:g} {tale.UNIT} {tale.FIGURE}")
        live = await screen.until(lambda goal: goal["progress"] is not None, CATCHING_UP)
    voices = {"heard": len(tale.MEMBERS), "voters": len(tale.VOTERS), "contributors": len(tale.SUGGESTERS)}
    numbers = {"ideasSubmitted": len(tale.IDEAS), "ideasAdopted": 1, "casesFiled": 2}
    wanted = {"voices": voices, "progress": tale.PROGRESS, "health": "AHEAD", **numbers}
    shown = await telling.look(STRATEGIST, documents.GOAL, lambda goal: wanted.items() <= goal.items(), id=goal)
    [result] = shown["keyResults"]
    chapter.same("its key result, as checked in", _figure(result["value"], result), f"{tale.MEASURED:g} {tale.UNIT}")
    chapter.same("its progress", _share(shown["progress"]), _share(tale.PROGRESS))
    chapter.same("the same, live on a screen", _share(live["progress"] if live else None), _share(tale.PROGRESS))
    chapter.same("its health, half-way", shown["health"], "AHEAD")
    for what, name in (("members heard", "heard"), ("by a vote", "voters"), ("by an idea", "contributors")):
        chapter.same(what, shown["voices"][name], voices[name])
    for what, name in (("ideas", "ideasSubmitted"), ("adopted ideas", "ideasAdopted"), ("cases", "casesFiled")):
        chapter.same(what, shown[name], numbers[name])


def _way(result: dict[str, Any]) -> str:
    return f"{_figure(result['baseline'], result)}, {_figure(result['target'], result)}"


def _figure(value: float | None, result: dict[str, Any]) -> str:
    return "nothing" if value is None else f"{value:g} {result['unit']}"


def _share(progress: float | None) -> str:
    return "nothing" if progress is None else f"{progress:.1%}"
