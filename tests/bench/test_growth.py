"""What is measured at two sizes, on a small system; and what the page says of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.closing import Closing, closings
from bench.community import gather_community
from bench.growth import closings_page, journals_page, sizes_page
from bench.journal import Flow, Kept
from bench.page import write
from bench.processes import Processes
from bench.seeding import SEEDING
from bench.sizes import Site, sizes
from bench.votes import Row
from chassis.mongo import Database, connect
from contracts.voting import Method
from deploy.local.system import System

MEMBERS = 60


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A system to measure."""
    async with System(tmp_path_factory.mktemp("bench") / "data") as system:
        crowd = await gather_community(system.url("gateway"), MEMBERS, 3)
        client = connect(system.mongo_url, SEEDING)
        processes = Processes({name: one.pid for name, one in system.processes.items()})
        processes.idle = dict.fromkeys(processes.idle, 10.0)  # nobody here waits for quiet
        databases = {name: Database(client, name) for name in ("voting", "ideas")}
        yield Site(system.url("gateway"), databases, crowd, processes, lambda what: None)
        client.close()


async def test_votes_and_pages_are_measured_at_both_sizes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """On ballots whose seeded papers are like real ones, or there would be no rows."""
    monkeypatch.setattr("bench.sizes.WARMING", 10)

    rows = await sizes(site, rounds=1, seconds=0.2, at=(100, 300))

    assert [row.kind for row in rows[::2]] == ["vote on 100", "page of 50 ideas on 100", "page of 50 papers of 100"]
    assert [row.kind for row in rows[1::2]] == ["vote on 300", "page of 50 ideas on 300", "page of 50 papers of 300"]
    assert all(row.per_second > 0 and row.failed == 0 for row in rows)
    assert [row.connections for row in rows] == [64, 64, 16, 16, 16, 16]  # a ratio is of like with like


async def test_a_ballot_of_each_method_is_closed_and_counted_while_others_vote(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the count is what the votes added up to, or there would be no row."""
    monkeypatch.setattr("bench.closing.WINDOW", 0.3)
    monkeypatch.setattr("bench.closing.AT_ONCE", 4)

    found = await closings(site, papers=300)

    assert [(each.method, each.papers) for each in found] == [(Method.STANCE, 300), (Method.INSTANT_RUNOFF, 300)]
    assert all(each.counted > 0 and each.apart > 0 and each.beside > 0 for each in found)


def row(kind: str, voting: float) -> Row:
    return Row(kind, 64, 900.0, 60.0, 110.0, {"voting": voting, "mongo": 0.4, "generator": 0.05}, 0.1)


def test_the_page_says_whether_a_vote_costs_more_on_a_large_ballot() -> None:
    rows = [row("vote on 10", 0.6), row("vote on 1,000", 0.8), row("page on 10", 1.0), row("page on 1,000", 1.9)]

    text = sizes_page(rows, 3, 2, 0.01)

    assert "| vote on 1,000 | 1.33 | 1.00 | 1.20 |" in text
    assert "- kept: vote on 1,000: CPU of voting and mongod at most 1.25 times that of vote on 10 (1.20 times)" in text
    assert "- **not kept**: page on 1,000: CPU of voting and mongod at most 1.25 times that of page on 10" in text


def test_the_page_says_how_large_ballots_closed() -> None:
    slow = Closing(Method.STANCE, 1000, refused=0.4, slowest=1.2, counted=30.0, apart=800, beside=600, lost=0, cpu={})

    text = closings_page([slow, slow._replace(method=Method.INSTANT_RUNOFF, slowest=0.3, beside=700)], 0.01)

    assert "| stance | 1,000 | 0.40 | 1.20 | 30.0 | 800 | 600 | 0.75 |" in text
    assert "- **not kept**: stance: casts refused before it is closed, or waiting, for at most 1 s (1.20 s)" in text
    assert "- kept: stance: counted within a minute (30.00 s)" in text
    assert "- **not kept**: stance: others vote at no less than 0.8 times their rate (0.75 times)" in text
    assert "- kept: instant_runoff: casts refused before it is closed, or waiting, for at most 1 s (0.40 s)" in text


def test_the_page_says_whether_a_start_takes_longer_with_a_longer_journal() -> None:
    memory = {"voting": 90 * 2**20, "mongo": 300 * 2**20}
    few = Kept(10, Path(), [Flow("relay", 10, 5000, {"voting": 0.1})], memory, [5.0, 4.0, 9.0], [1.0, 2.0, 1.5])
    many = replace(few, events=300, starts=[6.0, 5.5, 7.6])

    text = journals_page([few, many], 0.02)

    assert "| relay | 10 | 5,000 | 0.100 | 0.000 |" in text
    assert "| 300 events | 90 | 300 |" in text
    assert "| 10 events | 5.0 | 1.5 | 5.0, 4.0, 9.0 |" in text
    assert "- kept: a start with 300 events at most 1.5 times as long as with 10 (1.20 times)" in text


def test_figures_of_a_name_that_has_no_place_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("<!-- sizes: begin -->\n<!-- sizes: end -->\n")

    write(path, "new", "sizes")
    with pytest.raises(ValueError, match="no place for closings"):
        write(path, "new", "closings")

    assert path.read_text() == "<!-- sizes: begin -->\nnew\n<!-- sizes: end -->\n"
