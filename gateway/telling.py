"""Telling what is plain: attributes, and attributes of attributes, without graphql-core's ceremony.

Most of a page is such: an idea's author, the counts of its tally. How a selection of them is told is put together once
for an operation, and then each object is told in one go. Whatever is missing or wrong with one, graphql-core comes upon
in its own long way, and has its place for it.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, FragmentDetails, GroupedFieldSet, collect_subfields
from graphql.execution.values import VariableValues
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from gateway.lean import ATTRIBUTES, DEFINITION
from gateway.values import Odd, Turn, nullable, present

Collect = Callable[[GraphQLObjectType, Any], CollectedFields]


def collecting(
    schema: GraphQLSchema,
    fragments: dict[str, FragmentDetails],
    variables: VariableValues,
    operation: OperationDefinitionNode,
    hide: bool,
) -> Collect:
    """What these details of an operation ask of an object."""
    return lambda kind, details: collect_subfields(schema, fragments, variables, operation, kind, details, hide)


class Telling:
    """What one operation asks of each object, and how the plain parts of that are told.

    What was found is known by the identity of the details that it is about, and holds them. An operation without
    directives asks the same every time, whatever its variables: for it, one of these serves all requests.
    """

    def __init__(self, collect: Collect) -> None:
        self._collect = collect
        self._root: GroupedFieldSet | None = None
        self._asked: dict[tuple[GraphQLObjectType, int], tuple[Any, CollectedFields]] = {}
        self._fields: dict[int, tuple[Any, Turn | None]] = {}
        self._objects: dict[tuple[GraphQLObjectType, int], tuple[Any, Turn | None]] = {}

    def root(self, asked: GroupedFieldSet) -> GroupedFieldSet:
        """What is asked of the root: what was found the first time, to which everything known belongs."""
        if self._root is None:
            self._root = asked
        return self._root

    def asked(self, kind: GraphQLObjectType, details: Any) -> CollectedFields:
        """What these details ask of an object of this type."""
        known = self._asked.get((kind, id(details)))
        if known is None:
            known = self._asked[kind, id(details)] = details, self._collect(kind, details)
        return known[1]

    def field(self, parent: GraphQLObjectType, details: Any) -> Turn | None:
        """How a field is told, of the object that has it; None where it takes a resolver."""
        known = self._fields.get(id(details))
        if known is None:
            known = self._fields[id(details)] = details, self._field(parent, details)
        return known[1]

    def object(self, kind: GraphQLObjectType, details: Any) -> Turn | None:
        """How all that these details ask of such an object is told; None where any of it takes a resolver."""
        known = self._objects.get((kind, id(details)))
        if known is None:
            known = self._objects[kind, id(details)] = details, self._object(kind, details)
        return known[1]

    def _object(self, kind: GraphQLObjectType, details: Any) -> Turn | None:
        fields = {name: self.field(kind, below) for name, below in self.asked(kind, details).grouped_field_set.items()}
        told = [(name, tell) for name, tell in fields.items() if tell is not None]
        if len(told) < len(fields):
            return None
        tell = _together(told)
        return _of_class(kind.extensions[DEFINITION].origin, tell) if kind.is_type_of else tell

    def _field(self, parent: GraphQLObjectType, details: Any) -> Turn | None:
        name = details[0].node.name.value
        if name == "__typename":
            return lambda source: parent.name
        get = parent.extensions[ATTRIBUTES].get(name) if ATTRIBUTES in parent.extensions else None
        tell = self._value(parent.fields[name].type, details) if get else None
        return (lambda source: tell(get(source))) if get and tell else None

    def _value(self, kind: GraphQLOutputType, details: Any) -> Turn | None:
        if isinstance(kind, GraphQLNonNull):
            tell = self._present(kind.of_type, details)
            return present(tell) if tell else None
        tell = self._present(kind, details)
        return nullable(tell) if tell else None

    def _present(self, kind: Any, details: Any) -> Turn | None:
        if is_leaf_type(kind):
            return _leaf(kind)
        if is_list_type(kind):
            tell = self._value(kind.of_type, details)
            return (lambda items: [tell(item) for item in items]) if tell else None
        return self.object(kind, details) if is_object_type(kind) else None


def _leaf(kind: GraphQLLeafType) -> Turn:
    """How a value of this type is told; the name of an enumeration's member is looked up, not searched for."""
    if isinstance(kind, CustomGraphQLEnumType):
        return {kind.wrapped_cls(each.value): name for name, each in kind.values.items()}.__getitem__
    return kind.coerce_output_value


def _together(fields: list[tuple[str, Turn]]) -> Turn:
    return lambda source: {name: tell(source) for name, tell in fields}


def _of_class(kind: type, tell: Turn) -> Turn:
    def told(source: Any) -> Any:
        if not isinstance(source, kind):
            raise Odd
        return tell(source)

    return told
