"""What the count of the decision found: papers, rounds and verdict, held against those of the story."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from cli.demo import documents, tale
from cli.demo.report import Chapter
from cli.demo.tale import ORGANIZER, Ranking
from cli.demo.telling import Telling

NOTHING: dict[str, Any] = {"count": [], "verdict": "NOT DECIDED", "winners": []}
Titles = Mapping[str, str]  # of ideas by their ids


async def read_count(telling: Telling, ballot: str, titles: Titles, chapter: Chapter) -> None:
    """Every paper, every round, and who won."""
    shown = await telling.look(ORGANIZER, documents.COUNT, lambda shown: bool(shown["outcome"]), id=ballot)
    papers = [edge["node"] for edge in shown["papers"]["edges"]]
    kept = Counter(_ranking(paper["numbers"], titles) for paper in papers)
    told = Counter(tale.papers().values())
    chapter.same("papers kept as handed in last", (kept & told).total(), told.total())
    changed = sum(paper["version"] > 1 for paper in papers)
    chapter.same("members who changed their minds", changed, len(tale.first_thoughts()))
    outcome = shown["outcome"] or NOTHING
    rounds = [_round(each, titles) for each in outcome["count"]]
    chapter.same("rounds", len(rounds), len(tale.ROUNDS))
    for number, one in enumerate(tale.ROUNDS, 1):
        found = said(rounds[number - 1]) if number <= len(rounds) else "none"
        chapter.same(f"round {number}", found, said(one))
    winners = ", ".join(titles[each] for each in outcome["winners"])
    chapter.same("verdict", f"{outcome['verdict']}: {winners}", f"WON: {tale.WINNER}")


def said(one: tale.Round) -> str:
    """A round in words, who stands highest first."""
    standing = sorted(one.standing.items(), key=lambda each: (-each[1], each[0]))
    parts = [f"{idea} {papers}" for idea, papers in standing]
    parts += [f"{one.exhausted} exhausted"] if one.exhausted else []
    return f"{', '.join(parts)}; {f'{one.leaves} leaves' if one.leaves else f'{one.wins} wins'}"


def _ranking(numbers: list[dict[str, Any]], titles: Titles) -> Ranking:
    return tuple(titles[each["optionId"]] for each in sorted(numbers, key=lambda each: int(each["number"])))


def _round(shown: Mapping[str, Any], titles: Titles) -> tale.Round:
    standing = {titles[each["optionId"]]: each["standing"] for each in shown["standing"]}
    leaves = ", ".join(titles[each] for each in shown["eliminated"]) or None
    wins = ", ".join(titles[each] for each in shown["elected"]) or None
    return tale.Round(standing, shown["exhausted"], leaves, wins)
