"""Why the local system cannot run, said so that the reader knows what to do next."""


class CannotRun(Exception):
    """The system cannot start or go on; the message names the part and the remedy."""
