"""Ideas, stumbling over the tallies of the ballots that the file at STUMBLES names; it notes those it got past."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from starlette.applications import Starlette

import services.ideas.app
from chassis.service import Handled
from contracts.messages import Event
from contracts.voting import TallyChanged


class Stumbled(Exception):
    """A fault of ours that somebody will mend."""


def app() -> Starlette:
    """The ASGI application."""
    stumbles = Path(os.environ["STUMBLES"])
    reactions = cast(dict[type[Event], Handled], services.ideas.app.ideas.reactions)
    usual = reactions[TallyChanged]

    def look_out(event: TallyChanged) -> None:
        if str(event.ballot_id) in stumbles.read_text():
            raise Stumbled("a tally that ideas cannot wear")
        with stumbles.with_suffix(".past").open("a") as past:
            past.write(f"{event.ballot_id} {event.version}\n")

    async def stumble(event: TallyChanged, ideas: Any) -> Sequence[Event]:
        look_out(event)
        return await usual.by(event, ideas)

    reactions[TallyChanged] = replace(usual, by=stumble)
    return services.ideas.app.app()
