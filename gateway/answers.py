"""Answers as they go out: faults masked, every error with its code, refusals in the words of the contract."""

import logging
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError
from pydantic import ValidationError

from contracts.messages import Refused
from gateway.limits import QueryIsTooDeep, QueryIsTooLong
from gateway.trouble import Fault, Unknown

log = logging.getLogger(__name__)


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


def unparsed(error: GraphQLSyntaxError) -> dict[str, Any]:
    """What kept a document from being parsed: the parser's own limits, or its grammar."""
    if "Parsing aborted" not in error.message:
        return coded(error, "QueryDoesNotParse")
    return refusal(QueryIsTooDeep() if "nested" in error.message else QueryIsTooLong())


def coded(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error of a document, under a code of ours."""
    told: dict[str, Any] = {"message": error.message, "extensions": {"code": code}}
    if error.locations:
        told["locations"] = [place.formatted for place in error.locations]
    return told
