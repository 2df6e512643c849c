"""Services that break one protocol, named in BROKEN, so that the checker can be seen to notice."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette

import chassis.kafka
import services.ideas.app
import services.responses.app
import services.strategy.app
import services.voting.app
from chassis.outbox import RECEIPTS
from chassis.service import Handled
from chassis.store import Documents
from contracts.responses import ReplyToCase, ResolveCase
from services.voting.tally import Count

APPS = {name: f"tests.live.chaos.broken:{name}" for name in ("ideas", "voting", "responses", "strategy")}


def without_receipts() -> None:
    """P3: what changed nothing leaves no trace, and so is done anew when it is repeated."""
    conclude = Documents.conclude

    async def forgetful(self: Documents, inserts: dict[str, list[Any]]) -> None:
        await conclude(self, {**inserts, RECEIPTS: []})

    Documents.conclude = forgetful  # type: ignore[method-assign]


def without_guards() -> None:
    """P8: whoever answers or resolves a case does not write the slots through which others join it."""
    for kind in (ReplyToCase, ResolveCase):
        _unfence(services.responses.app.responses.commands, kind)


def without_gates() -> None:
    """P14: whoever closes a ballot does not write the gates through which votes pass."""
    _unfence(services.voting.app.voting.errands, "fence")


def with_old_stamps() -> None:
    """P17: a count bears its gate's number of one vote ago, so an announcement may miss that it moved."""
    move = Count.move

    def stamped_too_low(self: Count, before: Any, after: Any, n: int) -> None:
        move(self, before, after, n - 1)

    Count.move = stamped_too_low  # type: ignore[method-assign]


class CarelessProducer(AIOKafkaProducer):  # type: ignore[misc]
    """Takes for acknowledged what it was handed."""

    async def send_batch(self, *batch: Any, **where: Any) -> "asyncio.Future[None]":
        """Hand a batch over, and say that all is well."""
        sent = await super().send_batch(*batch, **where)
        sent.add_done_callback(lambda done: done.cancelled() or done.exception())
        well: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        well.set_result(None)
        return well


def without_waiting() -> None:
    """P20: the relay takes an event for said before the broker has acknowledged it."""
    chassis.kafka.AIOKafkaProducer = CarelessProducer  # type: ignore[attr-defined]


BREAKS: dict[str, Callable[[], None]] = {
    "P3": without_receipts,
    "P8": without_guards,
    "P14": without_gates,
    "P17": with_old_stamps,
    "P20": without_waiting,
}


def _unfence(handled: Any, kind: Any) -> None:
    cast(dict[Any, Handled], handled)[kind] = replace(handled[kind], fencing=None)


def ideas() -> Starlette:
    """The ideas service, broken."""
    BREAKS[os.environ["BROKEN"]]()
    return services.ideas.app.app()


def voting() -> Starlette:
    """The voting service, broken."""
    BREAKS[os.environ["BROKEN"]]()
    return services.voting.app.app()


def responses() -> Starlette:
    """The responses service, broken."""
    BREAKS[os.environ["BROKEN"]]()
    return services.responses.app.app()


def strategy() -> Starlette:
    """The strategy service, broken."""
    BREAKS[os.environ["BROKEN"]]()
    return services.strategy.app.app()
