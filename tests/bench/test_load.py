"""What a measurement may be trusted for."""

import itertools
import os
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.community import Community, changed
from bench.generator import Load, load
from bench.page import BEGIN, END, Alone, page, sampled, write
from bench.processes import Processes, cpu_of
from bench.votes import CROWDS, Row, of_medians

COMMUNITY = Community(tokens=("ann's", "ben's", "cem's"), ballot="ballot", options=("taco", "soup"))
DONE = '{"data":{"castVote":{"paperVersion":1,"errors":[]}}}'


def row(kind: str, connections: int, per_second: float, took: float = 5.0) -> Row:
    return Row(kind, connections, per_second, took, took * 2, {"voting": 0.5, "generator": 0.04}, 0.1)


def test_every_vote_changes_something() -> None:
    paper: dict[tuple[int, str], str] = {}
    for vote in itertools.islice(COMMUNITY.votes(), 40):
        assert paper.get((vote.member, vote.option)) != vote.choice
        paper[vote.member, vote.option] = vote.choice


def test_no_two_votes_share_an_idempotency_key() -> None:
    requests = list(itertools.islice(COMMUNITY.requests("here", COMMUNITY.votes()), 40))

    assert len({request.partition(b'"idempotencyKey":"')[2] for request in requests}) == 40


async def test_answers_that_are_no_success_are_counted_apart() -> None:
    answers = itertools.cycle([DONE, DONE.replace("1", "null"), DONE.replace("[]", '[{"code":"BallotIsClosed"}]')])

    async def graphql(request: web.Request) -> web.Response:
        vote = (await request.json())["variables"]["input"]
        assert vote["ballotId"] == "ballot"
        return web.Response(text=next(answers))

    app = web.Application()
    app.router.add_post("/graphql", graphql)
    async with TestServer(app, host="127.0.0.1") as server:
        url = f"http://127.0.0.1:{server.port}"
        requests = itertools.islice(COMMUNITY.requests("here", COMMUNITY.votes()), 60)
        came = await load(url, requests, connections=4, seconds=20, success=changed)

    assert (len(came.latencies), came.failures) == (20, 40)
    assert "null" in came.first_failure
    assert came.percentile(0.99) >= came.percentile(0.5) > 0


def test_percentiles_are_of_the_nearest_rank() -> None:
    came = Load(latencies=[float(number) for number in range(100, 0, -1)])

    assert (came.percentile(0.5), came.percentile(0.99), came.percentile(1)) == (51.0, 100.0, 100.0)


def test_a_slow_round_does_not_move_the_median() -> None:
    assert of_medians([row("batched", 1, 100), row("batched", 1, 5), row("batched", 1, 110)]).per_second == 100


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux counts in /proc")
def test_replicas_are_counted_together() -> None:
    processes = Processes({"voting-1": os.getpid(), "voting-2": os.getpid()})

    assert processes.cpu()["voting"] == pytest.approx(2 * cpu_of(os.getpid()), abs=0.05)


def test_the_page_says_which_claims_were_kept_and_keeps_the_text_around(tmp_path: Path) -> None:
    speeds = {"batched": 1300.0, "unbatched": 700.0, "bare": 2000.0}
    rows = [row(kind, connections, speed) for connections in CROWDS for kind, speed in speeds.items()]
    path = tmp_path / "performance.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    alone = Alone(row("lone vote", 1, 45), row("vote to push", 1, 4), row("page of 50 ideas", 16, 120))
    write(path, page(rows, alone, 0.01, rounds=3, seconds=2, others=0.02))

    text = path.read_text()
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "Other programs took 2% of the machine meanwhile." in text
    assert "**not kept**: at 64: batched at least 2 times unbatched (1.86 times)" in text
    assert "kept: at 64: at least 1,000 votes a second (1,300.00 /s)" in text
    assert "| 64 | 1.86 | 0.65 | 300 | 4.3 |" in text


def test_sampling_is_named_in_words() -> None:
    assert sampled(0.01) == "one request in 100 traced"
    assert sampled(1) == "every request traced"
