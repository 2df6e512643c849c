"""Requests that schemathesis thinks up from the schema: every query and mutation, by each kind of viewer."""

import asyncio
import json
import os
from pathlib import Path

from deploy.local.process import HOME
from tests.hostile.siege import Siege

SCHEMATHESIS = HOME / ".venv" / "fuzz" / "bin" / "schemathesis"
VIEWERS: dict[str, tuple[tuple[str, ...], str] | None] = {
    "visitor": None,
    "member": ((), "customer"),
    "organizer": (("organizer",), "employee"),
    "strategist": (("strategist",), "employee"),
    "responder": (("responder",), "employee"),
}


async def thought_up(siege: Siege, seconds: float, seed: int) -> None:
    """Send what the schema allows for so many seconds, a share by each viewer; the ledger has the answers."""
    for viewer in VIEWERS:
        await _by(siege, viewer, max(1, round(seconds / len(VIEWERS))), seed)


async def _by(siege: Siege, viewer: str, seconds: int, seed: int) -> None:
    ledger, rights = siege.system.data / f"{viewer}.json", VIEWERS[viewer]
    secrets = [] if viewer == "responder" else [siege.secret]  # whose work it is to read what is private
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "tests.hostile.told",
        "HOSTILE_DOOR": f"schema, {viewer}",
        "HOSTILE_IDS": json.dumps(siege.known.ids),
        "HOSTILE_SECRETS": json.dumps(secrets),
        "HOSTILE_SEED": str(seed),
        "HOSTILE_LEDGER": str(ledger),
        "PYTHONPATH": str(HOME),
    }
    words = ["run", siege.system.graphql_url, "--max-time", str(seconds), "--seed", str(seed), "--workers", "2"]
    words += ["--checks", "not_a_server_error", "--continue-on-failure", "--no-shrink", "--no-color"]
    words += ["--phases", "fuzzing", "--generation-database", "none", "--suppress-health-check", "all"]
    if rights is not None:
        words += ["--header", f"Authorization: Bearer {await siege.town.member(f'some-{viewer}', *rights)}"]
    log = siege.system.data / f"{viewer}.log"
    with log.open("wb") as out:
        tool = await asyncio.create_subprocess_exec(
            str(SCHEMATHESIS), *words, env=environment, cwd=siege.system.data, stdout=out, stderr=out
        )
        await tool.wait()  # what it takes for failures are refusals too: our ledger judges
    assert ledger.exists(), f"schemathesis did not get anywhere: {log.read_text(errors='replace')[-2000:]}"
    _add(siege, ledger)


def _add(siege: Siege, ledger: Path) -> None:
    told = json.loads(ledger.read_text())
    siege.ledger.counts.update({(door, code): count for door, code, count in told["counts"]})
    siege.ledger.wrong += told["wrong"]
