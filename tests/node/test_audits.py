"""GraphQL over HTTP, as its public audits see a gateway that is a process of its own (G7)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

from chassis.trust import new_keys
from deploy.local.process import HOME
from tests.conftest import free_port
from tests.eventually import eventually
from tests.gateway.conftest import ISSUER
from tests.node.workshop import Workshop


@pytest.fixture
async def gateway(workshop: Workshop) -> AsyncIterator[str]:
    """Where a gateway listens, with nothing behind it: the audits ask for no data."""
    port, (private, _) = free_port(), new_keys()
    url = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "tests.gateway.alone:app", "--port", str(port), "--log-level", "warning"),
        cwd=HOME,
        env=os.environ | {"SERVICE_KEY": private, "ISSUER": ISSUER},
    )

    async def ready() -> bool:
        try:
            async with aiohttp.ClientSession() as visitor, visitor.get(f"{url}/health/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    try:
        await eventually(ready, within=60)
        yield url
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 30)


async def test_g7_all_public_audits_pass(workshop: Workshop, gateway: str) -> None:
    audits = await workshop.told("audits.mjs", f"{gateway}/graphql")

    assert len(audits) >= 60
    assert [audit for audit in audits if audit["status"] != "ok"] == []
