"""What voting answers."""

from uuid import UUID

from chassis.paging import page
from contracts import voting
from contracts.access import sees
from contracts.messages import Member, Page
from contracts.voting import (
    Anonymity,
    BallotsNamed,
    MyPapers,
    NoSuchBallot,
    OptionsPage,
    OutcomesOf,
    PapersAreSecret,
    PapersPage,
    ResultsAreHidden,
    TalliesOf,
    Tally,
    paper_id,
)
from services.voting.ballot import Ballot
from services.voting.documents import BALLOTS, OPTIONS, OUTCOMES, PAPERS, papers_on
from services.voting.paper import Paper
from services.voting.store import Ballots
from services.voting.tally import Count, shown


async def ballots_named(query: BallotsNamed, ballots: Ballots) -> list[voting.Ballot | None]:
    """Ballots by id."""
    found = await ballots.read_all(BALLOTS, query.ballot_ids)
    return [_shown(found.get(ballot_id), query.viewer) for ballot_id in query.ballot_ids]


async def tallies_of(query: TalliesOf, ballots: Ballots) -> list[Tally | None]:
    """Tallies, as far as each ballot shows them to the viewer (V3, V10)."""
    await ballots.fetch(ref for ballot_id in query.ballot_ids for ref in ballots.shown(ballot_id, query.viewer))
    found = await ballots.read_all(BALLOTS, query.ballot_ids)
    papers = await _own(query.viewer, query.ballot_ids, ballots)
    seen = {key: ballot for key, ballot in found.items() if _visible(ballot, query.viewer)}
    gates = await ballots.gates_of(seen)
    told = [key for key, ballot in seen.items() if ballot.shows_results(voted=key in papers)]
    counts = await ballots.counts_of(told, query.option_ids)
    tallies = {
        ballot_id: Tally(
            ballot_id=ballot_id,
            version=sum(gate.n for gate in gates[ballot_id]),
            turnout=sum(gate.voters for gate in gates[ballot_id]),
            **_shown_counts(seen[ballot_id], counts.get(ballot_id)),
        )
        for ballot_id in seen
    }
    return [tallies.get(ballot_id) for ballot_id in query.ballot_ids]


async def options_page(query: OptionsPage, ballots: Ballots) -> Page[voting.Option]:
    """Options in the order they were added."""
    await _seen(query.ballot_id, query.viewer, ballots)
    found = await page(
        ballots.session, OPTIONS, {"ballot_id": query.ballot_id}, "added_at", query.window, descending=False
    )
    items = [
        voting.Option(id=each.option_id, ballot_id=each.ballot_id, title=each.title, dropped=each.dropped)
        for each in found.items
    ]
    return Page[voting.Option](**(dict(found) | {"items": items}))


async def my_papers(query: MyPapers, ballots: Ballots) -> list[voting.Paper | None]:
    """The viewer's own papers."""
    found = await ballots.read_all(BALLOTS, query.ballot_ids)
    own = await _own(query.viewer, query.ballot_ids, ballots)
    return [
        _told(own[ballot_id], found[ballot_id]) if ballot_id in own and ballot_id in found else None
        for ballot_id in query.ballot_ids
    ]


async def papers_page(query: PapersPage, ballots: Ballots) -> Page[voting.Paper]:
    """Who voted how, on a named ballot whose results the viewer may see."""
    ballot = await _seen(query.ballot_id, query.viewer, ballots)
    if ballot.terms.anonymity is not Anonymity.NAMED:
        raise PapersAreSecret
    voted = bool(await _own(query.viewer, (ballot.id,), ballots))
    if not ballot.shows_results(voted):
        raise ResultsAreHidden
    held = await ballots.papers_held(ballot.id)
    found = await page(ballots.session, PAPERS, papers_on(ballot.id), None, query.window, descending=False, total=held)
    return Page[voting.Paper](**(dict(found) | {"items": [_told(paper, ballot) for paper in found.items]}))


async def outcomes_of(query: OutcomesOf, ballots: Ballots) -> list[voting.Outcome | None]:
    """Outcomes of decided ballots."""
    found = await ballots.read_all(BALLOTS, query.ballot_ids)
    outcomes = await ballots.read_all(OUTCOMES, query.ballot_ids)
    return [
        outcomes.get(ballot_id) if ballot_id in found and _visible(found[ballot_id], query.viewer) else None
        for ballot_id in query.ballot_ids
    ]


async def _own(viewer: Member | None, ballot_ids: tuple[UUID, ...], ballots: Ballots) -> dict[UUID, Paper]:
    if viewer is None:
        return {}
    keys = {paper_id(ballot_id, viewer.id): ballot_id for ballot_id in ballot_ids}
    return {keys[key]: paper for key, paper in (await ballots.read_all(PAPERS, keys)).items() if not paper.is_blank}


async def _seen(ballot_id: UUID, viewer: Member | None, ballots: Ballots) -> Ballot:
    ballot = await ballots.read(BALLOTS, ballot_id)
    if ballot is None or not _visible(ballot, viewer):
        raise NoSuchBallot
    return ballot


def _visible(ballot: Ballot, viewer: Member | None) -> bool:
    return sees(viewer, ballot.terms.audiences, ballot.terms.public)


def _shown(ballot: Ballot | None, viewer: Member | None) -> voting.Ballot | None:
    if ballot is None or not _visible(ballot, viewer):
        return None
    return voting.Ballot.model_validate(ballot, from_attributes=True)


def _shown_counts(ballot: Ballot, counts: list[Count] | None) -> dict[str, object]:
    if counts is None:
        return {"counts": None}
    positions, standing = shown(ballot.terms.method, counts)
    return {"counts": positions, "standing": standing}


def _told(paper: Paper, ballot: Ballot) -> voting.Paper:
    counted = bool(paper.numbers or paper.counted(ballot.terms.at_least))
    return voting.Paper(
        id=paper.id,
        ballot_id=paper.ballot_id,
        member_id=paper.member_id,
        marks={UUID(option): choice for option, choice in paper.marks.items()},
        counted=counted,
        version=paper.version,
        numbers=paper.numbers,
    )
