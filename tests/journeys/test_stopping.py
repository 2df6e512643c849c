"""A replica that is told to stop finishes what it took: nothing accepted is lost, nothing is left behind."""

import asyncio
from uuid import uuid4

from tests.eventually import eventually
from tests.journeys.town import CAST, IDEA, Town


async def test_sigterm_under_load_loses_no_accepted_vote(town: Town) -> None:
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    crowd = await asyncio.gather(*(town.member(f"stop-{number}") for number in range(150)))
    accepted = 0

    async def cast(member: str) -> None:
        nonlocal accepted
        vote = {"ballotId": ballot, "optionId": idea, "choice": "AGREE", "idempotencyKey": str(uuid4())}
        await town.do(member, CAST, **vote)
        accepted += 1

    votes = [asyncio.create_task(cast(member)) for member in crowd]
    await asyncio.wait(votes, return_when=asyncio.FIRST_COMPLETED)
    await town.system.stop("voting", 2)
    await asyncio.gather(*votes)
    await town.system.start("voting", 2)

    assert accepted == 150

    async def all_shown() -> bool:
        seen = (await town.ask(ann, IDEA, id=idea))["data"]["node"]
        return bool(seen["support"]["support"] == seen["tally"]["turnout"] == 150)

    await eventually(all_shown, within=20)
