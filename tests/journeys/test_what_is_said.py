"""All that the running system says on its topics, as integrators read it: by the printed pages alone (E1 to E3)."""

import json
from collections import Counter, defaultdict
from pathlib import Path

from aiokafka import ConsumerRecord

from contracts.topics import TOPICS
from tests.contracts.listening import document, faults_of
from tests.eventually import eventually
from tests.examples.subscribing import Subscriber
from tests.journeys.town import CAST, CLOSE, ERRORS, Town

REVISE = f"mutation($input: ReviseIdeaInput!) {{ reviseIdea(input: $input) {{ {ERRORS} }} }}"
WITHDRAW = f"mutation($input: WithdrawVoteInput!) {{ withdrawVote(input: $input) {{ {ERRORS} }} }}"
TOLD = {
    *("GoalSet", "GoalActivated", "ChallengeOpened", "IdeaSubmitted", "IdeaRevised", "IdeaReachedThreshold"),
    *("BallotOpened", "VoteCast", "VoteWithdrawn", "TallyChanged", "BallotClosed", "BallotDecided"),
}


def header(record: ConsumerRecord, name: str) -> str:
    """A header as text."""
    return next(bytes(value).decode() for key, value in record.headers if key == name)


async def a_vote_from_its_goal_to_its_decision(town: Town) -> str:
    """Things happen on every street; the id of the challenge."""
    ann = await town.member("ann", ("organizer", "strategist"), "employee")
    bob = await town.member("bob")
    challenge, ballot = await town.challenge(ann, threshold=1)
    idea = await town.idea(bob, challenge)
    await town.do(bob, REVISE, ideaId=idea, title="Fish, with lime")
    await town.do(bob, CAST, ballotId=ballot, optionId=idea, choice="AGREE")
    await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice="PASS")
    await town.do(ann, WITHDRAW, ballotId=ballot, optionId=idea)
    await town.do(ann, CLOSE, ballotId=ballot)
    return challenge


async def everything(town: Town) -> list[ConsumerRecord]:
    """Every record on every topic."""
    return [record for topic in TOPICS for record in await town.records(topic.name)]


async def decided(town: Town) -> int:
    """How many ballots are decided."""
    return sum(header(each, "ce_type").endswith("BallotDecided.v1") for each in await town.records("voting.ballots"))


async def until_decided(town: Town, before: int) -> None:
    """Return once one more ballot is."""

    async def there() -> bool:
        return await decided(town) > before

    await eventually(there, within=30)


async def test_e1_e2_every_event_is_as_its_printed_page_says(town: Town) -> None:
    before = await decided(town)
    await a_vote_from_its_goal_to_its_decision(town)
    await until_decided(town, before)

    async def all_told() -> bool:
        return {header(each, "ce_type").split(".")[-2] for each in await everything(town)} >= TOLD

    await eventually(all_told, within=20)
    said = await everything(town)

    assert [fault for record in said for fault in faults_of(record)] == []
    assert {record.topic for record in said} <= set(document()["channels"])


async def test_e3_copies_of_one_event_are_alike_and_versions_of_one_key_never_fall(town: Town) -> None:
    first: dict[str, ConsumerRecord] = {}
    versions: defaultdict[tuple[str, bytes], list[int]] = defaultdict(list)
    for record in await everything(town):
        known = first.setdefault(header(record, "ce_id"), record)
        assert (known.topic, known.key, known.value) == (record.topic, record.key, record.value)
    for record in first.values():
        versions[record.topic, record.key].append(json.loads(record.value)["version"])

    assert [key for key, told in versions.items() if told != sorted(told)] == []


async def test_e3_the_example_subscriber_has_each_of_them_once_though_it_died(town: Town, tmp_path: Path) -> None:
    subscriber = Subscriber(town.system.kafka_url, tmp_path / "copy.db", [topic.name for topic in TOPICS])
    before = await decided(town)
    async with subscriber.alive() as spoke:
        await a_vote_from_its_goal_to_its_decision(town)
        await spoke.wait()
    await until_decided(town, before)

    async with subscriber.alive():

        async def has_all() -> bool:
            said = {header(each, "ce_id") for each in await everything(town)}
            return said <= set(subscriber.kept())

        await eventually(has_all, within=90)  # the share of the dead is taken over after its session

    kept = subscriber.kept()
    assert kept.items() <= {header(each, "ce_id"): header(each, "ce_type") for each in await everything(town)}.items()
    assert subscriber.totals() == Counter(kept.values())
