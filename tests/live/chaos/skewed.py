"""A gateway whose clock is wrong by as many seconds as the file at SKEW_FILE says."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from starlette.types import ASGIApp

import gateway.app
import gateway.endpoint
from gateway.context import now

SKEW_FILE = Path(os.environ.get("SKEW_FILE", os.devnull))


def wrong_now() -> datetime:
    """What its clock says."""
    return now() + timedelta(seconds=float(SKEW_FILE.read_text() or "0"))


def app() -> ASGIApp:
    """The ASGI application."""
    gateway.endpoint.now = wrong_now  # type: ignore[attr-defined]
    return gateway.app.app()
