"""A folder of a test's own in which programs for Node.js run, with the packages that `make node` installed."""

import asyncio
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".node"


def missing() -> str | None:
    """Why nothing can run with Node.js here; None where it can."""
    if shutil.which("node") is None:
        return "Node.js is not on PATH"
    stamp = INSTALLED / "installed.json"
    if not stamp.exists() or stamp.read_bytes() != (HERE / "package-lock.json").read_bytes():
        return "the packages of tests/node are not installed: make node"
    return None


@dataclass
class Workshop:
    """A folder with everything that was put in it."""

    folder: Path

    def __post_init__(self) -> None:
        for file in HERE.iterdir():
            if file.suffix in (".mjs", ".json"):
                shutil.copy(file, self.folder)
        (self.folder / "node_modules").symlink_to(INSTALLED / "node_modules")

    def put(self, name: str, text: str) -> Path:
        """A file in it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    async def run(self, program: str, *arguments: str, **environment: str) -> str:
        """What a program of ours (`.mjs`, `.js`) or of a package (its name) prints; fails with all it said."""
        ours = self.folder / program
        path = ours if ours.exists() else self.folder / "node_modules" / ".bin" / program
        process = await asyncio.create_subprocess_exec(
            "node",
            str(path),
            *arguments,
            cwd=self.folder,
            env=os.environ | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(120):
                said, complained = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, f"{program}: {said.decode()}{complained.decode()}"
        return said.decode()

    async def told(self, program: str, *arguments: str, **environment: str) -> Any:
        """What a program prints, as JSON."""
        return json.loads(await self.run(program, *arguments, **environment))
