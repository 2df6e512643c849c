"""What can go wrong for the visitor, told as what to do next."""


class Trouble(Exception):
    """Something the person at the keyboard can mend; the message says how. Shown without a stack trace."""


class Away(Trouble):
    """Nobody answered for as long as we were willing to wait."""


class Declined(Trouble):
    """The API refused what the import needs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"The API refused: {message} ({code})")
        self.code = code
