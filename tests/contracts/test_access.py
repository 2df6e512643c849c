"""The table of who may say and ask what: it is complete, and the services do as it says, cell by cell."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.attempt import Work
from chassis.health import Health
from chassis.http import HttpDoor
from chassis.service import Service
from contracts import ideas as ideas_contract
from contracts import messages, responses, strategy, voting
from contracts.access import TABLE, May, RoleIsMissing, SignInFirst, admit
from contracts.messages import Audience, Command, Member, NotAllowed, Query, Role
from deploy.declared import SERVICES
from services.ideas.challenge import Challenge
from services.ideas.comment import Comment
from services.ideas.idea import Idea, Text
from services.responses.case import Case
from services.responses.settings import promises
from services.strategy.goal import Goal
from services.voting.ballot import Ballot
from tests.contracts.examples import fields_of
from tests.stage import Stage, now

KINDS = sorted(TABLE, key=lambda kind: f"{kind.__module__}.{kind.__name__}")
COMMANDS = [kind for kind in KINDS if issubclass(kind, Command)]
QUERIES = [kind for kind in KINDS if issubclass(kind, Query)]
ROLES = [frozenset[Role](), *(frozenset({role}) for role in Role)]
OWNER = uuid4()
NOBODY: Any = None  # stands at the service's door: who may knock is another test's matter


@dataclass(frozen=True)
class Asking:
    """One cell: who asks, and whether what it is about is theirs."""

    member: Member | None
    owns: bool = False

    def __str__(self) -> str:
        if self.member is None:
            return "visitor"
        return f"{self.member.audience}, {', '.join(self.member.roles) or 'no role'}{', owner' if self.owns else ''}"


def member(audience: Audience, roles: frozenset[Role], owns: bool) -> Member:
    """Somebody of this audience with these roles."""
    return Member(id=OWNER if owns else uuid4(), name="Somebody", audience=audience, roles=roles)


MEMBERS = [Asking(member(*cell), cell[2]) for cell in product(Audience, ROLES, (False, True))]


def allowed(may: May, asking: Asking) -> bool:
    """The table, read by hand."""
    who = asking.member
    if who is None:
        return may.visitor
    by_role = who.audience in may.audiences and (may.roles is None or bool(may.roles & who.roles))
    as_admin = Role.ADMIN in who.roles and may.roles != frozenset()
    return as_admin or by_role or (may.owner and asking.owns)


# -- complete ---------------------------------------------------------------------------------------------------------


def test_every_command_and_query_of_every_service_has_its_row() -> None:
    said = {kind for service in SERVICES for kind in (*service.commands, *service.queries)}
    assert said == set(TABLE)


def test_every_command_and_query_that_is_declared_is_somebodys() -> None:
    declared = {
        kind
        for module in (ideas_contract, responses, strategy, voting)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Command | Query) and kind.__module__ == module.__name__
    }
    bases = {kind for kind in declared if any(issubclass(other, kind) and other is not kind for other in declared)}
    assert declared - bases == set(TABLE)
    assert messages.Command not in TABLE


def test_no_command_lets_visitors_in() -> None:
    assert not [kind for kind in COMMANDS if TABLE[kind].visitor]


# -- the rule itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_table_admits_whom_it_names(kind: type[Command] | type[Query]) -> None:
    askings = MEMBERS if issubclass(kind, Command) else [Asking(None), *MEMBERS]
    for asking in askings:
        who: dict[str, Any] = {"member": asking.member} if issubclass(kind, Command) else {"viewer": asking.member}
        refused = None
        try:
            admit(kind.model_construct(**who), owner=OWNER)
        except NotAllowed as refusal:
            refused = type(refusal)
        expected = None if allowed(TABLE[kind], asking) else RoleIsMissing if asking.member else SignInFirst
        assert refused == expected, f"{kind.__name__} by {asking}"


# -- enforced ---------------------------------------------------------------------------------------------------------


def service_of(kind: type[Command] | type[Query]) -> Service:
    """The service that takes this."""
    return next(service for service in SERVICES if kind in service.commands or kind in service.queries)


@dataclass
class Things:
    """What commands are about: a goal, a challenge, an idea with a comment, a ballot and a case, all the owner's."""

    id: UUID

    def documents(self) -> dict[str, list[tuple[str, Any]]]:
        """Collection and object, by service."""
        at = now()
        goal = Goal(
            id=self.id, statement="x", advantage="x", owner_id=OWNER, supports=None, starts=at,
            ends=at + timedelta(days=1), set_at=at,
        )  # fmt: skip
        purpose = fields_of(ideas_contract.OpenChallenge)["purpose"] | {"owner_id": OWNER}
        opening = ideas_contract.OpenChallenge.model_validate(
            fields_of(ideas_contract.OpenChallenge) | {"purpose": purpose, "plan": [], "audiences": list(Audience)}
        )
        challenge = Challenge(
            id=self.id, question="x", description="", purpose=opening.purpose, goal_id=self.id, owner_id=OWNER,
            decision_date=None, audiences=frozenset(Audience), public=False, stance=ideas_contract.Stance(),
            plan=(), ideas_per_member=None, threshold=None, opened_at=at,
        )  # fmt: skip
        idea = Idea(self.id, self.id, self.id, OWNER, Text("x"), at)
        comment = Comment(self.id, self.id, self.id, self.id, OWNER, "x", at)
        terms = voting.Terms(closes_at=at + timedelta(days=1))
        ballot = Ballot(self.id, terms, OWNER, self.id, None, "x", at)
        kind = responses.CaseKind.QUESTION
        case = Case(self.id, kind, "x", (), (), None, OWNER, at, at, promises().target(kind))
        return {
            "strategy": [("goals", goal)],
            "ideas": [("challenges", challenge), ("ideas", idea), ("comments", comment)],
            "voting": [("ballots", ballot)],
            "responses": [("cases", case)],
        }


@pytest.fixture
async def stage_with_things(stage: Stage) -> tuple[Stage, Things]:
    """All services, over things that have an owner."""
    things = Things(uuid4())
    for service in SERVICES:
        place = await stage.place(service)
        kept = {each.collection: each for each in service.store.kept}
        for collection, thing in things.documents().get(service.name, []):
            await place.database.collection(collection).insert_one(kept[collection].dump(thing) | {"rev": 1})
    return stage, things


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
async def test_a_command_is_refused_exactly_where_the_table_refuses_it(
    stage_with_things: tuple[Stage, Things], kind: type[Command]
) -> None:
    """By the real handlers, in one batch; whatever else they refuse is no matter of access."""
    stage, things = stage_with_things
    place = await stage.place(service_of(kind))
    told = {name: things.id if name.endswith("_id") else value for name, value in fields_of(kind).items()}
    told |= {"links": ["https://example.org"]} if "links" in told else {}
    commands = [
        kind.model_validate(told | {"id": uuid4(), "member": asking.member, "arrived": now(), "acted_by": None})
        for asking in MEMBERS
    ]
    works = [Work(command, command.id, command.arrived, str(command.id)) for command in commands]

    outcomes = await place.corridor.perform(works, 5)

    for asking, outcome in zip(MEMBERS, outcomes, strict=True):
        assert not isinstance(outcome, Exception) or isinstance(outcome, messages.Refused), f"{outcome!r}"
        refused = isinstance(outcome, RoleIsMissing | ideas_contract.NotTheAuthor)
        assert refused is not allowed(TABLE[kind], asking), f"{kind.__name__} by {asking}: {outcome!r}"


@pytest.mark.parametrize("kind", QUERIES, ids=lambda kind: kind.__name__)
async def test_a_query_is_refused_exactly_where_the_table_refuses_it(
    stage_with_things: tuple[Stage, Things], kind: type[Query]
) -> None:
    """At the service's own door."""
    stage, _ = stage_with_things
    place = await stage.place(service_of(kind))
    door = HttpDoor(place.service, place.database, place.corridor, Health(place.database), NOBODY)
    told = {name: value for name, value in fields_of(kind).items() if name != "viewer"}
    told |= {"window": {"first": 1}} if "window" in told else {}
    for asking in [Asking(None), *MEMBERS]:
        viewer = None if asking.member is None else asking.member.model_dump(mode="json")
        data = kind.model_validate(told | {"viewer": viewer}).model_dump(mode="json")
        refused = None
        try:
            await door._query({"kind": kind.__name__, "data": data}, None)
        except (RoleIsMissing, SignInFirst) as refusal:
            refused = type(refusal)
        except messages.Refused:
            pass
        expected = None if allowed(TABLE[kind], asking) else RoleIsMissing if asking.member else SignInFirst
        assert refused == expected, f"{kind.__name__} by {asking}"
