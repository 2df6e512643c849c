"""A child process on its leash."""

import resource
import sys
from pathlib import Path

from deploy.local.process import Process


async def test_it_may_open_more_files_than_we_do(tmp_path: Path) -> None:
    """Many systems begin with a thousand, which is too few for mongod."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ours = 30_000 if hard == resource.RLIM_INFINITY else min(hard, 60_000) // 2
    tell = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    child = Process("child", [sys.executable, "-c", tell], {}, tmp_path / "log")

    resource.setrlimit(resource.RLIMIT_NOFILE, (ours, hard))
    try:
        child.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    await child.succeed(within=20)

    assert int((tmp_path / "log").read_text()) > ours
