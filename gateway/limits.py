"""How large a question may be (G6): its depth, aliases, directives and length, looked at once per document."""

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)

from contracts.messages import Invalid

LONGEST = 20_000  # characters
MOST_TOKENS = 2_000
DEEPEST = 15
MOST_ALIASES = 30
MOST_DIRECTIVES = 30
MOST_FIELDS = 1_000


class QueryIsTooLong(Invalid):
    """A document has at most 20,000 characters and 2,000 tokens. Ask in several requests."""


class QueryIsTooDeep(Invalid):
    """Fields are nested more than 15 deep. Ask for what lies deeper by its id."""


class TooManyAliases(Invalid):
    """A document has at most 30 aliases. Ask in several requests."""


class TooManyDirectives(Invalid):
    """A document has at most 30 directives. Ask in several requests."""


class TooManyFields(Invalid):
    """With its fragments laid out, an operation has more than 1,000 fields. Ask for less."""


@dataclass(frozen=True)
class Size:
    """How large a part of a document is, with its fragments laid out."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0

    def beside(self, other: "Size") -> "Size":
        """Both, side by side."""
        return Size(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
        )


def check(document: DocumentNode) -> None:
    """Refuse a valid document that is too large. What introspection asks for is not counted into the depth."""
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    sizes: dict[str, Size] = {}
    for part in document.definitions:
        if isinstance(part, OperationDefinitionNode):
            size = _of_all(part.selection_set.selections, fragments, sizes)
            size = size.beside(Size(directives=len(part.directives or ())))
            for over, refusal in (
                (size.depth > DEEPEST, QueryIsTooDeep),
                (size.aliases > MOST_ALIASES, TooManyAliases),
                (size.directives > MOST_DIRECTIVES, TooManyDirectives),
                (size.fields > MOST_FIELDS, TooManyFields),
            ):
                if over:
                    raise refusal


def _of_all(
    selections: Iterable[SelectionNode], fragments: dict[str, FragmentDefinitionNode], sizes: dict[str, Size]
) -> Size:
    whole = Size()
    for selection in selections:
        whole = whole.beside(_of(selection, fragments, sizes)).beside(Size(directives=len(selection.directives or ())))
    return whole


def _of(selection: SelectionNode, fragments: dict[str, FragmentDefinitionNode], sizes: dict[str, Size]) -> Size:
    if isinstance(selection, FieldNode):
        within = selection.selection_set.selections if selection.selection_set else ()
        size = _of_all(within, fragments, sizes)
        depth = 0 if selection.name.value.startswith("__") else size.depth + 1
        return Size(depth, size.aliases + (selection.alias is not None), size.directives, size.fields + 1)
    if isinstance(selection, InlineFragmentNode):
        return _of_all(selection.selection_set.selections, fragments, sizes)
    if isinstance(selection, FragmentSpreadNode):
        name = selection.name.value
        if name not in sizes:
            sizes[name] = _of_all(fragments[name].selection_set.selections, fragments, sizes)
        return sizes[name]
    return Size()
