"""`make run` as a program: Ctrl-C, sudden death, and a part that dies."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.addresses import free_row
from deploy.local.process import HOME, until


class Run:
    """The program, running on a folder of its own, by which its children are known."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.output = data.parent / "output"
        with self.output.open("wb") as output:
            self.program = subprocess.Popen(
                [sys.executable, "-m", "tests.deploy.whole"],
                cwd=HOME,
                env={**os.environ, "DATA": str(data), "PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    async def says(self, text: str) -> None:
        async def said() -> bool:
            assert self.program.poll() is None or text in self.output.read_text(), self.output.read_text()
            return text in self.output.read_text()

        assert await until(said, within=60), self.output.read_text()

    async def ends(self) -> int:
        async def ended() -> bool:
            return self.program.poll() is not None

        assert await until(ended, within=30)
        return self.program.returncode

    def children(self) -> dict[int, str]:
        """Every living process that was told of our folder: pid and replica (or `ground`)."""
        found = {}
        for process in Path("/proc").iterdir():
            try:
                told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(self.data).encode() in told and int(process.name) != self.program.pid and state != "Z":
                name = re.search(rb"REPLICA=([a-z]+-\d)", told)
                found[int(process.name)] = name[1].decode() if name else "ground"
        return found

    async def leaves_nothing(self) -> None:
        async def gone() -> bool:
            return not self.children()

        assert await until(gone, within=5), self.children()


@pytest.fixture(name="run")
def running(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "data", free_row(8))
    yield run
    if run.program.poll() is None:
        run.program.kill()
    run.program.wait()


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_it_cleanly(run: Run, asked: signal.Signals) -> None:
    await run.says("Ctrl-C stops it")
    assert len(run.children()) == 8
    assert "eyJ" in run.output.read_text()

    run.program.send_signal(asked)

    assert await run.ends() == 0
    assert not run.children()
    assert not (run.data / "lock").exists()


async def test_ctrl_c_in_the_middle_of_starting_stops_it_cleanly(run: Run) -> None:
    await run.says("kafka")

    run.program.send_signal(signal.SIGINT)

    assert await run.ends() == 0
    assert not run.children()
    assert not (run.data / "lock").exists()


async def test_its_children_die_with_it_and_the_folder_is_free_again(run: Run) -> None:
    await run.says("Ctrl-C stops it")
    run.program.kill()
    await run.ends()
    await run.leaves_nothing()

    again = Run(run.data, free_row(8))
    await again.says("Ctrl-C stops it")
    again.program.send_signal(signal.SIGINT)
    assert await again.ends() == 0


async def test_a_service_that_dies_is_started_again(run: Run) -> None:
    await run.says("Ctrl-C stops it")
    [voting] = [pid for pid, name in run.children().items() if name == "voting-1"]

    os.kill(voting, signal.SIGKILL)

    await run.says("voting-1 ended with status -9")

    async def back() -> bool:
        return "voting-1" in run.children().values()

    assert await until(back, within=10)


def test_a_port_that_is_no_number_is_said_so(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.local"],
        cwd=HOME,
        env={**os.environ, "DATA": str(tmp_path), "PORT": "http"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "PORT=http is not a number" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
