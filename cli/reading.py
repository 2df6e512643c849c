"""Reading a consultation back through the API, as any visitor may."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from cli import documents
from cli.api import Api, Headers
from cli.comparing import Mismatch, cell_mismatches, tally_mismatches
from cli.errors import Trouble
from cli.importing import Imported, together
from cli.polis import Cells, Consultation
from contracts.voting import Position

CATCHING_UP = 30.0  # seconds we give ideas to show the newest tally
GLANCE = 0.2


async def compare(
    api: Api, consultation: Consultation, imported: Imported, patience: float = CATCHING_UP
) -> tuple[list[Mismatch], list[Mismatch]]:
    """Where cells, and where tallies (the ballot's and the support that ideas show), differ from what was published."""
    published = consultation.published
    comments = {idea: comment for comment, idea in imported.ideas.items()}
    cells = cell_mismatches(published, await _cells(api, imported, comments))
    tallies = tally_mismatches(published, await _tally(api, imported, comments), "tally")
    until = time.monotonic() + patience
    while support := tally_mismatches(published, await _support(api, imported, comments), "support"):
        if time.monotonic() > until:
            break
        await asyncio.sleep(GLANCE)
    return cells, tallies + support


async def _cells(api: Api, imported: Imported, comments: Mapping[str, str]) -> Cells:
    """Every mark on every paper of the ballot."""
    voters = await _voters(api, imported)
    cells: Cells = {}
    async for paper in _pages(api, documents.PAPERS, imported, {"ballot": imported.ballot}, "papers"):
        voter = voters.get(paper["member"]["id"], f"unknown {paper['member']['id']}")
        for mark in paper["marks"]:
            comment = comments.get(mark["optionId"], f"unknown {mark['optionId']}")
            cells[voter, comment] = Position[mark["choice"]]
    return cells


async def _voters(api: Api, imported: Imported) -> dict[str, str]:
    """Each member's number in the export, by the id that the API knows them by."""
    voters: dict[str, str] = {}

    async def learn(voter: str, headers: Headers) -> None:
        voters[(await api.ask(documents.WHO_AM_I, {}, headers))["viewer"]["memberId"]] = voter

    await together(learn(voter, headers) for voter, headers in imported.members.items())
    return voters


async def _tally(api: Api, imported: Imported, comments: Mapping[str, str]) -> dict[str, dict[Position, int]]:
    """The ballot's own counts by comment."""
    data = await api.ask(documents.TALLY, {"ballot": imported.ballot}, imported.staff)
    counts = _found(data)["tally"]["counts"] or []
    return {comments.get(one["optionId"], one["optionId"]): _positions(one["counts"]) for one in counts}


async def _support(api: Api, imported: Imported, comments: Mapping[str, str]) -> dict[str, dict[Position, int]]:
    """The counts that the ideas show, by comment."""
    shown = {}
    async for idea in _pages(api, documents.IDEAS, imported, {"challenge": imported.challenge}, "ideas"):
        shown[comments.get(idea["id"], idea["id"])] = _positions(idea["support"]["counts"])
    return shown


async def _pages(
    api: Api, document: str, imported: Imported, variables: Mapping[str, Any], field: str
) -> AsyncIterator[dict[str, Any]]:
    """Every entry of a connection, page by page."""
    after, more = None, True
    while more:
        data = await api.ask(document, {**variables, "after": after}, imported.staff)
        page = _found(data)[field]
        for edge in page["edges"]:
            yield edge["node"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def _found(data: Mapping[str, Any]) -> dict[str, Any]:
    if data["node"] is None:
        raise Trouble("The API no longer shows what was imported. Was its data removed? Import again.")
    return dict(data["node"])


def _positions(counts: list[dict[str, Any]]) -> dict[Position, int]:
    return {Position[one["position"]]: one["count"] for one in counts}
