"""What a mutation answers besides its result: refusals as data, told in the words of the client (G3)."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from pydantic import ValidationError

from contracts.messages import Happened as HappenedData
from contracts.messages import Refused
from gateway.words import said

R = TypeVar("R", bound=Callable[..., Awaitable[Any]])


@strawberry.type
class UserError:
    """Why something was refused, and what to do about it."""

    code: str = said("The name of the refusal; the same everywhere and for ever. Program against this.")
    message: str = said("What is the matter and what to do next, for people.")
    path: list[str] = said("The input field it is about, from the input inwards; empty where it is about the whole.")
    retryable: bool = said("Whether the same request may succeed a little later.")


@strawberry.type
class Happened:
    """One event that a mutation caused. Integrators find it by this id on the topics."""

    kind: str = said("What happened, such as VoteCast.")
    id: UUID = said("The id of the event.")
    key: str = said("The id of what it happened to, as the topics name it.")
    version: int = said("The version of what it happened to, once this had happened.")

    @classmethod
    def all_of(cls, events: tuple[HappenedData, ...]) -> "list[Happened]":
        """Dress the events of an answer."""
        return [cls(kind=event.kind, id=event.id, key=event.key, version=event.version) for event in events]


def camel(name: str) -> str:
    """The name of a field as clients know it: `closes_at` is closesAt."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def errors_of(refused: Refused) -> list[UserError]:
    """Each problem of a refusal, with its path in the words of the client."""
    return [
        UserError(
            code=problem.code,
            message=problem.message,
            path=[camel(part) for part in problem.path],
            retryable=problem.retryable,
        )
        for problem in refused.problems
    ]


def errors_in(invalid: ValidationError) -> list[UserError]:
    """Each field of an input that breaks a bound declared in the contract."""
    return [
        UserError(
            code="Invalid", message=wrong["msg"], path=[camel(str(part)) for part in wrong["loc"]], retryable=False
        )
        for wrong in invalid.errors(include_url=False, include_context=False, include_input=False)
    ]


def refusing_into(payload: type[Any]) -> Callable[[R], R]:
    """Let a mutation answer `payload(errors=…)` where it is refused; faults go on as errors of the response."""

    def wrap(mutation: R) -> R:
        @functools.wraps(mutation)
        async def answered(*args: Any, **kwargs: Any) -> Any:
            try:
                return await mutation(*args, **kwargs)
            except Refused as refused:
                return payload(errors=errors_of(refused))
            except ValidationError as invalid:
                return payload(errors=errors_in(invalid))

        return answered  # type: ignore[return-value]

    return wrap


def given(input: object) -> dict[str, Any]:
    """The fields of an input that the client gave; the contract has the defaults of the others."""
    return {name: value for name, value in vars(input).items() if value is not None}
