"""One telling of the story: everybody's token, requests under keys of its own, readings that are waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import uuid4

import aiohttp

from cli.api import Api, Headers
from cli.demo.board import Bar, Board
from cli.demo.screen import Picture, Screen
from cli.demo.tale import EVERYBODY, Person
from cli.errors import Declined, Trouble
from cli.identity import bearer, issuer_of, mint
from cli.importing import AT_THE_ISSUER, together

CATCHING_UP = 30.0  # seconds we give the services to hear of each other
GLANCE = 0.2


class Telling:
    """Every telling makes a goal, a challenge and cases of its own; the people are the same in all of them."""

    def __init__(self, session: aiohttp.ClientSession, api: Api, board: Board) -> None:
        self.board = board
        self._session = session
        self._api = api
        self._name = uuid4().hex[:12]
        self._headers: dict[Person, Headers] = {}

    async def admit(self) -> None:
        """Give everybody a token of the development issuer. Raises Trouble where there is none."""
        issuer = await issuer_of(self._session, self._api.url)
        gate = asyncio.Semaphore(AT_THE_ISSUER)

        async def admitted(person: Person) -> None:
            async with gate:
                token = await mint(self._session, issuer, person.subject, person.roles, person.audience, person.name)
            self._headers[person] = bearer(token)

        await self.all("members", (admitted(person) for person in EVERYBODY), len(EVERYBODY))

    async def tell(self, who: Person, document: str, what: str, **input: Any) -> dict[str, Any]:
        """Have something done as `who`: the payload. `what` names it within this telling, so it is done once."""
        return await self._api.tell(document, f"demo/{self._name}/{what}", input, self._headers[who])

    async def refusal(self, who: Person, document: str, what: str, **input: Any) -> str:
        """The code under which something is refused, or that it was not."""
        try:
            await self.tell(who, document, what, **input)
        except Declined as declined:
            return declined.code
        return "not refused"

    async def look(
        self,
        who: Person,
        document: str,
        as_told: Callable[[Any], bool] = lambda shown: True,
        within: float = CATCHING_UP,
        **variables: Any,
    ) -> Any:
        """What `who` is shown, once it is as told; what there is when so many seconds are over, Trouble if nothing."""
        until = time.monotonic() + within
        while True:
            data = await self._api.ask(document, variables, self._headers[who], there=lambda data: True)
            [shown] = data.values()
            if shown is not None and (as_told(shown) or time.monotonic() > until):
                return shown
            if time.monotonic() > until:
                raise Trouble(f"{self._api.url} does not show {who.name} what was made. Was its data removed?")
            await asyncio.sleep(GLANCE)

    def watch(
        self, who: Person, document: str, id: str, shown: Callable[[Picture], None] = lambda picture: None
    ) -> Screen:
        """A screen of theirs."""
        return Screen(self._session, self._api.url, self._headers[who], document, id, shown)

    async def all(self, what: str, work: Iterable[Awaitable[Any]], total: int) -> None:
        """Do all of it side by side, under a bar; the API bounds how many requests fly."""
        bar: Bar = self.board.begin(what, total)

        async def one(piece: Awaitable[Any]) -> None:
            await piece
            bar.step()

        await together(one(piece) for piece in work)
