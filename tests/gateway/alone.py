"""A gateway in a process of its own, for tests that end it: told by its environment like the real one."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from chassis.identity import Tokens
from chassis.settings import Settings, read_settings
from gateway.front import FrontDesk
from tests.gateway.conftest import ISSUER, OneKey


async def silence(settings: Settings, topics: Iterable[str]) -> AsyncIterator[list[Any]]:
    """Topics on which nothing is ever said."""
    await asyncio.Event().wait()
    yield []


settings = read_settings()
app = FrontDesk(settings, silence, Tokens(settings, OneKey(ISSUER))).app()
