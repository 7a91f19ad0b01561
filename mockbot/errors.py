"""The one exception that mockbot shows to people: something they gave it cannot be used."""


class UserError(Exception):
    """A mistake in what the user gave (option, fixture, script, document): one clear sentence, no traceback, exit 2.

    The text says what is wrong, where (file, line, JSON pointer) and what to do next. It may have several lines,
    one for each fault.
    """
