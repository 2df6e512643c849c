"""A small consultation and somewhere to take it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from tests.cli.stand_in import StandIn

COMMENTS = """timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body
2000,x,1,7,0,0,-1,"Second, by time"
1000,x,0,8,0,0,1,First by time
1500,x,14,8,0,0,0,Nobody voted on this
"""
VOTES = """timestamp,datetime,comment-id,voter-id,vote
3000,x,0,7,1
1000,x,0,7,-1
2000,x,1,8,0
2000,x,0,8,1
2500,x,1,9,-1
"""
MATRIX = """participant,group-id,n-comments,n-votes,n-agree,n-disagree,1,0
7,,1,1,1,0,,1
8,0,2,2,1,0,0,1
9,0,0,1,0,1,-1,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, text in (("comments", COMMENTS), ("votes", VOTES), ("participants-votes", MATRIX)):
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
async def url(stand_in: StandIn) -> AsyncIterator[str]:
    async with TestServer(stand_in.app(), host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")
