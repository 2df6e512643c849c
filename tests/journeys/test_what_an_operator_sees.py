"""What an operator sees: the metrics of docs/operators.md move with what happens."""

from prometheus_client.parser import text_string_to_metric_families

from tests.eventually import eventually
from tests.journeys.town import CAST, IDEA, Town

Metrics = dict[str, float]


async def metrics(town: Town, part: str, number: int = 1) -> Metrics:
    """What a process counts, by name and labels."""
    async with town.session.get(f"{town.system.url(part, number)}/metrics") as page:
        families = text_string_to_metric_families(await page.text())
        return {
            " ".join([sample.name, *sorted(sample.labels.values())]): sample.value
            for family in families
            for sample in family.samples
        }


async def test_a_vote_is_counted_by_everyone_it_comes_past(town: Town) -> None:
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    challenge, ballot = await town.challenge(ann)
    idea = await town.idea(ann, challenge)
    await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="AGREE")
    await town.ask(ann, IDEA, id=idea)

    async def counted() -> bool:
        gateway, ideas = await metrics(town, "gateway"), await metrics(town, "ideas")
        voting = [await metrics(town, "voting", number) for number in (1, 2)]
        return (
            gateway["folkmoot_operation_seconds_count mutation castVote"] > 0
            and sum(each.get("folkmoot_commands_total CastVote done", 0) for each in voting) > 0
            and sum(each.get("folkmoot_query_seconds_count TalliesOf", 0) for each in voting) > 0
            and sum(each.get("folkmoot_events_published_total voting.votes", 0) for each in voting) > 0
            and ideas.get("folkmoot_events_heard_total TallyChanged done", 0) > 0
            and ideas["folkmoot_query_seconds_count IdeasNamed"] > 0
        )

    await eventually(counted)


async def test_one_replica_of_a_service_leads_its_relay(town: Town) -> None:
    async def one_leads() -> bool:
        return sum([(await metrics(town, "voting", number))["folkmoot_relay_leads"] for number in (1, 2)]) == 1

    await eventually(one_leads)


async def test_whoever_watches_is_counted_until_they_leave(town: Town) -> None:
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    challenge, ballot = await town.challenge(ann)
    await town.do(ann, CAST, ballotId=ballot, optionId=await town.idea(ann, challenge), choice="AGREE")

    async def watchers() -> float:
        return (await metrics(town, "gateway")).get("folkmoot_live_watchers tallyChanged", 0)

    before = await watchers()
    async with town.watching(ann, ballot) as screen:
        await screen.next()
        during = await watchers()

    async def gone() -> bool:
        return await watchers() == before

    assert during == before + 1
    await eventually(gone)
