"""A gateway whose clock is wrong by SKEW_SECONDS."""

import os
from datetime import datetime, timedelta

from starlette.types import ASGIApp

import gateway.app
import gateway.endpoint
from gateway.context import now

SKEW = timedelta(seconds=float(os.environ.get("SKEW_SECONDS", "0")))


def wrong_now() -> datetime:
    """What its clock says."""
    return now() + SKEW


def app() -> ASGIApp:
    """The ASGI application."""
    gateway.endpoint.now = wrong_now  # type: ignore[attr-defined]
    return gateway.app.app()
