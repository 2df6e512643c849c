"""The AsyncAPI document, read by AsyncAPI's own parser (E1)."""

import json

from contracts.topics import EVENTS, TOPICS
from tests.contracts.listening import DOCS, document
from tests.node.workshop import Workshop

WARNING = 1


async def test_e1_the_official_parser_reads_every_channel_and_message(workshop: Workshop) -> None:
    told = await workshop.told("asyncapi.mjs", str(DOCS / "asyncapi.json"))

    assert [each for each in told["complaints"] if each["severity"] <= WARNING] == []
    assert set(told["channels"]) >= {topic.name for topic in TOPICS}
    assert set(told["messages"]) >= set(EVENTS)


async def test_it_would_complain_of_a_reference_that_leads_nowhere(workshop: Workshop) -> None:
    spoilt = document() | {"operations": {"lost": {"action": "send", "channel": {"$ref": "#/channels/nowhere"}}}}
    told = await workshop.told("asyncapi.mjs", str(workshop.put("spoilt.json", json.dumps(spoilt))))

    assert [each for each in told["complaints"] if each["severity"] <= WARNING]
