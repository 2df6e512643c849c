"""What is promised to which case."""

from datetime import timedelta

import pytest

from services.responses.calendar import Calendar, Span
from services.responses.policy import GraceIsNegative, Policy, Target, TargetIsNothing, WarningIsTooEarly, policy_for

HOUR = timedelta(hours=1)
OFFICE = Calendar("UTC", ((Span(540, 1020),),) * 7)

URGENT = Policy("urgent", OFFICE, {}, {"kind": frozenset({"complaint"}), "channel": frozenset({"phone", "web"})})
CUSTOMERS = Policy("customers", OFFICE, {}, {"audience": frozenset({"customer"})})
REST = Policy("rest", OFFICE, {})


def test_the_first_policy_that_covers_a_case_wins() -> None:
    complaint = {"kind": "complaint", "channel": "phone", "audience": "customer"}
    assert policy_for([URGENT, CUSTOMERS, REST], complaint) is URGENT
    assert policy_for([CUSTOMERS, URGENT, REST], complaint) is CUSTOMERS


def test_a_policy_covers_only_cases_with_all_its_traits() -> None:
    assert policy_for([URGENT, CUSTOMERS, REST], {"kind": "complaint", "audience": "customer"}) is CUSTOMERS
    assert policy_for([URGENT, CUSTOMERS, REST], {"kind": "complaint", "channel": "e-mail"}) is REST


def test_without_a_policy_nothing_is_promised() -> None:
    assert policy_for([URGENT, CUSTOMERS], {"kind": "praise"}) is None


@pytest.mark.parametrize("within", [timedelta(0), -HOUR])
def test_a_target_of_nothing_is_refused(within: timedelta) -> None:
    with pytest.raises(TargetIsNothing):
        Target(within)


@pytest.mark.parametrize("warning", [-HOUR, HOUR, 2 * HOUR])
def test_a_warning_outside_its_target_is_refused(warning: timedelta) -> None:
    with pytest.raises(WarningIsTooEarly):
        Target(HOUR, warning)


def test_a_window_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(GraceIsNegative):
        Policy("test", OFFICE, {}, grace=-HOUR)
