"""Does in a folder what the image does in its own: imports every process with the libraries of the production lock.

Run as `python -I -S rehearsal.py FOLDER LIBRARIES LOCK`, so that nothing else is found.
"""

import re
import sys
from importlib import import_module, metadata
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

PROCESSES = (
    "gateway.app",
    *(f"services.{name}.app" for name in ("ideas", "voting", "responses", "strategy")),
    *(f"deploy.{name}" for name in ("start", "prepare", "prepared", "redrive", "keys")),
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "uvloop",
    "httptools",
)


class OnlyTheLock:
    """Finds no module of a library that the lock does not name."""

    def __init__(self, lock: str) -> None:
        locked = {"folkmoot", *re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==", lock, re.MULTILINE)}
        self._hidden = {
            module
            for module, owners in metadata.packages_distributions().items()
            if not {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners} & locked
        }

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Refuse what is hidden, leave the rest to others."""
        if name.partition(".")[0] in self._hidden:
            raise ModuleNotFoundError(f"{name} is not in the production lock", name=name)
        return None


if __name__ == "__main__":
    folder, libraries, lock = sys.argv[1:]
    sys.path[:0] = [folder, libraries]
    sys.meta_path.insert(0, OnlyTheLock(Path(lock).read_text()))
    for process in PROCESSES:
        import_module(process)
    ours = {module for module in sys.modules if module.startswith(("gateway.", "services.", "deploy.", "chassis."))}
    strangers = {name for name in ours if not str(sys.modules[name].__file__).startswith(folder)}
    sys.exit(f"not from the image: {strangers}" if strangers else 0)
