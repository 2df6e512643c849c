"""How the schema describes itself: every type, field and value says what it means (G1)."""

from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

KEY = "Names this request, so that repeating it does it once."


def said(description: str, **more: Any) -> Any:
    """A field that is a plain value, with its description."""
    return strawberry.field(description=description, **more)


def worded(kind: type[Enum], **values: str) -> None:
    """Make an enum of a contract one of GraphQL: described by its docstring, each value by the text given for it."""
    strawberry.enum(kind, description=_line(kind.__doc__))
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name.lower()]


def describe(schema: GraphQLSchema) -> None:
    """Let docstrings be the descriptions of types, and of fields that a function resolves."""
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            continue
        definition = kind.extensions.get("strawberry-definition")
        if definition is None:
            continue
        kind.description = kind.description or _line(definition.origin.__doc__)
        for field in kind.fields.values():
            resolver = getattr(field.extensions.get("strawberry-definition"), "base_resolver", None)
            if resolver is not None:
                field.description = field.description or _line(resolver.wrapped_func.__doc__)


def _line(text: str | None) -> str | None:
    return " ".join(text.split()) if text else None
