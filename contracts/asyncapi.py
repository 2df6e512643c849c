"""All that is said on the topics, as an AsyncAPI 3.0 document. `python -m contracts.asyncapi FOLDER` prints it there,
and the schema of every event beside it."""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

from contracts import aside
from contracts.envelope import HEADERS
from contracts.messages import Event
from contracts.schemas import schema_of, schemas_within
from contracts.topics import EVENTS, TOPICS, Topic

Part = dict[str, Any]

KAFKA = "0.5.0"  # the version of AsyncAPI's Kafka bindings
SCHEMAS = "#/components/schemas"
ABOUT = """What happens in Folkmoot, told as CloudEvents 1.0 in Kafka's binary mode.

The record's key is the id of what the event happened to; events of one key keep their order, and between keys and
topics there is none. Every event arrives at least once: `ce_id` never changes, so do each id once. Within one key drop
versions that are not newer than the last. Fields and enum values may be added to an event of version 1; nothing
is ever taken from it or changed. Skip types that you do not know. Events name members by id only."""


def document() -> Part:
    """The whole document."""
    payloads, schemas = schemas_within(SCHEMAS)
    messages = {event.type(): _message(event, payload) for event, payload in payloads.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Folkmoot events",
            "version": "v1",
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {topic.name: _channel(topic) for topic in TOPICS} | {"dead": aside.CHANNEL},
        "operations": {topic.name: _operation(topic) for topic in TOPICS} | {"dead": aside.OPERATION},
        "components": {
            "messages": messages | {"SetAside": aside.MESSAGE},
            "schemas": schemas | {"Headers": HEADERS, "HeadersOfSetAside": aside.HEADERS},
        },
    }


def _server() -> Part:
    where = {"default": "127.0.0.1:8006", "description": "Your Kafka, as KAFKA_URL names it; this is `make run`'s."}
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Whoever runs Folkmoot says which security it has: none, TLS, SASL.",
        "variables": {"bootstrap": where},
    }


def events_of(topic: str) -> list[type[Event]]:
    """The events that travel on a topic."""
    return [event for event in EVENTS.values() if event.topic == topic]


def key_of(topic: str) -> str:
    """What the keys of a topic are the ids of."""
    [meaning] = {inspect.getdoc(event.key) or "" for event in events_of(topic)}
    return meaning


def _channel(topic: Topic) -> Part:
    kinds = [event.type() for event in events_of(topic.name)]
    keeps = "for ever" if topic.keeps_seconds is None else f"{topic.keeps_seconds // 3600} hours"
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"Key: {key_of(topic.name)} Kept: {keeps}.",
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": -1 if topic.keeps_seconds is None else topic.keeps_seconds * 1000,
                },
                "bindingVersion": KAFKA,
            }
        },
    }


def _operation(topic: Topic) -> Part:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"The {topic.name.partition('.')[0]} service says what happened.",
    }


def _message(event: type[Event], payload: Part) -> Part:
    about = inspect.getdoc(event) or ""
    return {
        "name": event.type(),
        "title": event.__name__,
        "summary": about.partition("\n\n")[0].replace("\n", " "),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [{"$ref": f"{SCHEMAS}/Headers"}],
            "properties": {"ce_type": {"const": event.type()}},
        },
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": key_of(event.topic)}, "bindingVersion": KAFKA}},
    }


def written(part: Part) -> str:
    """As it is printed."""
    return json.dumps(part, indent=2, ensure_ascii=False) + "\n"


def pages() -> dict[str, str]:
    """Every file that is printed, by its path in the folder."""
    schemas = {f"schemas/{kind}.json": written(schema_of(event)) for kind, event in EVENTS.items()}
    return {"asyncapi.json": written(document()), **schemas}


def main(folder: Path) -> None:
    """Print all of it, and take away the schemas of what there is no more."""
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    for old in (folder / "schemas").glob("*.json"):
        old.unlink()
    for name, text in pages().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
