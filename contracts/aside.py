"""Dead letters, as AsyncAPI tells of them: what a group could not handle, and why (P7)."""

from typing import Any

from contracts.topics import SERVICES, TOPICS, dead_letters

HEADERS: dict[str, Any] = {
    "type": "object",
    "title": "HeadersOfSetAside",
    "description": "The headers as they stood, and these.",
    "required": ["aside_reason", "aside_attempts", "aside_topic", "aside_partition", "aside_offset"],
    "properties": {
        "aside_reason": {"type": "string", "description": "What the last attempt said."},
        "aside_attempts": {"type": "string", "pattern": "^[0-9]+$", "description": "How often it was tried."},
        "aside_topic": {"type": "string", "description": "The topic on which it stood."},
        "aside_partition": {"type": "string", "pattern": "^[0-9]+$", "description": "The partition of it."},
        "aside_offset": {"type": "string", "pattern": "^[0-9]+$", "description": "The offset in that."},
    },
}

CHANNEL: dict[str, Any] = {
    "address": dead_letters("{topic}", "{group}"),
    "title": "Dead letters",
    "description": "What a group could not handle, and what came after it for the same key, until it is redriven. "
    "Only topics that the group listens to have one.",
    "parameters": {
        "topic": {"description": "Where it stood.", "enum": [topic.name for topic in TOPICS]},
        "group": {"description": "Whose it is.", "enum": list(SERVICES)},
    },
    "messages": {"SetAside": {"$ref": "#/components/messages/SetAside"}},
}

OPERATION: dict[str, Any] = {
    "action": "send",
    "channel": {"$ref": "#/channels/dead"},
    "summary": "A group sets aside what it cannot handle. It is for operators, and no news.",
}

MESSAGE: dict[str, Any] = {
    "name": "SetAside",
    "title": "A message that was set aside",
    "summary": "The record as it stood, byte for byte, with its key and headers, and why it was set aside.",
    "headers": {"$ref": "#/components/schemas/HeadersOfSetAside"},
    "payload": {"description": "The value as it stood. It may be no JSON at all: that may be why."},
}
