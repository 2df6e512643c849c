"""How the community is asked: a challenge under the goal, ideas, comments, and stances towards them."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.demo import documents, tale
from cli.demo.report import Chapter
from cli.demo.tale import ORGANIZER, Person
from cli.demo.telling import Telling
from contracts.voting import Position, support_of


@dataclass(frozen=True)
class Asked:
    """The ids of the challenge, of its standing ballot, and of each idea by its title."""

    challenge: str
    ballot: str
    ideas: dict[str, str]


async def ask(telling: Telling, goal: str, chapter: Chapter) -> Asked:
    """Open the challenge and have forty members suggest, comment and support; then read all of it back."""
    opened = await _open(telling, goal)
    telling.board.say(f"{ORGANIZER.name} asks customers and employees: {tale.QUESTION}")
    asked = Asked(opened["id"], opened["ballotId"], {})
    await telling.all("ideas", (_suggest(telling, asked, idea) for idea in tale.IDEAS), len(tale.IDEAS))
    await _comment(telling, asked)
    await telling.all("voters", (_support(telling, asked, voter) for voter in tale.VOTERS), len(tale.VOTERS))
    await _read_challenge(telling, asked, chapter)
    await _read_ideas(telling, asked, chapter)
    return asked


async def _open(telling: Telling, goal: str) -> Any:
    owner = (await telling.look(ORGANIZER, documents.WHO_AM_I))["memberId"]
    ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    measure = {"name": tale.FIGURE, "baseline": tale.BASELINE, "date": ends}
    purpose = {"goalId": goal, "ownerId": owner, "statement": "A taco that our guests ask for", "measure": measure}
    decision = {"method": "INSTANT_RUNOFF", "openFor": tale.OPEN_FOR}
    electorate = {"quorum": tale.QUORUM, "electorate": len(tale.MEMBERS)}
    payload = await telling.tell(
        ORGANIZER,
        documents.OPEN_CHALLENGE,
        "challenge",
        question=tale.QUESTION,
        purpose=purpose,
        audiences=[audience.name for audience in tale.INVITED],
        stance={"positions": ["AGREE", "PASS", "DISAGREE"]},
        decision=decision | electorate,
        shortlistLimit=len(tale.SHORTLIST),
    )
    return payload["challenge"]


async def _suggest(telling: Telling, asked: Asked, idea: str) -> None:
    author = tale.author_of(idea)
    said = {"challengeId": asked.challenge, "title": idea}
    payload = await telling.tell(author, documents.SUBMIT_IDEA, f"idea/{idea}", **said)
    asked.ideas[idea] = payload["idea"]["id"]


async def _comment(telling: Telling, asked: Asked) -> None:
    """Some say something about a favourite, and then some reply to the first of these."""
    first: dict[str, str] = {}

    async def say(person: Person, place: int, reply: bool = False) -> None:
        idea = tale.SHORTLIST[place % len(tale.SHORTLIST)]
        said = {"ideaId": asked.ideas[idea], "text": tale.COMMENTS[place % len(tale.COMMENTS)]}
        answered = {"replyTo": first[idea]} if reply else {}
        payload = await telling.tell(person, documents.POST_COMMENT, f"comment/{person.name}", **said, **answered)
        first.setdefault(idea, payload["comment"]["id"])

    commenting = (say(person, place) for place, person in enumerate(tale.COMMENTERS))
    await telling.all("comments", commenting, len(tale.COMMENTERS))
    replying = (say(person, place, reply=True) for place, person in enumerate(tale.REPLIERS))
    await telling.all("replies", replying, len(tale.REPLIERS))


async def _support(telling: Telling, asked: Asked, voter: Person) -> None:
    for mark in tale.marks():
        if mark.voter == voter:
            said = {"ballotId": asked.ballot, "optionId": asked.ideas[mark.idea], "choice": mark.position.name}
            await telling.tell(voter, documents.CAST_VOTE, f"mark/{voter.name}/{mark.idea}", **said)


async def _read_challenge(telling: Telling, asked: Asked, chapter: Chapter) -> None:
    shown = await telling.look(
        ORGANIZER, documents.CHALLENGE, lambda challenge: challenge["ballot"], id=asked.challenge
    )
    chapter.same("question", shown["question"], tale.QUESTION)
    invited = sorted(audience.value for audience in tale.INVITED)
    chapter.same("invited", ", ".join(sorted(each.lower() for each in shown["audiences"])), ", ".join(invited))
    chapter.same("ideas", shown["ideaCount"], len(tale.IDEAS))
    tally = shown["ballot"]["tally"]
    chapter.same("members who took a stance", tally["turnout"], len(tale.VOTERS))
    found = sum((_counted(each["counts"]) for each in tally["counts"]), Counter())
    told = sum(tale.counts().values(), Counter())
    chapter.same("their stances", _stances(found), _stances(told))


async def _read_ideas(telling: Telling, asked: Asked, chapter: Chapter) -> None:
    wanted = {asked.ideas[idea]: counts for idea, counts in tale.counts().items()}

    def worn(shown: Any) -> int:
        ideas = [edge["node"] for edge in shown["edges"]]
        return sum(wanted.get(idea["id"]) == _counted(idea["support"]["counts"]) for idea in ideas)

    shown = await telling.look(
        ORGANIZER, documents.IDEAS_BY_SUPPORT, lambda shown: worn(shown) == len(wanted), id=asked.challenge
    )
    ideas = [edge["node"] for edge in shown["edges"]]
    chapter.same("ideas that wear their exact tally", worn(shown), len(wanted))
    authors = len({idea["author"]["name"] for idea in ideas})
    chapter.same("members who suggested ideas", authors, len(tale.SUGGESTERS))
    comments = sum(idea["commentCount"] for idea in ideas)
    chapter.same("comments and replies", comments, len(tale.COMMENTERS) + len(tale.REPLIERS))
    top = {idea["title"]: idea["support"]["support"] for idea in ideas[: len(tale.SHORTLIST)]}
    told = {idea: support_of(tale.counts()[idea]) for idea in tale.SHORTLIST}
    chapter.same("the most supported", _listed(top), _listed(told))


def _counted(counts: list[dict[str, Any]]) -> Counter[Position]:
    return Counter({Position[each["position"]]: each["count"] for each in counts if each["count"]})


def _stances(counts: Counter[Position]) -> str:
    return ", ".join(f"{number} {position.value}" for position, number in sorted(counts.items()))


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.items())
