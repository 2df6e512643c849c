"""The first thing a child process does: it ties its life to ours, then becomes the program it was asked to be.

It also takes leave to open as many files as it may: a thousand, where many systems begin, are too few for mongod.

Run as `python leash.py PARENT_PID PROGRAM ARGUMENT...`. A hook between fork and exec would do the same
but is not safe in a process with threads.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1
MOST_FILES = 65_536


def main() -> None:
    """Ask the kernel (Linux) to kill us when the parent dies, and for more files; then exec the program."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # it died before the kernel knew our wish
            sys.exit(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):  # some systems have a bound that they do not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    os.execvp(command[0], command)  # noqa: S606 (no shell wanted)


if __name__ == "__main__":
    main()
