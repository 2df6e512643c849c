"""One operation, executed; every way in leads here."""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any, TypeGuard

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    default_field_resolver,
    default_type_resolver,
    subscribe,
)
from graphql import Executor as GraphQLExecutor
from graphql.execution.collect_fields import CollectedFields
from graphql.pyutils import gather_with_cancel
from graphql.type.definition import GraphQLResolveInfoHelpers
from opentelemetry.trace import SpanKind

from chassis.telemetry import carrier, span
from contracts.messages import Refused
from gateway.answers import dressed, response
from gateway.context import Context
from gateway.documents import Document, Documents, Operation
from gateway.measures import LIVE_WATCHERS
from gateway.telling import Telling, collecting


class WatchOverAStream(Refused):
    """A subscription needs a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream."""

    status = 406


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

    def execute_fields_serially(
        self, parent_type: GraphQLObjectType, source: Any, path: Any, asked: Any, position_context: Any
    ) -> Any:
        """All that is asked, one after the other; a single field has none to wait for."""
        execute = self.execute_fields if len(asked) == 1 else super().execute_fields_serially
        return execute(parent_type, source, path, asked, position_context)

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
