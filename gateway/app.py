"""The gateway as a process: `uvicorn --factory gateway.app:app`."""

from starlette.types import ASGIApp

from chassis import logs
from chassis.kafka import tail
from chassis.settings import read_settings, usable
from gateway.front import FrontDesk


def app() -> ASGIApp:
    """The ASGI application, from the environment."""
    settings = read_settings()
    logs.start(settings.log_level)
    with usable():
        desk = FrontDesk(settings, tail)
    return desk.app()
