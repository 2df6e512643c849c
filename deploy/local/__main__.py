"""`python -m deploy.local`: the whole system, until Ctrl-C."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.local.errors import CannotRun
from deploy.local.mending import mend
from deploy.local.system import System

MEMBER, ROLES = "ann", ("organizer", "strategist")


async def run(console: Console, **options: Any) -> None:
    """Start, show where everything is, and stay until a signal asks to stop. `options` go to System."""
    _cancel_on_signals(console)

    def show(name: str, seconds: float) -> None:
        console.print(f"  [green]✓[/] {name.removesuffix('-1'):<11} {seconds:5.1f} s")

    with console.status("Starting Folkmoot") as status:
        async with System(Path(os.environ.get("DATA") or ".data"), port=_port(), progress=show, **options) as system:
            status.stop()
            try:
                await _welcome(system, console)
                await mend(system, console.print)
            finally:
                status.update("Stopping")
                status.start()


async def _welcome(system: System, console: Console) -> None:
    token = await system.token(MEMBER, ROLES)
    console.print(f"\nGraphQL  [bold]{system.graphql_url}[/] (open it in a browser to try queries)")
    console.print(f"issuer   {system.url('issuer')}")
    console.print(f"Kafka    {system.kafka_url}")
    console.print(f"MongoDB  {system.mongo_url}")
    console.print(f"logs     {system.data / 'logs'}")
    console.print(f"\nA token for {MEMBER} ({', '.join(ROLES)}), valid for a day:")
    console.print(token, soft_wrap=True, highlight=False)
    console.print("\nCtrl-C stops it.")


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit():
        raise CannotRun(f"PORT={given} is not a number. Choose one such as 8000.")
    return int(given)


def _cancel_on_signals(console: Console) -> None:
    """The first Ctrl-C (or TERM, or a closed terminal) cancels the run; stopping is bounded, so later ones wait."""
    task = asyncio.current_task()
    asked = False

    def cancel() -> None:
        nonlocal asked
        if asked or task is None:
            console.print("Stopping already.")
        else:
            asked = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, cancel)


def main(**options: Any) -> int:
    """Run as `options` tell System. Exit status 0 after a stop that was asked for, 1 when the system cannot run."""
    console = Console()
    try:
        asyncio.run(run(console, **options))
    except asyncio.CancelledError:
        console.print("Stopped; everything is kept.")
    except CannotRun as trouble:
        console.print(f"[red]Folkmoot cannot run.[/] {trouble}", highlight=False, soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
