"""A stand-in for a service: ready at once, and shows what it was told."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def ready(request: Request) -> Response:
    """Always ready."""
    return Response()


async def told(request: Request) -> Response:
    """The environment this process was given."""
    return JSONResponse(dict(os.environ) | {"PID": str(os.getpid())})


app = Starlette(routes=[Route("/health/ready", ready), Route("/told", told)])
