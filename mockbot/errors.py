"""The exceptions for what the command line reports in a line: mistakes of the user, and a server that is not there."""


class UserError(Exception):
    """A mistake in an option, fixture, script or document; the command line prints its text and exits with 2.

    The text states what is wrong, where (file, line, JSON pointer) and what to do next. Each mistake
    has one line.
    """


class NoAnswer(UserError):
    """No server answers at a URL; the command line prints the text and exits with 3."""
