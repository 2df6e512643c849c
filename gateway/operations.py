"""One operation: its document parsed and checked once, then executed, its errors dressed for the outside."""

import inspect
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeGuard

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    default_type_resolver,
    parse,
    specified_rules,
    subscribe,
    validate,
)
from graphql import Executor as GraphQLExecutor
from graphql.execution.collect_fields import CollectedFields, FragmentDetails
from graphql.execution.values import VariableValues
from graphql.pyutils import gather_with_cancel
from graphql.type.definition import GraphQLResolveInfoHelpers
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from chassis.telemetry import carrier, span
from contracts.messages import Invalid, Refused
from gateway.context import Context
from gateway.limits import LONGEST, MOST_TOKENS, QueryIsTooDeep, QueryIsTooLong, check, check_repeats
from gateway.measures import LIVE_WATCHERS
from gateway.plans import Plan, fragments_of
from gateway.telling import Telling, collecting
from gateway.trouble import Fault, Unknown

log = logging.getLogger(__name__)

REMEMBERED = 1_000  # documents
MOST_ERRORS = 5  # told of a document that is not valid


class NoSuchOperation(Invalid):
    """The document has no operation of this name; with several, name the one you mean by `operationName`."""


class WatchOverAStream(Refused):
    """A subscription needs a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream."""

    status = 406


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
            raise Rejected([_unparsed(error)]) from None
        except RecursionError:
            raise Rejected([refusal(QueryIsTooLong())]) from None
        errors = validate(self._schema, ast, self._rules, max_errors=MOST_ERRORS, hide_suggestions=self._hide)
        if errors:
            raise Rejected([_coded(error, "QueryIsNotValid") for error in errors])
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


class Executor:
    """Executes operations on the schema; every way in leads here."""

    def __init__(self, schema: GraphQLSchema, open_to_questions: bool) -> None:
        self.documents = Documents(schema, open_to_questions)
        self._schema = schema
        self._hide = not open_to_questions

    async def run(
        self,
        document: Document,
        name: str | None,
        variables: dict[str, Any] | None,
        context: Context,
        parent: str | None,
    ) -> dict[str, Any]:
        """Answer a query or mutation, in one span: the response as a dict; without `data` if it never began."""
        operation = document.operation(name)
        with span(operation.span, SpanKind.SERVER, parent):
            context.traceparent = carrier()
            execution = self._prepared(document, operation, name, variables or {}, context)
            if isinstance(execution, list):
                return response(ExecutionResult(None, execution), context.trace)
            result: Any = execution.execute_operation()
            return response(result if isinstance(result, ExecutionResult) else await result, context.trace)

    def _prepared(
        self, document: Document, operation: Operation, name: str | None, variables: dict[str, Any], context: Context
    ) -> GraphQLExecutor[Any] | list[GraphQLError]:
        """What executes this, or what is wrong with its variables."""
        values = operation.plan.values(variables)
        if values is None:
            return _Executor.build(
                self._schema,
                document.ast,
                context_value=context,
                raw_variable_values=variables,
                operation_name=name,
                is_awaitable=_is_awaitable,
                is_async_iterable=_is_async_iterable,
                hide_suggestions=self._hide,
                telling=operation.telling,
            )
        return _Executor(
            self._schema,
            document.fragments,
            document.details,
            None,
            context,
            operation.node,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=_is_awaitable,
            is_async_iterable=_is_async_iterable,
            hide_suggestions=self._hide,
            telling=operation.telling,
        )

    async def stream(
        self,
        document: Document,
        name: str | None,
        variables: dict[str, Any] | None,
        context: Context,
        parent: str | None,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Answer any operation as a stream of responses: a query or mutation has one, a subscription any number."""
        operation = document.operation(name)
        if operation.kind is not OperationType.SUBSCRIPTION:
            yield await self.run(document, name, variables, context, parent)
            return
        with span(operation.span, SpanKind.SERVER, parent):
            context.traceparent = carrier()
            results = await self._subscribed(document, name, variables, context)
        if isinstance(results, ExecutionResult):
            yield response(results, context.trace)
            return
        try:
            with LIVE_WATCHERS.labels(operation.span.partition(" ")[2]).track_inprogress():
                async for result in results:
                    yield response(result, context.trace)
        except Exception as error:
            failed = GraphQLError(str(error), path=operation.span.split(" ")[1:], original_error=error)
            yield {"data": None, "errors": [dressed(failed, context.trace)]}
        finally:
            if isinstance(results, AsyncGenerator):
                await results.aclose()

    async def _subscribed(
        self, document: Document, name: str | None, variables: dict[str, Any] | None, context: Context
    ) -> AsyncIterator[ExecutionResult] | ExecutionResult:
        results = subscribe(
            self._schema,
            document.ast,
            context_value=context,
            variable_values=variables,
            operation_name=name,
            hide_suggestions=self._hide,
        )
        return await results if inspect.isawaitable(results) else results


class _Executor(GraphQLExecutor[Any]):
    """Tells what is plain without ceremony; whatever is missing or wrong with it takes the long way (G5).

    Nothing here may lead back to the executor itself: it would stay until the collector comes round, with all of its
    request, and the collector would stop everybody to look through a thousand of them.
    """

    def __init__(self, *arguments: Any, telling: Telling | None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.async_helpers = _HELPERS
        self._telling = telling or Telling(
            collecting(self.schema, self.fragments, self.variable_values, self.operation, self.hide_suggestions)
        )

    def execute_collected_root_fields(
        self, root_type: GraphQLObjectType, root_value: Any, grouped_field_set: Any, *others: Any
    ) -> Any:
        """All that is asked, or what will become it."""
        asked = self._telling.root(grouped_field_set)
        return super().execute_collected_root_fields(root_type, root_value, asked, *others)

    def collect_subfields(self, return_type: GraphQLObjectType, field_details_list: Any) -> CollectedFields:
        """What is asked of an object."""
        return self._telling.asked(return_type, field_details_list)

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        """The value of a field, or what will become it."""
        tell = self._telling.field(parent_type, field_details_list)
        if tell is not None:
            with suppress(Exception):
                return tell(source)
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def complete_object_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        """All that is asked of an object, or what will become it."""
        tell = self._telling.object(return_type, field_details_list)
        if tell is not None:
            with suppress(Exception):
                return tell(result)
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)


# What graphql-core offers to resolvers; its own are bound to the executor.
_HELPERS = GraphQLResolveInfoHelpers(gather=lambda values: gather_with_cancel(*values), track=lambda values: None)


class _Knowing(dict[type, bool]):
    """Whether values of a class have this method; looked up once for each class, since it is asked of every field."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self._method = method

    def __missing__(self, kind: type) -> bool:
        self[kind] = known = hasattr(kind, self._method)
        return known


_AWAITABLE, _ASYNC_ITERABLE = _Knowing("__await__"), _Knowing("__aiter__")


def _is_awaitable(value: Any) -> TypeGuard[Any]:
    return _AWAITABLE[value.__class__]


def _is_async_iterable(value: Any) -> TypeGuard[Any]:
    return _ASYNC_ITERABLE[value.__class__]


def response(result: ExecutionResult, trace: str) -> dict[str, Any]:
    """A result as it goes out: faults masked, every error with its code; no `data` where nothing was executed."""
    if not result.errors:
        return {"data": result.data}
    errors = [dressed(error, trace) for error in result.errors]
    if result.data is None and all(error.path is None for error in result.errors):
        return {"errors": errors}
    return {"errors": errors, "data": result.data}


def refusal(refused: Refused) -> dict[str, Any]:
    """A refusal as an error of the response; all its problems are told in `extensions`."""
    problems = refused.problems
    extensions: dict[str, Any] = {"code": problems[0].code}
    if any(problem.retryable for problem in problems):
        extensions["retryable"] = True
    if len(problems) > 1:
        extensions["problems"] = [{"code": problem.code, "message": problem.message} for problem in problems]
    return {"message": problems[0].message, "extensions": extensions}


def dressed(error: GraphQLError, trace: str) -> dict[str, Any]:
    """An error as it goes out. A fault is logged and masked; its trace id finds it again."""
    told = _told(error, trace)
    if error.locations:
        told["locations"] = [place.formatted for place in error.locations]
    if error.path is not None:
        told["path"] = error.path
    return told


def _told(error: GraphQLError, trace: str) -> dict[str, Any]:
    cause = error.original_error
    if isinstance(cause, Refused):
        return refusal(cause)
    if isinstance(cause, ValidationError):
        return {"message": cause.errors()[0]["msg"], "extensions": {"code": "Invalid"}}
    if isinstance(cause, Unknown):
        extensions = {"code": "Unknown", "retryable": True} | ({"idempotencyKey": cause.key} if cause.key else {})
        return {"message": str(cause), "extensions": extensions}
    if error.path is None:
        return {"message": error.message, "extensions": {"code": "VariablesAreNotValid"}}
    return masked(cause or error, trace)


def masked(fault: Exception, trace: str) -> dict[str, Any]:
    """What is told of a fault: nothing but the trace id to quote."""
    if not isinstance(fault, Fault):
        log.error("an operation failed, trace %s", trace, exc_info=fault)
    return {
        "message": f"Something went wrong on our side. Quote this trace id when you ask about it: {trace}",
        "extensions": {"code": "Fault", "trace": trace},
    }


def _unparsed(error: GraphQLSyntaxError) -> dict[str, Any]:
    """What kept a document from being parsed: the parser's own limits, or its grammar."""
    if "Parsing aborted" not in error.message:
        return _coded(error, "QueryDoesNotParse")
    return refusal(QueryIsTooDeep() if "nested" in error.message else QueryIsTooLong())


def _coded(error: GraphQLError, code: str) -> dict[str, Any]:
    told: dict[str, Any] = {"message": error.message, "extensions": {"code": code}}
    if error.locations:
        told["locations"] = [place.formatted for place in error.locations]
    return told
