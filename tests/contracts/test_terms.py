"""What a ballot may declare (V3): the same for whoever opens one and for whoever asks for one by event."""

from datetime import timedelta
from typing import Any
from uuid import uuid4, uuid5

import pytest
from pydantic import ValidationError

from contracts.ideas import Decision, Stance
from contracts.messages import Audience, Refused
from contracts.voting import (
    Anonymity,
    DetachedIsNotOffered,
    DoubledPosition,
    ElectorateIsUnknown,
    EnvelopeAdmitsNothing,
    EnvelopeDoesNotFit,
    Method,
    Position,
    SeatsDoNotFit,
    Terms,
    TieBreak,
    decision_ballot,
)
from tests.stage import now

STAFF = frozenset({Audience.EMPLOYEE})


@pytest.mark.parametrize(
    ("refusal", "field", "terms"),
    [
        (DoubledPosition, "positions", {"positions": (Position.AGREE, Position.AGREE)}),
        (DetachedIsNotOffered, "anonymity", {"anonymity": Anonymity.DETACHED}),
        (ElectorateIsUnknown, "quorum", {"quorum": 0.5}),
        (SeatsDoNotFit, "winners", {"method": Method.INSTANT_RUNOFF, "winners": 2}),
        (EnvelopeDoesNotFit, "atMost", {"method": Method.SINGLE, "at_most": 2}),
        (EnvelopeAdmitsNothing, "atMost", {"method": Method.SINGLE, "at_least": 2}),
        (EnvelopeAdmitsNothing, "atMost", {"method": Method.APPROVAL, "at_least": 3, "at_most": 2}),
        (EnvelopeAdmitsNothing, "highest", {"method": Method.SCORE, "lowest": 5, "highest": 4}),
    ],
)
def test_terms_that_no_ballot_can_keep_are_refused_by_name(
    refusal: type[Refused], field: str, terms: dict[str, Any]
) -> None:
    with pytest.raises(refusal) as refused:
        Terms(**terms).check()

    assert refused.value.path == ("terms", field)


@pytest.mark.parametrize(
    "terms",
    [
        *({"method": method} for method in Method),
        {"method": Method.SCORE, "lowest": -5, "highest": -5, "winners": 3},
        {"method": Method.SINGLE, "at_most": 1, "winners": 2},
        {"quorum": 1.0, "electorate": 1},
        {"at_least": 3, "at_most": 2},  # of a stance ballot: nothing counts, as it always was
    ],
)
def test_terms_that_a_ballot_can_keep_are_not(terms: dict[str, Any]) -> None:
    Terms(**terms).check()


@pytest.mark.parametrize("quorum", [0, 1.01, -0.5])
def test_a_quorum_is_a_share(quorum: float) -> None:
    with pytest.raises(ValidationError):
        Terms(quorum=quorum, electorate=10)


def test_the_ballots_of_a_challenge_declare_what_the_challenge_did() -> None:
    at = now() + timedelta(days=1)
    stance = Stance(positions=(Position.AGREE, Position.PASS), anonymity=Anonymity.CONFIDENTIAL, at_least=2, at_most=9)
    decision = Decision(method=Method.SCORE, winners=2, quorum=0.5, electorate=9, tie_break=TieBreak.EARLIEST_OPTION)

    standing, deciding = stance.terms(STAFF, True, at), decision.terms(STAFF, False, at)

    assert (standing.method, standing.positions, standing.at_least, standing.at_most) == (
        Method.STANCE,
        stance.positions,
        2,
        9,
    )
    assert (standing.anonymity, standing.audiences, standing.public, standing.closes_at) == (
        Anonymity.CONFIDENTIAL,
        STAFF,
        True,
        at,
    )
    assert (deciding.method, deciding.winners, deciding.quorum, deciding.electorate, deciding.tie_break) == (
        Method.SCORE,
        2,
        0.5,
        9,
        TieBreak.EARLIEST_OPTION,
    )
    assert (deciding.audiences, deciding.public, deciding.closes_at) == (STAFF, False, at)


def test_p9_a_decision_ballot_is_known_to_all_by_its_challenge_and_attempt() -> None:
    challenge = uuid4()

    assert decision_ballot(challenge, 1) == uuid5(challenge, "decision")
    assert decision_ballot(challenge, 2) == uuid5(challenge, "decision:2")
