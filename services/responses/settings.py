"""What this house promises, as it is told at the start: read once, checked, frozen."""

from datetime import timedelta
from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import read
from contracts.responses import CaseKind
from services.responses.policy import Target


class Promises(BaseSettings):
    """Within how many hours a first reply is promised (R6), and at which share of these its warning is given."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    first_response_complaint: float = Field(default=4, gt=0, le=24 * 365)
    first_response_question: float = Field(default=24, gt=0, le=24 * 365)
    first_response_praise: float = Field(default=72, gt=0, le=24 * 365)
    first_response_warning: float = Field(default=0.75, gt=0, le=1)

    def target(self, kind: CaseKind) -> Target:
        """What is promised to a case of this kind, to the millisecond."""
        hours = {
            CaseKind.COMPLAINT: self.first_response_complaint,
            CaseKind.QUESTION: self.first_response_question,
            CaseKind.PRAISE: self.first_response_praise,
        }[kind]
        within = timedelta(milliseconds=max(1, round(hours * 3_600_000)))
        return Target(within, timedelta(milliseconds=(within * (1 - self.first_response_warning)) // MILLISECOND))


MILLISECOND = timedelta(milliseconds=1)


@cache
def promises() -> Promises:
    """The promises of this process."""
    return read(Promises)
