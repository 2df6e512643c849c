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
from tests.live.chaos.house import house
from tests.live.chaos.plan import Plan
from tests.live.chaos.run import Report, run

TOGETHER = 5  # runs in one system, before a fresh one


async def play(plans: list[Plan]) -> list[Report]:
    """Run after run in one system; stops at the first that breaks a promise, and keeps the logs of that one."""
    reports = []
    data = Path(tempfile.mkdtemp(prefix="folkmoot-chaos-"))
    async with house(data, plans[0].skew) as there:
        reader = Reader(there.system.mongo_url, there.kafka_url)
        for plan in plans:
            began = time.monotonic()
            reports.append(await run(there, reader, plan))
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


def main() -> int:
    """Exit status 0 where every promise was kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    options.add_argument("--longest-pause", type=float, default=9.0)
    options.add_argument("--plan", action="store_true", help="say what would happen, and do nothing")
    options.add_argument("--verbose", action="store_true")
    told = options.parse_args()
    logging.basicConfig(level=logging.INFO if told.verbose else logging.ERROR, format="%(asctime)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    plans = [Plan.drawn(told.seed + number, told.seconds, told.longest_pause) for number in range(told.runs)]
    if told.plan:
        print("\n".join(f"{plan.seed}: {accident}" for plan in plans for accident in plan.accidents))
        return 0
    reports: list[Report] = []
    for first in range(0, len(plans), TOGETHER):
        reports += uvloop.run(play(plans[first : first + TOGETHER]))
        if reports[-1].broken:
            return 1
    print(f"{len(reports)} runs, every promise kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
