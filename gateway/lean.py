"""Resolving without ceremony: the schema's own functions and attributes, called by graphql-core directly.

Strawberry wraps each resolver so that arguments are looked up, renamed and converted anew at every call, which took a
third of a castVote's time. Here that is decided once: graphql-core itself makes our input classes (`out_type`) under
our names (`out_name`) while it coerces, and calls the function.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)
from strawberry.types.field import StrawberryField

DEFINITION = "strawberry-definition"
ATTRIBUTES = "folkmoot-attributes"  # by field: how to get what is no more than an attribute


def lighten(schema: GraphQLSchema) -> None:
    """Let graphql-core call what resolves each field; resolvers take `(self)` or `(self, info, **arguments)`."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            _lighten_input(kind)
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field in kind.fields.values():
                _lighten_field(field)
            kind.extensions[ATTRIBUTES] = {
                name: attrgetter(definition.python_name)
                for name, field in kind.fields.items()
                if isinstance(definition := field.extensions.get(DEFINITION), StrawberryField)
                and definition.base_resolver is None
            }


def _lighten_input(kind: GraphQLInputObjectType) -> None:
    origin = kind.extensions[DEFINITION].origin
    for field in kind.fields.values():
        field.out_name = field.extensions[DEFINITION].python_name
    inputs = {field.out_name for field in kind.fields.values() if isinstance(field.default_value, dict)}

    def without_defaults(fields: dict[str, Any]) -> Any:
        """An input that was left out comes as the schema prints its default: the class has it as it should be."""
        return origin(
            **{name: value for name, value in fields.items() if name not in inputs or value.__class__ is not dict}
        )

    kind.out_type = without_defaults if inputs else lambda fields: origin(**fields)  # type: ignore[method-assign, assignment]


def _lighten_field(field: GraphQLField) -> None:
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField):
        return
    for argument in field.args.values():
        argument.out_name = argument.extensions[DEFINITION].python_name
    resolver = definition.base_resolver
    function: Any = resolver.wrapped_func if resolver else None
    if resolver is None:
        field.resolve = _attribute(definition.python_name)
    elif definition.is_subscription:
        field.subscribe = function
    elif resolver.info_parameter is None:
        field.resolve = _without_info(function)
    else:
        field.resolve = function


def _attribute(name: str) -> Callable[..., Any]:
    get = attrgetter(name)
    return lambda source, info: get(source)


def _without_info(resolve: Callable[..., Any]) -> Callable[..., Any]:
    return lambda source, info: resolve(source)
