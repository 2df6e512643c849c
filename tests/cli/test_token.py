"""Tokens from the command line, and what is said when there is nobody to give one."""

import asyncio
import base64
import json
from pathlib import Path

import pytest

from cli.main import main


async def test_the_token_stands_alone_on_stdout(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    wish = ["token", "--member", "ann", "--roles", "organizer, strategist", "--api", f"{url}/graphql"]

    assert await asyncio.to_thread(main, wish) == 0
    [token] = capsys.readouterr().out.split()
    assert json.loads(base64.b64decode(token)) == {
        "member": "ann",
        "name": "ann",
        "roles": ["organizer", "strategist"],
        "audience": "employee",
    }


def test_without_an_api_one_is_told_how_to_start_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--member", "ann", "--api", "http://127.0.0.1:9"]) == 2
    assert "make run" in capsys.readouterr().err


def test_a_wrong_folder_is_told_before_anything_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "polis", str(tmp_path), "--api", "http://127.0.0.1:9"]) == 2
    assert "Give the folder of one Polis export" in " ".join(capsys.readouterr().err.split())


def test_an_unknown_role_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["token", "--member", "ann", "--roles", "king"])
    assert "organizer, moderator" in capsys.readouterr().err
