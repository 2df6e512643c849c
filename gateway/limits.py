"""How large a question may be (G6): its depth, aliases, directives and length, looked at once per document."""

from collections import Counter
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
    SelectionSetNode,
)

from contracts.messages import Invalid

LONGEST = 20_000  # characters
MOST_TOKENS = 2_000
DEEPEST = 15
MOST_ALIASES = 30
MOST_DIRECTIVES = 30
MOST_FIELDS = 1_000
MOST_REPEATS = 50
MOST_STEPS = 20_000


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


class FieldIsRepeated(Invalid):
    """The same field is asked for more than 50 times in one place. Ask for it once."""


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


def check_repeats(document: DocumentNode) -> None:
    """Refuse a document that asks for the same again and again, before it is validated.

    Validation compares all fields of one place with each other, so its time grows with the square of their number.
    """
    parts = [
        part for part in document.definitions if isinstance(part, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    fragments = {part.name.value: part for part in parts if isinstance(part, FragmentDefinitionNode)}
    left = MOST_STEPS
    for part in parts:
        left = _count_repeats(part.selection_set, fragments, left)


def _count_repeats(whole: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], left: int) -> int:
    """How many of the steps that may be taken are left after this part."""
    times: Counter[tuple[str, ...]] = Counter()
    waiting: list[tuple[tuple[str, ...], SelectionSetNode, frozenset[str]]] = [((), whole, frozenset())]
    while waiting:
        place, selections, within = waiting.pop()
        for selection in selections.selections:
            left -= 1
            if left < 0:
                raise TooManyFields
            if isinstance(selection, FieldNode):
                here = (*place, (selection.alias or selection.name).value)
                times[here] += 1
                if times[here] > MOST_REPEATS:
                    raise FieldIsRepeated
                if selection.selection_set:
                    waiting.append((here, selection.selection_set, within))
            elif isinstance(selection, InlineFragmentNode):
                waiting.append((place, selection.selection_set, within))
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in fragments and name not in within:
                    waiting.append((place, fragments[name].selection_set, within | {name}))
    return left


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
