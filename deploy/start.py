"""The image's door: `python -m deploy.start WORD` becomes the process of that name."""

import os
import signal
import sys
from importlib import import_module
from types import FrameType

APPS = {name: f"services.{name}.app:app" for name in ("ideas", "voting", "responses", "strategy")} | {
    "gateway": "gateway.app:app"
}
JOBS = {
    "prepare": "collections, indexes and topics, once per version; changes nothing when run again",
    "prepared": "wait until that has been done for a service: prepared voting",
    "redrive": "put back what a group set aside: redrive voting.ballots ideas",
    "keys": "print a new pair of keys for service tokens",
}
GRACE = 10  # seconds that open requests may take once the process is told to stop
DOORS = (
    *("--no-access-log", "--no-proxy-headers", "--lifespan", "on", "--timeout-graceful-shutdown", str(GRACE)),
    *("--loop", "uvloop", "--http", "httptools"),
)


def main() -> int:
    """Become the process that was asked for; exit status 2 when there is none of that name."""
    word, *rest = sys.argv[1:] or [""]
    # A container's first process never hears a signal that it has no handler for.
    signal.signal(signal.SIGTERM, _leave)
    if word in APPS and not rest:
        return _serve(APPS[word])
    if word in JOBS:
        sys.argv[1:] = rest
        return int(import_module(f"deploy.{word}").main() or 0)
    print(f"Which process? Say one of {', '.join(APPS)}, or a job:", file=sys.stderr)
    print("\n".join(f"  {name:<9} {what}" for name, what in JOBS.items()), file=sys.stderr)
    return 2


def _serve(app: str) -> int:
    import uvicorn  # 0.15 s, and our list of doors is wanted by programs that open none

    behind_a_proxy = ["--proxy-headers"] if os.environ.get("FORWARDED_ALLOW_IPS") else []
    return int(uvicorn.main(["--factory", app, *DOORS, *behind_a_proxy]) or 0)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
