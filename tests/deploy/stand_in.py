"""Stand-ins for the services: one that is ready at once, and one that cannot start."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

EVERYWHERE = dict.fromkeys(("ideas", "voting", "responses", "strategy", "gateway"), "tests.deploy.stand_in:app")
BROKEN = "tests.deploy.stand_in:broken"


async def ready(request: Request) -> Response:
    """Always ready."""
    return Response()


async def told(request: Request) -> Response:
    """The environment that this process was given."""
    return JSONResponse(dict(os.environ))


def app() -> Starlette:
    """An application that is ready."""
    return Starlette(routes=[Route("/health/ready", ready), Route("/told", told)])


def broken() -> Starlette:
    """Breaks before it is ready."""
    raise RuntimeError("the cellar is flooded")
