"""A gateway that is told to stop."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping

import aiohttp

from chassis.trust import Door, new_keys
from gateway.nodes import global_id
from tests.eventually import eventually
from tests.gateway.conftest import ISSUER
from tests.gateway.standin import StandIn, listening
from tests.gateway.test_voting import BALLOT, BALLOT_DATA
from tests.gateway.test_watching import WATCH, Screen, told


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as visitor, visitor.get(f"{url}/health/ready") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def test_on_sigterm_open_streams_end_requests_finish_and_the_process_is_gone() -> None:
    private, public = new_keys()
    voting = StandIn("voting", Door("voting", public))
    voting.answers["BallotsNamed"] = lambda data: {"answer": [BALLOT_DATA]}
    voting.answers["TalliesOf"] = lambda data: told(1, {})
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with listening(voting) as voting_url:
        environment = os.environ | {"SERVICE_KEY": private, "VOTING_URL": voting_url, "ISSUER": ISSUER}
        server = ["-m", "uvicorn", "tests.gateway.alone:app", "--port", str(port), "--timeout-graceful-shutdown", "30"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *server, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        try:
            await eventually(lambda: answers(url), within=60)
            body = {"query": WATCH, "variables": {"id": global_id("Ballot", BALLOT)}}
            headers = {"accept": "text/event-stream"}
            async with (
                aiohttp.ClientSession() as browser,
                browser.post(f"{url}/graphql", json=body, headers=headers) as response,
            ):
                screen = Screen(response)
                assert (await screen.next())["data"]["tallyChanged"]["version"] == 1
                voting.held.clear()
                waiting = asyncio.create_task(_ask(url, body))
                await eventually(lambda: _asked(voting, 2))

                process.send_signal(signal.SIGTERM)
                assert await screen.next() == {}
                voting.held.set()

                assert (await waiting)["data"] == {"ballot": {"state": "OPEN"}}
            assert await asyncio.wait_for(process.wait(), 15) in (0, -signal.SIGTERM)
        finally:
            voting.held.set()
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _ask(url: str, watched: Mapping[str, object]) -> dict[str, object]:
    body = {"query": "query Q($id: ID!) { ballot(id: $id) { state } }", "variables": watched["variables"]}
    async with aiohttp.ClientSession() as browser, browser.post(f"{url}/graphql", json=body) as response:
        return dict(await response.json())


async def _asked(voting: StandIn, times: int) -> bool:
    return len(voting.told("BallotsNamed")) >= times
