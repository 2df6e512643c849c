"""Telling the story: its report, its screens, its requests."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console

from cli.api import Api
from cli.demo import documents
from cli.demo.board import Board
from cli.demo.report import Chapter, came_out, show
from cli.demo.screen import Screen
from cli.demo.tale import CALLER, MEMBERS
from cli.demo.telling import Telling
from cli.errors import Trouble
from cli.main import main
from tests.cli.stand_in import StandIn, refusal

# -- the report -------------------------------------------------------------------------------------------------------


def shown(*chapters: Chapter, width: int = 80, whole: bool = True) -> list[str]:
    """The report, line by line."""
    paper = io.StringIO()
    show(chapters, Console(file=paper, width=width), whole)
    return paper.getvalue().splitlines()


def test_what_came_out_as_told_has_a_check_mark() -> None:
    chapter = Chapter("A goal")
    chapter.same("ideas", 40, 40)
    chapter.holds("breached", "0.4 s late", "within 60 s", True)

    assert shown(chapter) == [
        "",
        "A goal",
        "  ✓ ideas                              40",
        "  ✓ breached                           0.4 s late",
        "",
        "2 of 2 lines as told.",
    ]
    assert came_out([chapter])


def test_what_did_not_says_what_was_told() -> None:
    chapter = Chapter("A goal")
    chapter.same("ideas", 39, 40)
    chapter.same("adopted", 1, 1)

    assert "  ✗ ideas                              39 (told: 40)" in shown(chapter)
    assert shown(chapter)[-1] == "1 of 2 lines as told, 1 not."
    assert not came_out([chapter])


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_window_and_no_word_is_lost(width: int) -> None:
    chapter = Chapter("A decision")
    chapter.same("a what that is much too long to stand in one line", "one two three four " * 10, "told " * 20)

    lines = shown(chapter, width=width)
    assert max(map(len, lines)) <= width
    assert " ".join(lines).split().count("four") == 10


def test_a_story_that_broke_off_says_so() -> None:
    chapter = Chapter("A goal")
    chapter.same("ideas", 40, 40)

    assert shown(chapter, whole=False)[-1] == "1 of 1 lines as told, and there the story broke off."


def test_where_nothing_was_played_nothing_is_reported() -> None:
    assert shown() == []


def test_without_an_api_one_is_told_how_to_start_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--api", "http://127.0.0.1:9"]) == 2
    said = capsys.readouterr()
    assert "make run" in said.err
    assert said.out == ""


# -- requests ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def telling(url: str) -> AsyncIterator[Callable[[], Telling]]:
    """Begins a telling against the stand-in."""
    async with aiohttp.ClientSession() as session:
        yield lambda: Telling(session, Api(session, url), Board(Console(file=io.StringIO())))


async def test_a_request_is_done_once_in_a_telling_and_anew_in_the_next(
    telling: Callable[[], Telling], stand_in: StandIn
) -> None:
    vote = {"ballotId": "ballot", "optionId": "idea-0", "choice": "AGREE"}
    for each in (telling(), telling()):
        await each.admit()
        await each.tell(MEMBERS[0], documents.CAST_VOTE, "vote", **vote)
        await each.tell(MEMBERS[0], documents.CAST_VOTE, "vote", **vote)

    assert stand_in.cast == [(MEMBERS[0].subject, "idea-0", "AGREE")] * 2


async def test_a_refusal_that_belongs_to_the_story_is_told_by_its_code(
    telling: Callable[[], Telling], stand_in: StandIn
) -> None:
    played = telling()
    await played.admit()
    vote = {"ballotId": "ballot", "optionId": "idea-0", "choice": "AGREE"}
    assert await played.refusal(CALLER, documents.CAST_VOTE, "first", **vote) == "not refused"

    no = {"data": {"castVote": {"errors": [refusal("NotEligible")]}}}
    stand_in.mishap = lambda operation: web.json_response(no)
    assert await played.refusal(CALLER, documents.CAST_VOTE, "second", **vote) == "NotEligible"


async def test_what_is_not_as_told_in_time_is_shown_as_it_is(telling: Callable[[], Telling], stand_in: StandIn) -> None:
    played = telling()
    await played.admit()
    stand_in.mishap = lambda operation: web.json_response({"data": {"goal": {"state": "DRAFT"}}})

    seen = await played.look(CALLER, documents.GOAL, lambda goal: goal["state"] == "ACTIVE", within=0.3, id="goal")
    assert seen == {"state": "DRAFT"}


async def test_what_is_not_there_at_all_stops_the_telling(telling: Callable[[], Telling], stand_in: StandIn) -> None:
    played = telling()
    await played.admit()
    stand_in.mishap = lambda operation: web.json_response({"data": {"goal": None}})

    with pytest.raises(Trouble, match="does not show Dolores"):
        await played.look(CALLER, documents.GOAL, within=0.1, id="goal")


# -- screens ----------------------------------------------------------------------------------------------------------


class Pictures:
    """A stand-in for subscriptions: every connection is shown the next of `lives`, picture by picture, and broken."""

    def __init__(self, *lives: list[dict[str, Any]]) -> None:
        self.lives = list(lives)
        self.tokens: list[str] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["graphql-transport-ws"])
        await socket.prepare(request)
        self.tokens.append((await socket.receive_json())["payload"]["authorization"])
        await socket.send_json({"type": "connection_ack"})
        assert (await socket.receive_json())["payload"]["variables"] == {"id": "one"}
        await socket.send_json({"type": "ping"})
        assert await socket.receive_json() == {"type": "pong"}
        for message in self.lives.pop(0) if self.lives else []:
            await socket.send_json({"id": "1", **message})
        if not self.lives:
            await socket.receive()
        return socket


def picture(version: int) -> dict[str, Any]:
    return {"type": "next", "payload": {"data": {"caseChanged": {"version": version}}}}


async def seen(
    pictures: Pictures, look: Callable[[Screen], Any], heard: Callable[[Any], None] = lambda picture: None
) -> Any:
    """What `look` finds on a screen before which these pictures pass."""
    app = web.Application()
    app.router.add_get("/graphql", pictures.serve)
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("")).rstrip("/")
        headers = {"Authorization": "Bearer me"}
        async with Screen(session, url, headers, documents.CASE_CHANGED, "one", heard) as screen:
            return await look(screen)


async def test_a_screen_shows_the_newest_once_it_is_as_told() -> None:
    pictures, heard = Pictures([picture(1), picture(2), picture(3)]), list[int]()

    def hear(case: dict[str, int]) -> None:
        heard.append(case["version"])

    found = await seen(pictures, lambda screen: screen.until(lambda case: case["version"] == 3, 5), hear)

    assert found == {"version": 3}
    assert heard == [1, 2, 3]
    assert pictures.tokens == ["Bearer me"]


async def test_a_broken_screen_comes_back() -> None:
    pictures = Pictures([picture(1)], [picture(2)])

    assert await seen(pictures, lambda screen: screen.until(lambda case: case["version"] == 2, 5)) == {"version": 2}
    assert len(pictures.tokens) == 2


async def test_a_screen_that_never_shows_what_was_told_shows_what_there_is() -> None:
    pictures = Pictures([picture(1)])

    assert await seen(pictures, lambda screen: screen.until(lambda case: False, 0.2)) == {"version": 1}


async def test_a_refused_subscription_is_told() -> None:
    pictures = Pictures([{"type": "error", "payload": [{"message": "There is no such thing."}]}])

    with pytest.raises(Trouble, match="no such thing"):
        await seen(pictures, lambda screen: asyncio.sleep(0))
