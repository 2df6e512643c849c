"""What responses keeps: nothing of its own yet."""

from chassis.attempt import MEMBERS
from chassis.store import Store


class Cases(Store):
    """The state of responses."""

    kept = (MEMBERS,)
