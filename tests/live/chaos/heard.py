"""What each street knows of another is what that one says of itself."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from contracts.ideas import IdeaSubmitted
from contracts.responses import CaseFiled
from contracts.voting import VoteCast, standing_ballot
from tests.live.chaos.books import Books
from tests.live.chaos.journal import Entry
from tests.live.chaos.votes import counted_in_slots


def ideas_wear_their_tallies(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """I3, P17: the support that an idea shows is what voting counts for it."""
    counted = counted_in_slots(books)
    for idea in books.of("ideas", "ideas"):
        if counted.get(str(idea["_id"]), {}) != idea["counts"]:
            yield f"idea {idea['_id']} shows {idea['counts']}; voting counts {counted.get(str(idea['_id']))}"


def options_are_ideas(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """I3, P9: every idea is an option of its standing ballot, dropped when it is withdrawn."""
    options = {(each["ballot_id"], each["option_id"]): each["dropped"] for each in books.of("voting", "options")}
    for idea in books.of("ideas", "ideas"):
        dropped = options.get((standing_ballot(idea["challenge_id"]), idea["_id"]))
        if dropped is not (idea["state"] == "withdrawn"):
            yield f"idea {idea['_id']} is {idea['state']}, and as an option dropped={dropped}"


def voices_are_heard(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """S3, S9: strategy has heard each member who voted or contributed for a goal, once, and counts each thing once."""
    voters: defaultdict[object, set[object]] = defaultdict(set)
    authors: defaultdict[object, set[object]] = defaultdict(set)
    for vote in books.told(VoteCast):
        voters[vote.goal_id].add(vote.member_id)
    for idea in books.told(IdeaSubmitted):
        authors[idea.goal_id].add(idea.author_id)
    counted = Counter(idea.goal_id for idea in books.told(IdeaSubmitted))
    filed = Counter(case.goal_id for case in books.told(CaseFiled))
    heard = {each["_id"]: each for each in books.of("strategy", "voices_heard")}
    for goal in voters.keys() | authors.keys():
        kept = heard.get(goal, {"heard": 0, "voters": 0, "contributors": 0, "facts": {}})
        told = (kept["heard"], kept["voters"], kept["contributors"], kept["facts"].get("idea", 0))
        wanted = (len(voters[goal] | authors[goal]), len(voters[goal]), len(authors[goal]), counted[goal])
        if told != wanted or kept["facts"].get("case", 0) != filed[goal]:
            yield f"strategy has heard {told} for goal {goal}; it is {wanted}"


def goals_are_known(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """S5, P11: whoever asks whether a goal is active knows it."""
    active = {goal["_id"] for goal in books.of("strategy", "goals") if goal["state"] == "active"}
    for street in ("ideas", "voting", "responses"):
        known = {goal["_id"] for goal in books.of(street, "goals") if goal["active"]}
        if known != active:
            yield f"{street} knows of {len(known)} active goals; there are {len(active)}"
