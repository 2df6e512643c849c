"""The first thing a child process does: it ties its life to ours, then becomes the program it was asked to be.

Run as `python leash.py PARENT_PID PROGRAM ARGUMENT...`. A hook between fork and exec would do the same
but is not safe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel (Linux) to kill us when the parent dies, then exec the program."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # it died before the kernel knew our wish
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 (no shell wanted)


if __name__ == "__main__":
    main()
