"""The image, rehearsed: what the Dockerfile copies and installs is enough, and its command becomes the process."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from chassis.trust import Door, Signer, new_keys
from deploy.local.addresses import HOST, answers_ok, free_row
from deploy.local.process import HOME, until
from deploy.start import APPS, JOBS
from tests.deploy.shipped import copied

DOCKERFILE = (HOME / "Dockerfile").read_text()
REHEARSAL = Path(__file__).with_name("rehearsal.py")


def rehearsed(python: str, folder: Path, libraries: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-I", "-S", str(REHEARSAL), str(folder), libraries, str(HOME / "requirements.lock")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_production_lock_and_what_is_copied_are_enough(tmp_path: Path) -> None:
    copied(tmp_path)
    answer = rehearsed(sys.executable, tmp_path, sysconfig.get_path("purelib"))
    assert answer.returncode == 0, answer.stderr


def test_this_rehearsal_can_fail(tmp_path: Path) -> None:
    copied(tmp_path)
    with (tmp_path / "chassis" / "process.py").open("a") as module:
        module.write("\nimport pytest\n")
    assert "not in the production lock" in rehearsed(sys.executable, tmp_path, sysconfig.get_path("purelib")).stderr


def test_no_issuer_that_believes_everyone_is_shipped(tmp_path: Path) -> None:
    copied(tmp_path / "image")
    copied(tmp_path / "trial", to_stage="development")
    assert not (tmp_path / "image" / "deploy" / "local").exists()
    assert not (tmp_path / "image" / "deploy" / "k8s").exists()
    assert (tmp_path / "trial" / "deploy" / "local" / "issuer.py").exists()
    assert re.search(r"\nFROM common\nENTRYPOINT .*deploy\.start", DOCKERFILE), "the last stage is what is built"


def test_the_build_sees_nothing_else() -> None:
    """What is not let in cannot leak into a layer."""
    lets_in = {line[1:] for line in (HOME / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    assert lets_in == {source.partition("/")[0] for source in sources}


def test_it_is_pinned_and_runs_as_nobody() -> None:
    [base] = re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:3\.(11|12|13)\.\d+-slim-[a-z]+", base)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON}", "common"}
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)


def said(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.start", *words], cwd=HOME, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [(), ("vote",), ("voting", "--reload")])
def test_a_word_it_does_not_know_gets_the_list(words: tuple[str, ...]) -> None:
    answer = said(*words)
    assert answer.returncode == 2
    for word in APPS | JOBS:
        assert word in answer.stderr


def test_the_keys_it_makes_open_the_doors() -> None:
    lines = dict(line.split("=", 1) for line in said("keys").stdout.splitlines())
    assert lines.keys() == {"SERVICE_KEY", "SERVICE_KEYS"}
    Door("voting", lines["SERVICE_KEYS"]).admit(Signer(lines["SERVICE_KEY"]).sign_for("voting"))


@pytest.mark.parametrize(
    ("word", "setting"),
    [
        ("voting", {"SERVICE_KEYS": "none"}),
        ("gateway", {"SERVICE_KEY": "none"}),
        ("gateway", {"ISSUER": ""}),
        ("prepare", {"MONGO_URL": "mongodb://ann:pass@word@here"}),
        ("prepared", {"KAFKA_REPLICATION": "none"}),
    ],
)
def test_a_setting_that_will_not_do_is_told_in_one_line(
    word: str, setting: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = new_keys()
    for name, value in ({"SERVICE_KEY": private, "SERVICE_KEYS": public, "ISSUER": "http://issuer"} | setting).items():
        monkeypatch.setenv(name, value)

    answer = said(word, *(["voting"] if word == "prepared" else []))

    assert answer.returncode == 1
    told, line = answer.stderr.splitlines()
    assert told == "These settings are not usable:"
    assert line.startswith(f"  {next(iter(setting))}: ")
    assert "word" not in line.replace("password", "")


class Container:
    """The image's command as a process, with nothing but what it is told."""

    def __init__(self, python: str, folder: Path, settings: Mapping[str, str], *words: str) -> None:
        self.log = folder / f"{words[0]}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [python, "-m", "deploy.start", *words],
                cwd=folder,
                env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def ends(self, within: float) -> int:
        async def gone() -> bool:
            return self.process.poll() is not None

        assert await until(gone, within), self.log.read_text()
        return self.process.returncode


async def lives(python: str, folder: Path, mongo: str, kafka: str) -> None:
    """The start-up job, the wait for it, a service, its health, and an end in good order."""
    port = free_row(1)
    settings = {
        "MONGO_URL": mongo,
        "KAFKA_URL": kafka,
        "KAFKA_IDEMPOTENCE": "false",
        "SERVICE_KEYS": new_keys()[1],
        "UVICORN_HOST": HOST,
        "UVICORN_PORT": str(port),
    }
    assert await Container(python, folder, settings, "prepare").ends(within=60) == 0
    assert await Container(python, folder, settings, "prepared", "voting").ends(within=20) == 0
    voting = Container(python, folder, settings, "voting")
    try:
        assert await until(lambda: answers_ok(f"http://{HOST}:{port}/health/ready"), within=30)
        assert await answers_ok(f"http://{HOST}:{port}/health/live")
        voting.process.send_signal(signal.SIGTERM)
        assert await voting.ends(within=20) == 128 + signal.SIGTERM
        assert "Application shutdown complete" in voting.log.read_text()
    finally:
        voting.process.kill()
        voting.process.wait()


async def test_its_command_becomes_the_process(
    tmp_path: Path, mongod: tuple[object, str], broker: tuple[object, str]
) -> None:
    copied(tmp_path)
    await lives(sys.executable, tmp_path, mongod[1], broker[1])


@pytest.mark.parametrize(("trusted", "scheme"), [({"FORWARDED_ALLOW_IPS": "127.0.0.1"}, "https"), ({}, "http")])
async def test_a_proxy_is_believed_where_it_is_said_so(trusted: dict[str, str], scheme: str, tmp_path: Path) -> None:
    """Where TLS ends before us, the gateway must name itself by the address that clients know."""
    copied(tmp_path)
    port = free_row(1)
    settings = {
        "ISSUER": "http://issuer",
        "SERVICE_KEY": new_keys()[0],
        "UVICORN_HOST": HOST,
        "UVICORN_PORT": str(port),
    }
    gateway = Container(sys.executable, tmp_path, settings | trusted, "gateway")
    url = f"http://{HOST}:{port}"
    try:
        assert await until(lambda: answers_ok(f"{url}/health/live"), within=30), gateway.log.read_text()
        async with (
            aiohttp.ClientSession(headers={"x-forwarded-proto": "https"}) as visitor,
            visitor.get(f"{url}/.well-known/oauth-protected-resource") as answer,
        ):
            assert (await answer.json())["resource"].startswith(f"{scheme}://")
    finally:
        gateway.process.kill()
        gateway.process.wait()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The Python of a fresh environment, with the libraries that the Dockerfile installs, as it installs them."""
    [told] = re.findall(r"pip --python \S+ (install (?:.|\n)*?requirements\.lock)$", DOCKERFILE, re.MULTILINE)
    words = [word for word in told.replace("\\\n", " ").split() if word != "--no-cache-dir"]
    venv = tmp_path / "libraries"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(venv / "bin" / "python"), "-m", "pip", "--quiet", *words], cwd=HOME, check=True)
    return venv / "bin" / "python"


@pytest.mark.deploying
async def test_it_lives_on_a_fresh_installation_of_the_production_lock(
    installed: Path, tmp_path: Path, mongod: tuple[object, str], broker: tuple[object, str]
) -> None:
    """All of the image but its container. No library of it needs a compiler."""
    folder = tmp_path / "folkmoot"
    copied(folder)
    [libraries] = installed.parents[1].glob("lib/python3.*/site-packages")

    answer = rehearsed(str(installed), folder, str(libraries))

    assert answer.returncode == 0, answer.stderr
    await lives(str(installed), folder, mongod[1], broker[1])
