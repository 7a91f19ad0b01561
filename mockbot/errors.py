"""The exception for mistakes of the user."""


class UserError(Exception):
    """A mistake in an option, fixture, script or document; the command line prints its text and exits with 2.

    The text states what is wrong, where (file, line, JSON pointer) and what to do next. Each mistake
    has one line.
    """
