"""What is heard from the topics, live, given to whoever watches."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol

from contracts.messages import Event

log = logging.getLogger(__name__)

MOST = 64  # events that a slow watcher may be behind


class Heard(Protocol):
    """One event as it came off a topic."""

    @property
    def event(self) -> Event:
        """What happened."""

    @property
    def replayed(self) -> bool:
        """Whether it is told again for late listeners, and no news (P21)."""


class Gap(Event):
    """Something may have been missed: look again. Told whenever the feed has begun to listen, at first or anew."""

    topic: ClassVar[str] = ""
    version: int = 0

    @property
    def key(self) -> str:
        """It is about everything."""
        return ""


class Watcher:
    """One screen. When it is slow, old news is dropped or merged into newer news, never the newest.

    `merge` makes one event of an older and a newer one that together say the same; without it the older is dropped.
    """

    def __init__(self, merge: Callable[[Any, Any], Any] | None = None, most: int = MOST) -> None:
        self._merge = merge
        self._most = most
        self._news: deque[Event] = deque()
        self._ended = False
        self._something = asyncio.Event()

    def push(self, event: Event) -> None:
        """Tell this screen, dropping or merging what is oldest when it is slow."""
        self._news.append(event)
        if len(self._news) > self._most:
            oldest = self._news.popleft()
            if self._merge:
                self._news[0] = self._merge(oldest, self._news[0])
        self._something.set()

    @property
    def waiting(self) -> tuple[Event, ...]:
        """What this screen has still to be told."""
        return tuple(self._news)

    def end(self) -> None:
        """There is no more to come."""
        self._ended = True
        self._something.set()

    async def events(self) -> AsyncGenerator[Event, None]:
        """What is told, until the end."""
        while True:
            while self._news:
                yield self._news.popleft()
            if self._ended:
                return
            await self._something.wait()
            self._something.clear()


class LiveFeed:
    """All watchers of this process, by the type and key of what they watch."""

    def __init__(self) -> None:
        self._watchers: defaultdict[tuple[type[Event], str], set[Watcher]] = defaultdict(set)
        self.ended = False

    @property
    def watching(self) -> int:
        """How many watch."""
        return len({watcher for watchers in self._watchers.values() for watcher in watchers})

    @contextmanager
    def watch(
        self, kinds: Iterable[type[Event]], key: str, merge: Callable[[Any, Any], Any] | None = None
    ) -> Iterator[Watcher]:
        """Watch what happens to one aggregate: nothing that is pushed from here on is missed."""
        watcher = Watcher(merge)
        places = [(kind, key) for kind in kinds]
        for place in places:
            self._watchers[place].add(watcher)
        if self.ended:
            watcher.end()
        try:
            yield watcher
        finally:
            for place in places:
                self._watchers[place].discard(watcher)
                if not self._watchers[place]:
                    del self._watchers[place]

    def push(self, event: Event) -> None:
        """Tell everyone who watches this."""
        for watcher in self._watchers.get((type(event), event.key), ()):
            watcher.push(event)

    def look_again(self) -> None:
        """Tell everyone that something may have been missed."""
        for watcher in {watcher for watchers in self._watchers.values() for watcher in watchers}:
            watcher.push(Gap())

    def end(self) -> None:
        """End every stream, so that a process that is going down can finish."""
        self.ended = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.end()

    async def follow(self, topics: AsyncIterator[list[Any]]) -> None:
        """Push whatever is heard, but what is only replayed (P21); an empty batch says that listening begins."""
        async for batch in topics:
            if not batch:
                self.look_again()
            for heard in batch:
                if not heard.replayed:
                    self.push(heard.event)
