"""Put back what a group set aside: `python -m deploy.redrive TOPIC GROUP` (P7)."""

import asyncio
import sys

from chassis.aside import redrive
from chassis.settings import read_settings
from contracts.topics import SERVICES, TOPICS


def main() -> int:
    """Redrive one topic for one group."""
    names = [topic.name for topic in TOPICS]
    if len(sys.argv) != 3 or sys.argv[1] not in names or sys.argv[2] not in SERVICES:
        print(
            f"Usage: redrive TOPIC GROUP\n  topics: {', '.join(names)}\n  groups: {', '.join(SERVICES)}",
            file=sys.stderr,
        )
        return 2
    count = asyncio.run(redrive(read_settings(), sys.argv[1], sys.argv[2]))
    print(f"{count} messages of {sys.argv[1]} were put back for {sys.argv[2]}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
