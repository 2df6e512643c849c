"""A gateway that hides its schema, as in production, where SHUT is set: an https issuer is more than a test has."""

import os

from starlette.types import ASGIApp

import gateway.app
from chassis.settings import Settings
from gateway.front import FrontDesk


class Shut(FrontDesk):
    """A front desk among strangers."""

    def __init__(self, settings: Settings, *rest: object) -> None:
        environment = "production" if os.environ.get("SHUT") else "development"
        super().__init__(settings.model_copy(update={"environment": environment}), *rest)  # type: ignore[arg-type]


def app() -> ASGIApp:
    """The ASGI application."""
    setattr(gateway.app, "FrontDesk", Shut)  # noqa: B010 (it is not exported, so mypy would not have it assigned)
    return gateway.app.app()
