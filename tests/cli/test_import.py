"""Taking a consultation through the API."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from cli.main import main
from tests.cli.stand_in import StandIn

Import = Callable[..., Awaitable[int]]


@pytest.fixture
async def imported(folder: Path, url: str) -> Import:
    """Runs the command as a person would; the stand-in is served meanwhile. Awaitable: its exit status."""

    def run(*more: str) -> Awaitable[int]:
        return asyncio.to_thread(main, ["import", "polis", str(folder), "--api", url, *more])

    return run


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


async def test_what_the_api_shows_is_what_was_published(
    imported: Import, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await imported() == 0
    assert last_line(capsys) == "cells: 0 mismatches, tallies: 0 mismatches"
    assert len(stand_in.cast) == 5
    assert sorted(stand_in.authors.values()) == ["polis-tiny-7", "polis-tiny-8", "polis-tiny-8"]


async def test_running_it_twice_changes_nothing(imported: Import, stand_in: StandIn) -> None:
    await imported()
    before = list(stand_in.cast)

    assert await imported() == 0
    assert stand_in.cast == before


async def test_a_member_who_changed_their_mind_votes_in_the_order_of_time(imported: Import, stand_in: StandIn) -> None:
    await imported()

    assert [choice for who, _, choice in stand_in.cast if who == "polis-tiny-7"] == ["DISAGREE", "AGREE"]


async def test_an_option_that_is_not_there_yet_is_tried_again(imported: Import, stand_in: StandIn) -> None:
    stand_in.early = 3

    assert await imported() == 0
    assert len(stand_in.cast) == 5


async def test_an_api_that_falls_over_on_the_way_is_survived(imported: Import, stand_in: StandIn) -> None:
    falls = iter([502, None, 503, 500, None, 504])
    stand_in.mishap = lambda operation: (
        web.Response(status=status) if operation == "CastVote" and (status := next(falls, None)) else None
    )

    assert await imported() == 0
    assert len(stand_in.cast) == 5


async def test_an_answer_of_unknown_is_asked_again_under_the_same_key(imported: Import, stand_in: StandIn) -> None:
    left = Counter({"CastVote": 2, "SubmitIdea": 1})

    def unknown(operation: str) -> web.Response | None:
        left[operation] -= 1
        fault = {"message": "unknown: repeat it", "path": ["castVote"], "extensions": {"code": "Unknown"}}
        return web.json_response({"data": {"castVote": None}, "errors": [fault]}) if left[operation] >= 0 else None

    stand_in.mishap = unknown

    assert await imported() == 0


async def test_no_more_requests_are_under_way_than_allowed(imported: Import, stand_in: StandIn) -> None:
    await imported("--concurrency", "2")

    assert stand_in.most_under_way <= 2


async def test_an_admin_acts_as_each_member(imported: Import, stand_in: StandIn) -> None:
    assert await imported("--token", "admin") == 0
    assert {headers["Authorization"] for headers in stand_in.headers} == {"Bearer admin"}
    assert set(stand_in.votes) == {"polis-tiny-7", "polis-tiny-8", "polis-tiny-9"}
    acted = next(headers for headers in stand_in.headers if headers.get("Folkmoot-Act-As") == "polis-tiny-9")
    assert acted["Folkmoot-Act-As-Name"] == "Participant%209"
    assert acted["Folkmoot-Act-As-Audience"] == "customer"


async def test_a_vote_too_many_is_a_mismatch_of_one_cell_and_its_tallies(
    imported: Import, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.votes["a stranger"] = {"idea-0": "AGREE"}

    assert await imported("--patience", "1") == 1
    assert last_line(capsys) == "cells: 1 mismatches, tallies: 2 mismatches"


async def test_support_is_given_time_to_catch_up(imported: Import, stand_in: StandIn) -> None:
    stand_in.stale = 3

    assert await imported() == 0


async def test_a_refusal_that_does_not_pass_stops_the_import_with_its_words(
    imported: Import, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {"code": "NotInvited", "message": "This challenge is for other audiences.", "retryable": False}
    stand_in.mishap = lambda operation: (
        web.json_response({"data": {"submitIdea": {"errors": [refused]}}}) if operation == "SubmitIdea" else None
    )

    assert await imported() == 2
    assert "This challenge is for other audiences. (NotInvited)" in capsys.readouterr().err


async def test_an_api_that_never_gets_on_is_given_up(
    imported: Import, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.mishap = lambda operation: web.Response(status=503) if operation == "CastVote" else None

    assert await imported("--patience", "0.3") == 2
    assert "has not got on for 0.3 s. The last said: status 503" in capsys.readouterr().err


async def test_another_content_under_the_same_name_is_another_import(
    imported: Import, stand_in: StandIn, folder: Path
) -> None:
    await imported()
    votes = folder / "votes.csv"
    votes.write_text(votes.read_text() + "2600,x,0,9,1\n")
    stand_in.authors.clear()
    stand_in.votes.clear()

    await imported("--patience", "1")

    assert len(stand_in.authors) == 3
