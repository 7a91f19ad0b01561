"""What the commands print: nothing that a terminal would obey instead of show."""

from __future__ import annotations

import click

from mockbot.wording import printable, readable

WIDTH = 100
"""Characters of a line of progress."""
FIRST_COLUMN = "\r\033[K"
"""Moves a terminal to the first column, and clears its line."""


def say(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a text of one or more lines; control, format and bidi characters in it are escaped."""
    click.echo(readable(str(text)), err=err, nl=nl)


def progress(line: str = "") -> None:
    """Print a line on stderr in place of the last one; without a line, clear it."""
    click.echo(f"{FIRST_COLUMN}{printable(line)[:WIDTH]}", err=True, nl=False)
