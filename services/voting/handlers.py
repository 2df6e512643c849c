"""What voting does when asked, and when time comes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from chassis.mongo import Database
from chassis.service import Errand
from contracts.access import admit
from contracts.messages import Event
from contracts.purpose import NoActiveGoal
from contracts.voting import (
    BallotClosed,
    BallotDecided,
    BallotEvent,
    BallotIsClosed,
    BallotOpened,
    BallotState,
    CastVote,
    CloseBallot,
    DoubledOption,
    ExtendBallot,
    Found,
    HandInPaper,
    OpenBallot,
    Outcome,
    PaperHandedIn,
    PaperWithdrawn,
    RollIsTheElectorate,
    TallyChanged,
    Terms,
    VoteCast,
    VoteWithdrawn,
    WithdrawPaper,
    WithdrawVote,
)
from services.voting.ballot import GRACE, Ballot
from services.voting.deciding import counting
from services.voting.documents import ANNOUNCED, BALLOTS, GOALS, OUTCOMES
from services.voting.reading import listed, papers_of
from services.voting.store import Ballots
from services.voting.tally import shown


async def open_ballot(command: OpenBallot, ballots: Ballots) -> list[BallotOpened]:
    """Put options to a vote of their own, under an active goal (S5)."""
    command.purpose.complete()
    goal_id, owner_id = command.purpose.goal_id, command.purpose.owner_id
    assert goal_id is not None
    assert owner_id is not None
    goal = await ballots.read(GOALS, goal_id)
    if goal is None or not goal.active:
        raise NoActiveGoal(path=("purpose", "goalId"))
    if len({option.id for option in command.options}) != len(command.options):
        raise DoubledOption(path=("options",))
    ballot = Ballot(command.id, _terms(command), owner_id, goal_id, None, command.question, command.arrived)
    events = ballot.open(len(command.options))
    await ballots.set_up(ballot)
    ballots.enrol(ballot.id, command.roll or ())
    for place, option in enumerate(command.options):
        ballots.put_up(ballot.id, option.id, option.title, command.arrived, place)
    return events


def _terms(command: OpenBallot) -> Terms:
    """What the ballot declares; a roll, which is kept apart, says how many may vote."""
    roll = command.roll and len(set(command.roll))
    if roll and command.terms.electorate is not None:
        raise RollIsTheElectorate(path=("terms", "electorate"))
    return command.terms.model_copy(update={"by_roll": bool(roll), "electorate": roll or command.terms.electorate})


async def cast_vote(command: CastVote, ballots: Ballots) -> list[VoteCast]:
    """Record one member's choice on one option."""
    ballot = await ballots.taking_votes(command.ballot_id)
    await ballots.check_roll(ballot, command.member.id)
    await ballots.votable(command.ballot_id, command.option_id)
    paper = await ballots.paper(command.ballot_id, command.member.id)
    before = paper.counted(ballot.terms.at_least)

    events = paper.mark(command.option_id, command.choice, ballot, command.member, at=command.arrived)

    if events:
        await ballots.keep(paper, before, ballot.terms.at_least, command.arrived)
    return events


async def withdraw_vote(command: WithdrawVote, ballots: Ballots) -> list[VoteWithdrawn]:
    """Take back one member's choice on one option."""
    ballot = await ballots.taking_votes(command.ballot_id)
    await ballots.option(command.ballot_id, command.option_id)
    paper = await ballots.paper(command.ballot_id, command.member.id)
    before = paper.counted(ballot.terms.at_least)

    events = paper.withdraw(command.option_id, ballot, command.member, at=command.arrived)

    await ballots.keep(paper, before, ballot.terms.at_least, command.arrived)
    return events


async def hand_in_paper(command: HandInPaper, ballots: Ballots) -> list[PaperHandedIn]:
    """Record all of one member's marks at once."""
    ballot = await ballots.taking_votes(command.ballot_id)
    await ballots.check_roll(ballot, command.member.id)
    paper = await ballots.paper(command.ballot_id, command.member.id)
    before, blank = paper.weights(ballot.terms.method), paper.is_blank
    marks = [(mark.option_id, mark.number) for mark in command.marks]
    options = await ballots.options_among(ballot.id, (option_id for option_id, _ in marks))

    events = paper.hand_in(marks, options, ballot, command.member, at=command.arrived)

    if events:
        await ballots.keep_whole(paper, before, int(blank), ballot.terms.method, command.arrived)
    return events


async def withdraw_paper(command: WithdrawPaper, ballots: Ballots) -> list[PaperWithdrawn]:
    """Take back one member's whole paper."""
    ballot = await ballots.taking_votes(command.ballot_id)
    paper = await ballots.paper(command.ballot_id, command.member.id)
    before = paper.weights(ballot.terms.method)

    events = paper.withdraw_whole(ballot, command.member, at=command.arrived)

    await ballots.keep_whole(paper, before, -1, ballot.terms.method, command.arrived)
    return events


async def close_ballot(command: CloseBallot, ballots: Ballots) -> Sequence[BallotEvent]:
    """Stop taking votes now, by hand."""
    ballot = await ballots.get(command.ballot_id)
    admit(command, owner=ballot.owner_id)
    if not stop_taking_votes(ballot, ballots, command.arrived):
        raise BallotIsClosed
    return []


async def extend_ballot(command: ExtendBallot, ballots: Ballots) -> Sequence[BallotEvent]:
    """Move the closing to a later time."""
    ballot = await ballots.get(command.ballot_id)
    admit(command, owner=ballot.owner_id)
    declared = ballot.terms.closes_at
    events = ballot.extend(command.closes_at, command.member.id, command.arrived)
    if declared:
        ballots.unremind("closing", ballot.id, declared + GRACE)
    ballots.remind("closing", ballot.id, command.closes_at + GRACE)
    ballots.write(BALLOTS, ballot)
    return events


def stop_taking_votes(ballot: Ballot, ballots: Ballots, at: datetime) -> bool:
    """Begin to close, and have the gates fenced next (P15); whether the ballot was open."""
    declared = ballot.terms.closes_at
    if not ballot.begin_closing(at):
        return False
    if declared:
        ballots.unremind("closing", ballot.id, declared + GRACE)
    ballots.remind("fence", ballot.id, ballot.closed_at or at)
    ballots.write(BALLOTS, ballot)
    return True


async def begin_closing(errand: Errand, ballots: Ballots) -> list[Event]:
    """The declared closing has come, by MongoDB's clock even if not by ours: take no more votes (P15, step 1; P16)."""
    ballot = await ballots.get(errand.aggregate_id)
    stop_taking_votes(ballot, ballots, max(errand.arrived, errand.due or errand.arrived))
    return []


async def fence(errand: Errand, ballots: Ballots) -> list[BallotClosed]:
    """Every gate is written: nothing is on its way any more. Publish the final tally (P15, step 2)."""
    ballot = await ballots.get(errand.aggregate_id)
    gates = await ballots.gates(ballot.id)
    counts, standing = shown(ballot.terms.method, await ballots.counts(ballot.id))
    turnout, version = sum(gate.voters for gate in gates), sum(gate.n for gate in gates)
    events = ballot.close(turnout, version, counts, standing or {})
    if events:
        ballots.write(BALLOTS, ballot)
        ballots.remind("count", ballot.id, ballot.closed_at or errand.arrived)
    return events


async def count_papers(errand: Errand, database: Database) -> Found | None:
    """Count the papers, which can not change any more, outside any transaction and off the event loop (P15, step 3)."""
    row = await database.collection(BALLOTS.collection).find_one({"_id": errand.aggregate_id})
    if row is None or row["state"] != BallotState.CLOSED.value:
        return None
    ballot = BALLOTS.load(row)
    options, dropped = await listed(database, ballot.id)
    count = counting(ballot, options, dropped)
    async for part in papers_of(database, ballot.id, count.field):
        await asyncio.to_thread(count.take, part)
    return await asyncio.to_thread(count.found)


async def decide(errand: Errand, ballots: Ballots) -> list[BallotDecided]:
    """Say what the count found."""
    ballot = await ballots.get(errand.aggregate_id)
    if errand.found is None:
        return []
    events = ballot.decide(errand.found)
    if events:
        ballots.write(BALLOTS, ballot)
        ballots.write(OUTCOMES, Outcome(ballot_id=ballot.id, **dict(errand.found)))
    return events


async def announce_tally(errand: Errand, ballots: Ballots) -> list[TallyChanged]:
    """Say how the votes stand, of the options that moved since it was last said (P17)."""
    ballot = await ballots.known(errand.aggregate_id)
    announced = await ballots.read(ANNOUNCED, errand.aggregate_id)
    if ballot is None or announced is None:
        return []
    gates = await ballots.gates(ballot.id)
    vector = {gate.gate: gate.n for gate in gates if gate.n}
    if vector == announced.vector:
        return []
    counts = standing = None
    if ballot.shows_results(voted=False):
        changed = {count.option_id for count in await ballots.counts_past(ballot.id, announced.vector)}
        counts, standing = shown(ballot.terms.method, await ballots.counts(ballot.id, changed))
    announced.vector = vector
    ballots.write(ANNOUNCED, announced)
    turnout, version = sum(gate.voters for gate in gates), sum(vector.values())
    return [TallyChanged(ballot_id=ballot.id, version=version, turnout=turnout, counts=counts, standing=standing)]
