"""What came of each run, a line each, in a file that outlives the runs: many may be stopped and gone on with."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.live.chaos.run import Report


@dataclass
class Ledger:
    """A file of JSON lines, which several houses may share; without a path nothing is kept."""

    path: Path | None

    def left(self, seeds: list[int]) -> list[int]:
        """Those that have not been run yet."""
        if self.path is None or not self.path.exists():
            return seeds
        done = {json.loads(line)["seed"] for line in self.path.read_text().splitlines()}
        return [seed for seed in seeds if seed not in done]

    def note(self, report: Report, took: float) -> None:
        """Add a run."""
        if self.path is None:
            return
        line = {
            "seed": report.plan.seed,
            "seconds": report.plan.seconds,
            "accidents": len(report.plan.accidents),
            "accepted": report.accepted,
            "refused": report.refused,
            "unknown": report.unknown,
            "events": report.events,
            "faults": len(report.faults),
            "took": round(took, 1),
            "violations": report.broken,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
