"""Documents: parsed, checked, and remembered with all that is found out about their operations once."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from contracts.messages import Invalid, Refused
from gateway.answers import coded, refusal, unparsed
from gateway.limits import LONGEST, MOST_TOKENS, QueryIsTooLong, check, check_repeats
from gateway.plans import Plan, fragments_of
from gateway.telling import Telling, collecting

REMEMBERED = 1_000  # documents
MOST_ERRORS = 5  # told of a document that is not valid


class NoSuchOperation(Invalid):
    """The document has no operation of this name; with several, name the one you mean by `operationName`."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What one operation of a document is: its kind, and how its span is called."""

    kind: OperationType
    span: str
    node: OperationDefinitionNode
    plan: Plan
    telling: Telling | None  # None where directives may make every request ask something else


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document, valid and within limits, with its operations by name."""

    ast: DocumentNode
    fragments: dict[str, FragmentDefinitionNode]
    details: dict[str, FragmentDetails]
    operations: dict[str, Operation]

    def operation(self, name: str | None) -> Operation:
        """The operation of that name, or the only one."""
        found = (
            self.operations.get(name or "")
            if name or len(self.operations) != 1
            else next(iter(self.operations.values()))
        )
        if found is None:
            raise NoSuchOperation
        return found


class Rejected(Exception):
    """A document that does not parse, is not valid, or is too large; `errors` say why."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


class Documents:
    """The documents that were good, the latest used, by their text: only new ones cost parsing and checking."""

    def __init__(self, schema: GraphQLSchema, open_to_questions: bool, most: int = REMEMBERED) -> None:
        self._schema = schema
        self._rules = [*specified_rules] if open_to_questions else [*specified_rules, NoSchemaIntrospectionCustomRule]
        self._hide = not open_to_questions
        self._most = most
        self._known: OrderedDict[str, Document] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, text: str) -> Document:
        """The document of that text; raises Rejected."""
        known = self._known.get(text)
        if known is not None:
            self.hits += 1
            self._known.move_to_end(text)
            return known
        self.misses += 1
        document = self._checked(text)
        self._known[text] = document
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return document

    def _checked(self, text: str) -> Document:
        try:
            if len(text) > LONGEST:
                raise QueryIsTooLong
            ast = parse(text, max_tokens=MOST_TOKENS)
            check_repeats(ast)
        except Refused as refused:
            raise Rejected([refusal(refused)]) from None
        except GraphQLSyntaxError as error:
            raise Rejected([unparsed(error)]) from None
        except RecursionError:
            raise Rejected([refusal(QueryIsTooLong())]) from None
        errors = validate(self._schema, ast, self._rules, max_errors=MOST_ERRORS, hide_suggestions=self._hide)
        if errors:
            raise Rejected([coded(error, "QueryIsNotValid") for error in errors])
        try:
            check(ast)
        except Refused as refused:
            raise Rejected([refusal(refused)]) from None
        fragments = fragments_of(ast)
        details = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        operations = [
            self._operation(part, None if "@" in text else details)
            for part in ast.definitions
            if isinstance(part, OperationDefinitionNode)
        ]
        return Document(ast, fragments, details, dict(operations))

    def _operation(
        self, part: OperationDefinitionNode, constant: dict[str, FragmentDetails] | None
    ) -> tuple[str, Operation]:
        first = part.selection_set.selections[0]
        field = f" {first.name.value}" if isinstance(first, FieldNode) else ""
        plan = Plan(self._schema, part)
        none = VariableValues({}, {})
        telling = Telling(collecting(self._schema, constant, none, part, self._hide)) if constant is not None else None
        operation = Operation(part.operation, f"{part.operation.value}{field}", part, plan, telling)
        return part.name.value if part.name else "", operation
