"""The responses service, at a glance: its door stands, its rooms come next."""

from starlette.applications import Starlette

from chassis.process import serve
from chassis.service import Service
from services.responses.store import Cases

responses = Service(name="responses", store=Cases)


def app() -> Starlette:
    """The ASGI application."""
    return serve(responses)
