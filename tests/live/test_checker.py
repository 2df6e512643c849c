"""The checker can fail: each broken promise is seen in books that were falsified by hand."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from chassis.outbox import event_id
from contracts.ideas import CommentPosted, IdeaSubmitted, IdeaWithdrawn
from contracts.messages import Event
from contracts.responses import CaseJoined, CaseResolved, ClockBreached, ClockMet
from contracts.voting import BallotClosed, Position, TallyChanged, VoteCast, paper_id
from tests.contracts.examples import example_of
from tests.live.chaos import care, heard, said, talk, told, votes
from tests.live.chaos.books import Books, Said
from tests.live.chaos.checker import Rule
from tests.live.chaos.journal import Entry, Told

ANN, BALLOT, OPTION = uuid4(), uuid4(), uuid4()
PAPER = paper_id(BALLOT, ANN)


def event(kind: type[Event], **fields: Any) -> Event:
    """An event like the example, with fields of the test's own."""
    return example_of(kind.type()).model_copy(update=fields)


def vote(version: int = 1, choice: Position = Position.AGREE) -> Event:
    """A vote of Ann's."""
    fields = {"paper_id": PAPER, "ballot_id": BALLOT, "member_id": ANN, "option_id": OPTION}
    return event(VoteCast, **fields, version=version, choice=choice)


def books(*events: Event, ids: Sequence[str] = (), **kept: Any) -> Books:
    """Books of one voting, ideas or responses: its events said and kept, and its collections."""
    service = events[0].service() if events else "voting"
    rows = [
        {
            "_id": own,
            "aggregatetype": each.topic,
            "aggregateid": each.key,
            "type": each.type(),
            "payload": each.model_dump_json(),
        }
        for each, own in zip(events, ids or [str(uuid4()) for _ in events], strict=True)
    ]
    heard = [
        Said(row["aggregatetype"], row["aggregateid"], row["_id"], row["type"], row["payload"], False) for row in rows
    ]
    return Books({service: {"outbox": rows, **kept}}, heard)


def asked(mutation: str = "castVote") -> Entry:
    """A request of Ann's."""
    return Entry(ANN, "", mutation, {}, "key")


def broken(rule: Rule, books: Books, *journal: Entry) -> list[str]:
    """What a rule says."""
    return list(rule(books, journal))


def paper(version: int = 1, **marks: str) -> dict[str, Any]:
    """Ann's paper."""
    return {"_id": PAPER, "ballot_id": BALLOT, "version": version, "marks": {str(OPTION): mark for mark in marks}}


def test_accepted_and_not_stored() -> None:
    entry = asked()
    entry.told = [Told()]
    assert broken(told.accepted_is_stored, books(vote()), entry)
    assert not broken(told.accepted_is_stored, books(vote(), receipts=[{"_id": str(entry.command_id)}]), entry)


def test_accepted_and_told_of_an_event_that_is_not_there() -> None:
    entry, own = asked(), str(event_id(asked().command_id, "voting", 0))
    entry.told = [Told(((own, "VoteCast", 1),))]
    assert not broken(told.accepted_is_stored, books(vote(), ids=[own]), entry)
    assert broken(told.accepted_is_stored, books(vote(version=2), ids=[own]), entry)


def test_refused_and_stored() -> None:
    entry = asked()
    entry.told = [Told(refused=("BallotIsClosed",))]
    own = str(event_id(entry.command_id, "voting", 0))
    assert broken(told.refused_is_not_stored, books(vote(), ids=[own]), entry)
    assert not broken(told.refused_is_not_stored, books(vote()), entry)


def test_never_answered() -> None:
    assert broken(told.all_is_known, books(), asked())


@pytest.mark.parametrize("second", [Told((("another", "VoteCast", 2),)), Told(refused=("BallotIsClosed",))])
def test_a_repetition_that_is_told_something_else(second: Told) -> None:
    entry = asked()
    entry.told = [Told(), Told()]
    assert not broken(told.one_answer, books(), entry)
    entry.told.append(Told(refused=("ServiceIsAway",)))  # it never left; of the other it knows nothing
    assert not broken(told.one_answer, books(), entry)
    entry.told.append(second)
    assert broken(told.one_answer, books(), entry)


def test_an_event_that_was_never_said_or_that_is_no_fact() -> None:
    whole = books(vote(), vote(2))
    assert not broken(said.topics_are_outboxes, whole)
    assert broken(said.topics_are_outboxes, Books(whole.kept, whole.said[:1]))
    whole.kept["voting"]["outbox"].pop()
    assert broken(said.topics_are_outboxes, whole)


def test_first_copies_out_of_order() -> None:
    whole = books(vote(), vote(2))
    assert not broken(said.no_key_is_out_of_order, Books(whole.kept, [*whole.said, whole.said[0]]))
    assert broken(said.no_key_is_out_of_order, Books(whole.kept, whole.said[::-1]))
    assert broken(said.no_key_is_out_of_order, books(vote(2), vote(1)))


def test_a_message_that_was_set_aside() -> None:
    assert broken(said.nothing_is_set_aside, Books({"ideas": {"held": [{"_id": "voting.tallies:1"}]}}))


def test_a_paper_that_its_votes_do_not_make() -> None:
    assert not broken(votes.papers_are_their_votes, books(vote(), papers=[paper(agree="")]))
    assert broken(votes.papers_are_their_votes, books(vote(), papers=[paper(disagree="")]))
    assert broken(votes.papers_are_their_votes, books(vote(), papers=[paper(2, agree="")]))


def test_a_tally_that_is_no_recount() -> None:
    gates = [{"ballot_id": BALLOT, "voters": 1}]
    counts = [{"option_id": OPTION, "counts": {"agree": 1}}]
    assert not broken(votes.tallies_are_recounts, books(papers=[paper(agree="")], counts=counts, gates=gates))
    assert broken(votes.tallies_are_recounts, books(papers=[paper(agree="")], counts=[], gates=gates))
    assert broken(votes.tallies_are_recounts, books(papers=[paper(agree="")], counts=counts, gates=[]))


def test_an_announcement_that_left_something_out() -> None:
    counts = [{"option_id": OPTION, "counts": {"agree": 2}}]
    told = {
        number: event(TallyChanged, ballot_id=BALLOT, version=number, counts={OPTION: {Position.AGREE: number}})
        for number in (1, 2)
    }
    assert not broken(votes.last_tallies_are_true, books(told[1], told[2], counts=counts))
    assert broken(votes.last_tallies_are_true, books(told[1], counts=counts))


def test_a_vote_after_the_closing() -> None:
    closed = event(BallotClosed, ballot_id=BALLOT, turnout=1, counts={OPTION: {Position.AGREE: 1}})
    after = list(broken(votes.closed_ballots_stay, books(vote(), closed, papers=[paper(agree="")])))
    assert after == [f"ballot {BALLOT} was decided 0 times"]
    assert len(broken(votes.closed_ballots_stay, books(closed, vote(), papers=[paper(agree="")]))) == 2


def idea(**fields: Any) -> dict[str, Any]:
    """An idea as it is kept."""
    return {
        "_id": OPTION,
        "challenge_id": BALLOT,
        "author_id": ANN,
        "state": "open",
        "comments": 0,
        "counts": {},
    } | fields


def test_more_ideas_than_the_limit() -> None:
    kept: Any = {
        "challenges": [{"_id": BALLOT, "ideas_per_member": 1}],
        "contributions": [{"_id": f"{BALLOT}:{ANN}", "ideas": 2}],
    }
    submitted = event(IdeaSubmitted, idea_id=OPTION)
    assert broken(talk.limits_hold, books(submitted, ideas=[idea(), idea(_id=uuid4())], **kept))
    assert not broken(
        talk.limits_hold,
        books(
            submitted,
            ideas=[idea()],
            challenges=kept["challenges"],
            contributions=[{"_id": f"{BALLOT}:{ANN}", "ideas": 1}],
        ),
    )


def test_a_comment_on_a_withdrawn_idea() -> None:
    comment = event(CommentPosted, idea_id=OPTION, comment_id=ANN)
    gone = event(IdeaWithdrawn, idea_id=OPTION)
    kept: Any = {"comments": [{"_id": ANN}], "ideas": [idea(comments=1)]}
    assert not broken(talk.comments_are_their_events, books(comment, gone, **kept))
    assert broken(talk.comments_are_their_events, books(gone, comment, **kept))


def test_a_joiner_who_is_not_counted() -> None:
    joined = event(CaseJoined, case_id=BALLOT, member_id=ANN)
    assert broken(care.cases_concern_who_joined, books(joined, joined))


def test_a_joiner_who_came_after_the_end() -> None:
    joined, resolved = event(CaseJoined, case_id=BALLOT), event(CaseResolved, case_id=BALLOT)
    assert not broken(care.nobody_joins_what_is_resolved, books(joined, resolved))
    assert broken(care.nobody_joins_what_is_resolved, books(resolved, joined))


def test_a_clock_that_fires_twice_or_both_ways() -> None:
    breached, met = (
        event(ClockBreached, case_id=BALLOT, member_id=ANN, number=1),
        event(ClockMet, case_id=BALLOT, member_id=ANN, number=1),
    )
    assert not broken(care.clocks_fire_once, books(breached))
    assert broken(care.clocks_fire_once, books(breached, breached))
    assert broken(care.clocks_fire_once, books(breached, met))


def test_an_idea_that_wears_an_old_tally() -> None:
    worn = Books(
        {
            "ideas": {"ideas": [idea(counts={"agree": 1})]},
            "voting": {"counts": [{"option_id": OPTION, "counts": {"agree": 2}}]},
        }
    )
    assert broken(heard.ideas_wear_their_tallies, worn)
