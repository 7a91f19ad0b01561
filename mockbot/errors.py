"""The exceptions for mistakes of the user, which the command line reports in a line, and a server that is not there."""


class UserError(Exception):
    """A mistake in an option, fixture, script or document; the command line prints its text and exits with 2.

    The text states what is wrong, where (file, line, JSON pointer) and what to do next. Each mistake
    has one line.
    """


class NoAnswer(UserError):
    """No server answers at a URL; the command line prints the text and exits with 3."""


class Malformed(ValueError):
    """A text that is not what it should be; `line` is counted from 1, 0 where it is not known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line
