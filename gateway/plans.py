"""How an operation's variables become values, decided once per document instead of at every request.

graphql-core looks up each variable's type and walks it anew each time, a quarter of a castVote's time. A plan does the
same for values that are right; where anything is odd it gives up, and graphql-core goes its long way and says why.
"""

from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.type import is_required_input_field

from gateway.values import Odd, Turn, nullable, present


class Plan:
    """The variables of one operation, by name: their types, and how a value becomes one."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._variables: list[tuple[str, GraphQLVariableSignature, Turn]] = []
        self._simple = True
        for node in operation.variable_definitions or ():
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError) or node.default_value is not None:
                self._simple = False
            else:
                self._variables.append((signature.name, signature, _coercing(signature.type)))

    def values(self, given: dict[str, Any]) -> VariableValues | None:
        """The values of the variables; None where graphql-core had better look itself."""
        if not self._simple:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for name, signature, coerce in self._variables:
                if name in given:
                    value = given[name]
                    sources[name] = VariableValueSource(signature, value)
                    coerced[name] = coerce(value)
                elif isinstance(signature.type, GraphQLNonNull):
                    return None
                else:
                    sources[name] = VariableValueSource(signature)
        except Exception:
            return None
        return VariableValues(sources, coerced)


def _coercing(kind: GraphQLInputType) -> Turn:
    if isinstance(kind, GraphQLNonNull):
        return present(_coercing_present(kind.of_type))
    return nullable(_coercing_present(kind))


def _coercing_present(kind: Any) -> Turn:
    if isinstance(kind, GraphQLList):
        return _items(_coercing(kind.of_type))
    if isinstance(kind, GraphQLInputObjectType):
        return _input(kind)
    if isinstance(kind, GraphQLEnumType):
        return {name: kind.coerce_input_value(name) for name in kind.values}.__getitem__
    if kind.name in ("ID", "String"):
        return _text
    coerce: Turn = kind.coerce_input_value
    return coerce


def _items(coerce: Turn) -> Turn:
    def items(value: Any) -> Any:
        if not isinstance(value, list):
            raise Odd
        return [coerce(item) for item in value]

    return items


def _text(value: Any) -> Any:
    if value.__class__ is not str:
        raise Odd
    return value


def _input(kind: GraphQLInputObjectType) -> Turn:
    """Into the input's own class; what is left out takes its default there, which is the schema's."""
    fields = {name: (field.out_name or name, _coercing(field.type)) for name, field in kind.fields.items()}
    required = [name for name, field in kind.fields.items() if is_required_input_field(field)]

    def made(value: Any) -> Any:
        for name in required:
            if name not in value:
                raise Odd
        coerced = {}
        for name, given in value.items():
            out_name, coerce = fields[name]
            coerced[out_name] = coerce(given)
        return kind.out_type(coerced)

    return made


def fragments_of(document: Any) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
