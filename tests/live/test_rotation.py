"""The sign-in service changes its keys while members vote, as such services do: it shows the new one, then uses it."""

import asyncio
from typing import Any
from uuid import uuid4

from chassis.issuer import FLOOR
from tests.eventually import eventually
from tests.journeys.town import CAST
from tests.live.conftest import Live

VOTERS = 12


async def test_members_signed_in_before_and_after_vote_on_and_nobody_is_refused(live: Live) -> None:
    town, issuer = live.town, live.issuer
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)

    async def vote(authorization: str, choice: str) -> Any:
        vote = {"ballotId": ballot, "optionId": idea, "choice": choice, "idempotencyKey": str(uuid4())}
        body = {"query": CAST, "variables": {"input": vote}}
        url = f"{town.system.url('gateway', 2)}/graphql"
        async with town.session.post(url, json=body, headers={"Authorization": authorization}) as answer:
            return await answer.json()

    async def vote_again_and_again(authorization: str) -> list[Any]:
        return [await vote(authorization, choice) for choice in ("AGREE", "PASS") * 5]

    before = [issuer.token(sub=f"before-{number}") for number in range(VOTERS)]
    voting = [asyncio.create_task(vote_again_and_again(each)) for each in before]
    await asyncio.wait(voting, timeout=0.1)
    issuer.new_key("second")

    async def taken() -> bool:
        """An unknown key is asked for so often and no more."""
        return "errors" not in await vote(issuer.token("second", sub="first-after"), "AGREE")

    await eventually(taken, within=2 * FLOOR)
    voting += [
        asyncio.create_task(vote_again_and_again(each))
        for each in (*before, *(issuer.token("second", sub=f"after-{number}") for number in range(VOTERS)))
    ]

    for answers in await asyncio.gather(*voting):
        assert [answer for answer in answers if "errors" in answer or answer["data"]["castVote"]["errors"]] == []
    assert issuer.fetches == 2
