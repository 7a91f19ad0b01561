"""The option that ends a whole run, for the commands that send many requests to a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mockbot.cli.values import Duration

Command = TypeVar("Command", bound=Callable[..., Any])
SECONDS = 3600.0
"""The same as in `verify/deadline.py`, which loads more than the help of a command needs."""


def time_option(command: Command) -> Command:
    """Add the time that a whole run may take to a command."""
    return click.option(
        "--time",
        "max_seconds",
        type=Duration("seconds", 1),
        default=SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="End the run after this time, with what was found until then.",
    )(command)
