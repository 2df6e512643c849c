"""The story as it is told: who is in it, what they say, and what must come of it. Pure."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from contracts.messages import Audience, Role
from contracts.voting import Position


@dataclass(frozen=True)
class Person:
    """Somebody in the story."""

    subject: str
    name: str
    audience: Audience = Audience.CUSTOMER
    roles: tuple[Role, ...] = ()


STRATEGIST = Person("demo-sofia", "Sofia", Audience.EMPLOYEE, (Role.STRATEGIST,))
ORGANIZER = Person("demo-olga", "Olga", Audience.EMPLOYEE, (Role.ORGANIZER,))
RESPONDER = Person("demo-rita", "Rita", Audience.EMPLOYEE, (Role.RESPONDER,))
VENDOR = Person("demo-victor", "Victor", Audience.VENDOR)
CALLER = Person("demo-dolores", "Dolores")  # whom the order line keeps waiting
GRUMBLER = Person("demo-emil", "Emil")  # who has a smaller trouble
NAMES = (
    *("Ada", "Ben", "Cleo", "Dan", "Elif", "Finn", "Gita", "Hugo", "Ines", "Jan"),
    *("Kira", "Leo", "Mara", "Nils", "Oya", "Pia", "Quinn", "Rosa", "Sami", "Tess"),
    *("Udo", "Vera", "Wim", "Xenia", "Yara", "Zeno", "Anna", "Bela", "Cem", "Dora"),
    *("Emre", "Fee", "Gus", "Hana", "Ivo", "Jule", "Kofi", "Lena", "Milo", "Nora"),
)
MEMBERS = tuple(
    Person(f"demo-{name.lower()}", name, Audience.CUSTOMER if place % 4 else Audience.EMPLOYEE)
    for place, name in enumerate(NAMES)
)
CUSTOMERS = tuple(person for person in MEMBERS if person.audience is Audience.CUSTOMER)
EVERYBODY = (STRATEGIST, ORGANIZER, RESPONDER, VENDOR, CALLER, GRUMBLER, *MEMBERS)

# -- align ------------------------------------------------------------------------------------------------------------

STATEMENT = "Our guests come back"
ADVANTAGE = "We cook what our guests have thought up"
FIGURE, UNIT = "guests who come back within a month", "%"
BASELINE, MEASURED, TARGET = 12.0, 17.0, 20.0
PROGRESS = (MEASURED - BASELINE) / (TARGET - BASELINE)

# -- ask --------------------------------------------------------------------------------------------------------------

QUESTION = "What should our next taco be?"
INVITED = (Audience.CUSTOMER, Audience.EMPLOYEE)
FAVOURITES = {"Birria": 30, "Al pastor": 26, "Baja fish": 23, "Jackfruit": 19, "Mole": 16}  # and who agree
IDEAS = (
    *FAVOURITES,
    *("Carnitas", "Barbacoa", "Carne asada", "Cochinita pibil", "Chorizo and potato", "Suadero", "Lengua", "Cabeza"),
    *("Tripa", "Chapulines", "Huitlacoche", "Nopales", "Rajas with cream", "Squash blossom", "Grilled octopus"),
    *("Shrimp in chipotle", "Smoked tuna", "Soft-shell crab", "Salmon with lime", "Fried egg and beans"),
    *("Chicken tinga", "Duck confit", "Turkey in adobo", "Lamb with mint", "Venison", "Mushroom and epazote"),
    *("Cauliflower", "Sweet potato", "Black beans", "Paneer", "Kimchi and pork", "Falafel", "Halloumi"),
    *("Breakfast taco", "Chocolate and chilli"),
)
SUGGESTERS = MEMBERS[:36]  # the first four of them have two ideas
VOTERS = MEMBERS[2:]
COMMENTS = ("With pickled onions, please.", "As my grandmother made it!", "Too messy for the bus.", "And a salsa.")
COMMENTERS, REPLIERS = MEMBERS[4:12], MEMBERS[20:24]


class Mark(NamedTuple):
    """One member's stance towards one idea, by its title."""

    voter: Person
    idea: str
    position: Position


def author_of(idea: str) -> Person:
    """Whose idea it is."""
    return SUGGESTERS[IDEAS.index(idea) % len(SUGGESTERS)]


def marks() -> tuple[Mark, ...]:
    """What every voter thinks of some ideas: many agree with a favourite, and one with each of the others."""
    found = []
    for place, idea in enumerate(IDEAS):
        agree = FAVOURITES.get(idea, 1)
        stances = [Position.AGREE] * agree + [Position.PASS, Position.DISAGREE]
        circle = (VOTERS * 2)[7 * place % len(VOTERS) :]
        found += [Mark(voter, idea, stance) for voter, stance in zip(circle, stances, strict=False)]
    return tuple(found)


def counts() -> dict[str, Counter[Position]]:
    """How the stances towards each idea add up."""
    found: dict[str, Counter[Position]] = {idea: Counter() for idea in IDEAS}
    for mark in marks():
        found[mark.idea][mark.position] += 1
    return found


# -- decide -----------------------------------------------------------------------------------------------------------

OPEN_FOR = 60  # seconds; a decision ballot is open for no less
QUORUM = 0.5
SHORTLIST = tuple(FAVOURITES)
DECIDERS = MEMBERS[4:]
Ranking = tuple[str, ...]
BLOCS: tuple[tuple[int, Ranking], ...] = (  # how many rank so, in the end
    (12, ("Birria", "Mole")),
    (10, ("Al pastor", "Baja fish", "Birria")),
    (7, ("Baja fish", "Al pastor")),
    (3, ("Jackfruit", "Baja fish", "Al pastor")),
    (1, ("Jackfruit",)),
    (3, ("Mole", "Al pastor", "Jackfruit")),
)
FIRST_THOUGHT: Ranking = ("Birria", "Al pastor")  # of those who change their minds: every seventh who decides


class Round(NamedTuple):
    """One round of the count: where those in play stand, how many papers name none of them, and who leaves or wins."""

    standing: dict[str, int]
    exhausted: int
    leaves: str | None
    wins: str | None


ROUNDS = (
    Round({"Birria": 12, "Al pastor": 10, "Baja fish": 7, "Jackfruit": 4, "Mole": 3}, 0, "Mole", None),
    Round({"Birria": 12, "Al pastor": 13, "Baja fish": 7, "Jackfruit": 4}, 0, "Jackfruit", None),
    Round({"Birria": 12, "Al pastor": 13, "Baja fish": 10}, 1, "Baja fish", None),
    Round({"Birria": 12, "Al pastor": 23}, 1, None, "Al pastor"),
)
WINNER = "Al pastor"  # and not the favourite of the first round


def papers() -> dict[Person, Ranking]:
    """How everybody who decides ranks the shortlist in the end."""
    rankings = [ranking for many, ranking in BLOCS for _ in range(many)]
    return dict(zip(DECIDERS, rankings, strict=True))


def first_thoughts() -> dict[Person, Ranking]:
    """What those hand in first who change their minds."""
    return dict.fromkeys(DECIDERS[14::7], FIRST_THOUGHT)


# -- care -------------------------------------------------------------------------------------------------------------

SMALL = ("My burrito was cold", "Order 118, on Monday evening.")
LARGE = ("The order line is down", "I have called 555 0100 for an hour.")
REPLY = "The order line is back, and your next taco is on us. Tomorrow a second line opens, so that this cannot recur."
SORRY = "We are sorry. The next burrito is on us, and hot."
JOINERS = CUSTOMERS
