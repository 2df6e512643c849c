"""`python -m tests.live.chaos --runs 3 --seconds 20 --seed 1`: as many runs, each with the next seed."""

import argparse
import logging
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from tests.live.chaos.books import Reader
from tests.live.chaos.broken import BREAKS
from tests.live.chaos.house import house
from tests.live.chaos.ledger import Ledger
from tests.live.chaos.plan import Plan
from tests.live.chaos.run import Report, run

TOGETHER = 10  # runs in one house, before a fresh one


async def play(plans: list[Plan], ledger: Ledger, broken: str | None) -> list[Report]:
    """Run after run in one house; stops at the first that breaks a promise, and keeps the logs of that one."""
    reports = []
    data = Path(tempfile.mkdtemp(prefix="folkmoot-chaos-"))
    async with house(data, broken) as there:
        reader = Reader(there.system.mongo_url, there.kafka_url)
        for plan in plans:
            began = time.monotonic()
            reports.append(await run(there, reader, plan))
            ledger.note(reports[-1], time.monotonic() - began)
            print(f"{reports[-1]} ({time.monotonic() - began:.0f} s)", flush=True)
            if reports[-1].broken:
                break
        reader.close()
    if reports[-1].broken:
        print("\n".join(reports[-1].broken))
        print(f"faults: {reports[-1].faults[:5]}\nlogs: {data / 'logs'}")
    else:
        shutil.rmtree(data, ignore_errors=True)
    return reports


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options.add_argument("--resume", type=Path, metavar="FILE", help="add a line per run; skip the seeds in it")
    options.add_argument("--break", dest="broken", choices=BREAKS, help="a protocol that the services are to break")
    options.add_argument("--plan", action="store_true", help="say what would happen, and do nothing")
    options.add_argument("--verbose", action="store_true")
    return options


def main() -> int:
    """Exit status 0 where every promise was kept."""
    told = _options().parse_args()
    logging.basicConfig(level=logging.INFO if told.verbose else logging.ERROR, format="%(asctime)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    ledger = Ledger(told.resume)
    seeds = ledger.left(list(range(told.seed, told.seed + told.runs)))
    plans = [Plan.drawn(seed, told.seconds) for seed in seeds]
    if told.plan:
        print("\n".join(f"{plan.seed}: {accident}" for plan in plans for accident in plan.accidents))
        return 0
    for first in range(0, len(plans), TOGETHER):
        reports = uvloop.run(play(plans[first : first + TOGETHER], ledger, told.broken))
        if reports[-1].broken:
            return 1
    print(f"{len(plans)} runs, every promise kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
