"""Loaded by schemathesis, in its own environment: gives it ids of things that are there, and keeps the ledger."""

import atexit
import json
import os
import re
from pathlib import Path
from random import Random
from typing import Any

import schemathesis

from tests.hostile.ledger import Ledger

DOOR = os.environ["HOSTILE_DOOR"]
IDS = json.loads(os.environ["HOSTILE_IDS"])
ID = re.compile(r'(\b(?:id|\w+Id|replyTo): )("(?:[^"\\]|\\.)*"|-?\d+)')
HAND = Random(os.environ["HOSTILE_SEED"])
LEDGER = Ledger(json.loads(os.environ["HOSTILE_SECRETS"]))


def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Ask about things that are there, half of the time: most of the schema lies behind them."""
    if isinstance(case.body, str) and HAND.random() < 0.5:
        case.body = ID.sub(lambda found: f'{found[1]}"{HAND.choice(IDS)}"', case.body)


def after_call(context: Any, case: Any, response: Any) -> None:
    """Note what was answered."""
    told = response.content.decode(errors="replace")
    LEDGER.note(DOOR, case.operation.label, str(response.status_code), told, case.body)


def written() -> None:
    """The ledger, for whoever started this."""
    counts = [[door, code, count] for (door, code), count in LEDGER.counts.items()]
    Path(os.environ["HOSTILE_LEDGER"]).write_text(json.dumps({"counts": counts, "wrong": LEDGER.wrong}))


schemathesis.hook("before_call")(before_call)
schemathesis.hook("after_call")(after_call)
atexit.register(written)
