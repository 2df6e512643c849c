"""One system for all that is hostile here: its second gateway hides its schema, as in production."""

from collections.abc import AsyncIterator

import pytest

from tests.hostile.siege import Siege, besieged


@pytest.fixture(scope="session")
async def siege(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Siege]:
    """The system, up, with something private in it."""
    async with besieged(tmp_path_factory.mktemp("siege")) as there:
        yield there
