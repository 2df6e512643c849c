"""A stand-in for the one-off job: it notes that it ran, and fails when told so."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(f"{os.environ['KAFKA_URL']}\n")
    sys.exit(os.environ.get("JOB_FAILS"))
