"""Logs: one line of JSON per record on standard output, joined to traces by their ids."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from chassis import telemetry

NOT_FOR_EVERYONE = {"pymongo": logging.INFO}  # below this level they print documents, and so people's words


class JsonLine(logging.Formatter):
    """Writes `time` (UTC), `level`, `logger`, `message`, `trace_id` and `span_id` within a span, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever is in the message."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := telemetry.carrier():
            line["trace_id"], line["span_id"] = current[3:35], current[36:52]
        if record.exc_info and record.exc_info[0]:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line)


def start(level: str) -> None:
    """Send everything that is logged in this process, at `level` or above, to standard output.

    Servers must not set up logs of their own (uvicorn: log_config=None). Requests are not logged one by one: their
    addresses are personal data, and traces and metrics tell more.
    """
    out = logging.StreamHandler(sys.stdout)
    out.setFormatter(JsonLine())
    logging.basicConfig(level=level, handlers=[out], force=True)
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"
    for name, least in NOT_FOR_EVERYONE.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelName(level)))
