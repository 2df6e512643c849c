"""Papers are what votes made of them, tallies are what papers say, and a closed ballot stays as it was counted."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from contracts.voting import BallotClosed, BallotDecided, TallyChanged, VoteCast, VoteWithdrawn
from tests.live.chaos.books import Books
from tests.live.chaos.journal import Entry

Counts = dict[str, dict[str, int]]


def papers_are_their_votes(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P13: version by version, without a gap, the events of a paper make its marks."""
    marks: defaultdict[str, dict[str, str]] = defaultdict(dict)
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for vote in sorted(books.told(VoteCast, VoteWithdrawn), key=lambda vote: vote.version):
        versions[vote.paper_id].append(vote.version)
        if isinstance(vote, VoteCast):
            marks[vote.paper_id][str(vote.option_id)] = str(vote.choice)
        else:
            marks[vote.paper_id].pop(str(vote.option_id), None)
    papers = {paper["_id"]: paper for paper in books.of("voting", "papers")}
    for paper_id in papers.keys() | versions.keys():
        paper: Any = papers.get(paper_id, {"marks": {}, "version": 0})
        if versions[paper_id] != list(range(1, paper["version"] + 1)):
            yield f"paper {paper_id} is in version {paper['version']}, and its votes say {versions[paper_id]}"
        elif marks[paper_id] != paper["marks"]:
            yield f"paper {paper_id} holds {paper['marks']}, and its votes make {marks[paper_id]}"


def tallies_are_recounts(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P14, V10: the counts in the slots add up to what the papers say, and so do the voters."""
    recount, voters = recounted(books)
    counted, counted_voters = counted_in_slots(books), Counter[str]()
    for gate in books.of("voting", "gates"):
        counted_voters[str(gate["ballot_id"])] += gate["voters"]
    for option in recount.keys() | counted.keys():
        if recount.get(option, {}) != counted.get(option, {}):
            yield f"option {option} is counted {counted.get(option)}, and papers say {recount.get(option)}"
    if +voters != +counted_voters:
        yield f"voters are counted {+counted_voters}, and there are {+voters} papers"


def last_tallies_are_true(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P17: the newest that was announced of every option is how it stands; equal versions are equal tallies."""
    newest: dict[str, tuple[int, dict[str, int]]] = {}
    for event in books.told(TallyChanged):
        for option, told in (event.counts or {}).items():
            counts = {str(position): n for position, n in told.items()}
            version, before = newest.get(str(option), (0, {}))
            if event.version == version and counts != before:
                yield f"option {option} was announced twice as version {version}: {before}, {counts}"
            if event.version >= version:
                newest[str(option)] = event.version, counts
    for option, counts in counted_in_slots(books).items():
        if newest.get(option, (0, {}))[1] != counts:
            yield f"option {option} was last announced as {newest.get(option)}, and stands at {counts}"


def closed_ballots_stay(books: Books, journal: Sequence[Entry]) -> Iterator[str]:
    """P14, P15: what a ballot published when it closed is what its papers say for ever; no vote comes after."""
    closed: dict[Any, BallotClosed] = {}
    for event in books.told(BallotClosed, VoteCast, VoteWithdrawn):
        if isinstance(event, BallotClosed):
            if event.ballot_id in closed:
                yield f"ballot {event.ballot_id} closed twice"
            closed[event.ballot_id] = event
        elif event.ballot_id in closed:
            yield f"paper {event.paper_id} changed after its ballot had closed"
    recount, voters = recounted(books)
    decided = Counter(event.ballot_id for event in books.told(BallotDecided))
    for ballot_id, event in closed.items():
        if decided[ballot_id] != 1:
            yield f"ballot {ballot_id} was decided {decided[ballot_id]} times"
        if event.turnout != voters[str(ballot_id)]:
            yield f"ballot {ballot_id} closed with {event.turnout} voters; there are {voters[str(ballot_id)]}"
        for option, counts in event.counts.items():
            if {str(position): n for position, n in counts.items()} != recount.get(str(option), {}):
                yield f"ballot {ballot_id} closed with {counts} for {option}; papers say {recount.get(str(option))}"


def recounted(books: Books) -> tuple[Counts, Counter[str]]:
    """What the papers say of each option, and how many bear a mark on each ballot."""
    recount: defaultdict[str, Counter[str]] = defaultdict(Counter)
    voters: Counter[str] = Counter()
    for paper in books.of("voting", "papers"):
        voters[str(paper["ballot_id"])] += bool(paper["marks"])
        for option, position in paper["marks"].items():
            recount[option][position] += 1
    return {option: dict(counts) for option, counts in recount.items()}, voters


def counted_in_slots(books: Books) -> Counts:
    """What the slots add up to for each option."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for count in books.of("voting", "counts"):
        for position, number in count["counts"].items():
            counted[str(count["option_id"])][position] += number
    return {option: {each: n for each, n in counts.items() if n} for option, counts in counted.items()}
