"""One vote, from the browser's mutation to every screen watching, as one trace."""

from uuid import uuid4

from tests.eventually import eventually
from tests.journeys.town import CAST, IDEA, Town
from tests.sink import Sink


async def test_reaches_the_idea_the_goal_and_every_screen_watching(town: Town) -> None:
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    bob = await town.member("bob")
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(bob, challenge)
    await town.do(bob, CAST, ballotId=ballot, optionId=idea, choice="PASS")

    async with town.watching(ann, ballot) as screen:
        before = await screen.next()
        answer = await town.do(bob, CAST, ballotId=ballot, optionId=idea, choice="AGREE")
        after = await screen.next()

    assert [event["kind"] for event in answer["events"]] == ["VoteCast"]
    assert after["version"] > before["version"]
    assert after["counts"] == [{"optionId": idea, "counts": [{"position": "AGREE", "count": 1}]}]

    async def everybody_knows() -> bool:
        seen = (await town.ask(ann, IDEA, id=idea))["data"]["node"]
        voices = {"heard": 1, "voters": 1, "contributors": 1}
        return bool(seen["support"]["support"] == 1 and seen["goal"]["voices"] == voices)

    await eventually(everybody_knows)


async def test_submitting_and_voting_at_once_just_works(town: Town) -> None:
    """P10: nobody has to wait until another street has heard; no refusal is seen."""
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    challenge, ballot = await town.challenge(ann)
    for number in range(5):
        idea = await town.idea(ann, challenge, f"Idea {number}")
        answer = await town.ask(ann, CAST, input={"ballotId": ballot, "optionId": idea, "choice": "AGREE"})
        assert answer["data"]["castVote"]["errors"] == []


async def test_is_one_trace_from_the_gateway_to_the_last_consumer(town: Town, traces: Sink) -> None:
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="AGREE")

    async def quiet() -> bool:
        seen = (await town.ask(ann, IDEA, id=idea))["data"]["node"]
        return bool(seen["support"]["support"] == 1 and seen["goal"]["voices"]["voters"] == 1)

    await eventually(quiet)
    trace = uuid4().hex
    header = {"traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"}

    vote = {"ballotId": ballot, "optionId": idea, "choice": "DISAGREE"}
    answer = await town.ask(ann, CAST, headers=header, input=vote)
    assert answer["data"]["castVote"]["errors"] == []

    def told() -> set[tuple[str, str]]:
        found = traces.spans.get(trace, [])
        return {(service, span.name) for service, span in found}

    wanted = {
        ("gateway", "mutation castVote"),
        ("voting", "CastVote"),
        ("voting", "publish"),
        ("strategy", "VoteCast"),
        ("ideas", "TallyChanged"),
    }

    async def whole() -> bool:
        return wanted <= told()

    await eventually(whole, within=15, else_show=lambda: wanted - told())
    assert any(service == "voting" and "commit" in name.lower() for service, name in told()), told()
    ids = {span.span_id for _, span in traces.spans[trace]}
    roots = [span.name for _, span in traces.spans[trace] if span.parent_span_id not in ids]
    assert roots == ["mutation castVote"]
