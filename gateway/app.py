"""The gateway as a process: `uvicorn gateway.app:app`."""

from chassis import logs
from chassis.kafka import tail
from chassis.settings import read_settings
from gateway.front import FrontDesk

settings = read_settings()
logs.start(settings.log_level)
app = FrontDesk(settings, tail).app()
