"""What the services need before they start: their collections and indexes, and every topic."""

from typing import Any

from chassis.errands import KEPT as DEADLINES
from chassis.kept import Kept
from chassis.outbox import KEPT as OUTBOX
from chassis.service import Service
from contracts.topics import Topic, dead_letters
from services.ideas.app import ideas
from services.responses.app import responses
from services.strategy.app import strategy
from services.voting.app import voting

SERVICES = (ideas, voting, responses, strategy)


def kept_by(service: Service) -> list[Kept[Any]]:
    """A service's collections: those that all services have, and its own."""
    return [*OUTBOX, DEADLINES, *service.store.kept]


def dead_topics() -> list[Topic]:
    """One topic beside each that a group hears, for what it sets aside."""
    return [Topic(dead_letters(topic, service.name)) for service in SERVICES for topic in service.hears()]
