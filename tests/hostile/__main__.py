"""`python -m tests.hostile --inputs 10000 --seconds 600 --seed 1`: a long siege, and its figures."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import uvloop

from tests.hostile.aftermath import heard, logged, set_aside, unbroken
from tests.hostile.by_schema import thought_up
from tests.hostile.siege import besieged


async def play(inputs: int, seconds: float, seed: int) -> None:
    """All of it on one system; raises where a promise is broken. The logs of a failure are kept."""
    data = Path(tempfile.mkdtemp(prefix="folkmoot-hostile-"))
    print(f"seed {seed}, logs in {data / 'logs'}", flush=True)
    async with besieged(data) as siege:
        try:
            await siege.suffer(inputs, seed)
            if seconds:
                await thought_up(siege, seconds, seed)
            print(siege.ledger, flush=True)
            print("\n".join(siege.ledger.wrong[:100]), flush=True)
            if siege.sent:
                await heard(siege)
                print(f"set aside: {dict(await set_aside(siege))}", flush=True)
            print(f"votes meanwhile {len(siege.votes)}, the slowest seen after {max(siege.votes, default=0):.1f} s")
            await unbroken(siege)
        finally:
            print("\n".join(f"{count} of {said}" for said, count in logged(siege).most_common()), flush=True)
    shutil.rmtree(data, ignore_errors=True)


def main() -> int:
    """Exit status 0 where nothing broke and nothing leaked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=10_000)
    options.add_argument("--seconds", type=float, default=600.0, help="for requests thought up from the schema")
    options.add_argument("--seed", type=int, default=1)
    told = options.parse_args()
    uvloop.run(play(told.inputs, told.seconds, told.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
