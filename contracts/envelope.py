"""What stands around every event on its topic: the headers, each once, as UTF-8 text."""

from typing import Any

from contracts.topics import SERVICES

HEADERS: dict[str, Any] = {
    "type": "object",
    "title": "Headers",
    "description": "CloudEvents 1.0 in Kafka's binary mode, and what Folkmoot adds. More may be added.",
    "required": [
        *("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type", "recorded"),
    ],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {
            "type": "string",
            "format": "uuid",
            "description": "The id of the event, the same on every copy of it: do each id once.",
        },
        "ce_source": {
            "type": "string",
            "pattern": f"^/folkmoot/[^/]+/({'|'.join(SERVICES)})$",
            "description": "The organization, and the service that says this.",
        },
        "ce_type": {
            "type": "string",
            "pattern": r"^org\.folkmoot\.[a-z]+\.[A-Za-z]+\.v[0-9]+$",
            "description": "What happened. Skip what you do not know.",
        },
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, in UTC."},
        "ce_subject": {"type": "string", "description": "What it happened to: the record's key."},
        "ce_actedby": {
            "type": "string",
            "format": "uuid",
            "description": "The administrator who acted as a member, such as an import did.",
        },
        "content-type": {"type": "string", "const": "application/json"},
        "traceparent": {
            "type": "string",
            "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
            "description": "The trace that this belongs to (W3C Trace Context).",
        },
        "recorded": {
            "type": "string",
            "pattern": r"^[0-9]+\.[0-9]+$",
            "description": "Its place in the service's journal: seconds, and a number within the second.",
        },
        "replayed": {"type": "string", "const": "1", "description": "It is told again from the journal, and no news."},
        "redriven": {
            "type": "string",
            "enum": list(SERVICES),
            "description": "A dead letter put back for this group alone; to everyone else a copy.",
        },
    },
}
