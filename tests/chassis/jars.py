"""A small service to try the corridor with: jars that things are put into, up to a limit."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from chassis.kept import Kept
from chassis.service import Errand, Handled, Service
from chassis.store import Store
from contracts.messages import Command, Event, MayBeEarly, Refused

LIMIT = 10


@dataclass
class Jar:
    """A jar and what is in it."""

    id: UUID
    things: list[str]
    version: int = 0


@dataclass
class Label:
    """A label heard of."""

    id: UUID
    text: str


class PutIn(Command):
    """Put something into a jar."""

    jar_id: UUID
    thing: str

    @property
    def key(self) -> str:
        """The jar."""
        return str(self.jar_id)


class PeelOff(PutIn):
    """Something that only a labelled jar allows."""


class ThingWasPut(Event):
    """Something was put into a jar."""

    topic: ClassVar[str] = "jars.jars"
    jar_id: UUID
    thing: str

    @property
    def key(self) -> str:
        """The jar."""
        return str(self.jar_id)


class JarWasLabelled(ThingWasPut):
    """Somebody labelled a jar."""


class JarIsFull(Refused):
    """The jar is full."""


class NoSuchLabel(MayBeEarly):
    """The jar has no label."""


JARS = Kept("jars", Jar)
LABELS = Kept("labels", Label)


class Jars(Store):
    """The jars."""

    kept = (JARS, LABELS)


async def put_in(command: PutIn, jars: Jars) -> list[ThingWasPut]:
    """Put it in, even where that is refused or fails afterwards: what was half done must not be kept."""
    jar = await jars.read(JARS, command.jar_id) or Jar(command.jar_id, [])
    if command.thing in jar.things:
        return []
    jar.things.append(command.thing)
    jar.version += 1
    jars.write(JARS, jar)
    if command.thing.startswith("bomb"):
        raise ZeroDivisionError("it went off")
    if len(jar.things) > LIMIT:
        raise JarIsFull
    return [ThingWasPut(jar_id=jar.id, thing=command.thing, version=jar.version)]


async def peel_off(command: PeelOff, jars: Jars) -> list[ThingWasPut]:
    """As `put_in`, once there is a label."""
    if await jars.read(LABELS, command.jar_id) is None:
        raise NoSuchLabel
    return await put_in(command, jars)


async def label(event: JarWasLabelled, jars: Jars) -> list[Event]:
    """Learn of a label."""
    if event.thing.startswith("bomb"):
        raise ZeroDivisionError("it went off")
    jars.write(LABELS, Label(event.jar_id, event.thing))
    return []


async def ring(errand: Errand, jars: Jars) -> list[ThingWasPut]:
    """A deadline came: put a bell in."""
    jar = await jars.read(JARS, errand.aggregate_id) or Jar(errand.aggregate_id, [])
    jar.things.append("bell")
    jar.version += 1
    jars.write(JARS, jar)
    return [ThingWasPut(jar_id=jar.id, thing="bell", version=jar.version)]


jars = Service(
    name="jars",
    store=Jars,
    commands={
        PutIn: Handled(by=put_in, touching=(lambda message, replica: [JARS.ref(message.jar_id)],)),
        PeelOff: Handled(by=peel_off),
    },
    reactions={JarWasLabelled: Handled(by=label)},
    errands={"bell": Handled(by=ring)},
)
