"""What is promised is set from outside, once, in hours."""

from datetime import timedelta

import pytest

from chassis.settings import read
from contracts.responses import CaseKind
from services.responses.settings import Promises


def test_each_kind_has_its_hours_and_all_one_share_for_the_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_RESPONSE_COMPLAINT", "0.5")
    monkeypatch.setenv("FIRST_RESPONSE_WARNING", "0.8")

    target = read(Promises).target(CaseKind.COMPLAINT)

    assert (target.within, target.warning) == (timedelta(minutes=30), timedelta(minutes=6))


def test_a_share_of_one_gives_no_warning() -> None:
    assert Promises(first_response_warning=1).target(CaseKind.PRAISE).warning == timedelta(0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("FIRST_RESPONSE_QUESTION", "0"), ("FIRST_RESPONSE_PRAISE", "soon"), ("FIRST_RESPONSE_WARNING", "1.5")],
)
def test_a_promise_that_cannot_be_kept_ends_the_process_with_a_plain_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit, match=f"{name}: "):
        read(Promises)
