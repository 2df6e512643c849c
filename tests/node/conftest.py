"""A workshop for each test."""

from pathlib import Path

import pytest

from tests.node.workshop import Workshop, missing


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """A folder in which Node.js finds the packages; the test is skipped, saying why, where there is none."""
    if why := missing():
        pytest.skip(why)
    folder = tmp_path / "workshop"
    folder.mkdir()
    return Workshop(folder)
