"""The JSON Schema of every event as it lies on its topic: listeners in any language check and generate types from it.

A schema requires the fields that every event of its type has had since the first one, and leaves room for those that
will be added.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from contracts.messages import Event
from contracts.topics import EVENTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class Printed(GenerateJsonSchema):
    """As pydantic has it, but the same on every run, and without a title that only repeats a field's name."""

    def encode_default(self, default: Any) -> Any:
        """A default; a set has no order of its own, so it is given one."""
        return super().encode_default(sorted(default) if isinstance(default, set | frozenset) else default)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No: the name says it."""
        return False


def schema_of(event: type[Event]) -> Schema:
    """The schema of one event, complete in itself."""
    return {"$schema": DIALECT, **event.model_json_schema(mode="serialization", schema_generator=Printed)}


def schemas_within(place: str) -> tuple[dict[type[Event], Schema], dict[str, Schema]]:
    """For a document that holds schemas by name at `place`: each event's reference, and all schemas by name."""
    wanted = [(event, "serialization") for event in EVENTS.values()]
    references, printed = models_json_schema(
        wanted,  # type: ignore[arg-type]  # the mode is a literal to pydantic
        ref_template=f"{place}/{{model}}",
        schema_generator=Printed,
    )
    of_event = {event: references[event, "serialization"] for event in EVENTS.values()}
    return of_event, dict(sorted(printed["$defs"].items()))
