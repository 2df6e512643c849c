"""What may come of a message instead of its answer: the service refused it, is away, said nothing in time, or broke."""

from contracts.messages import Problem, Refused


class ServiceRefused(Refused):
    """A service said no; its problems are told in its own words."""

    def __init__(self, status: int, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.http_status = status
        self._problems = problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the service told."""
        return self._problems


class ServiceIsAway(Refused):
    """The service behind this is starting or away, and nothing was done. Try again in a moment."""

    status = 503
    retryable = True


class Unknown(Exception):
    """There was no answer in time: it may have been done or not (P5). `key` is the idempotency key to repeat with."""

    def __init__(self, key: str | None = None) -> None:
        repeat = f'Repeat it with the idempotencyKey "{key}" to learn which.' if key else "Ask again."
        super().__init__(f"There was no answer in time, so it is not known whether this was done. {repeat}")
        self.key = key


class Fault(Exception):
    """Something broke inside; `trace` finds it in the logs."""

    def __init__(self, trace: str | None = None) -> None:
        super().__init__(trace or "")
        self.trace = trace
