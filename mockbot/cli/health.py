"""`mockbot health`: whether a mockbot is healthy, for containers and scripts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

from mockbot.cli.control import Answer, ask, given_or_default, server_options, timeout_option
from mockbot.cli.output import say
from mockbot.cli.values import NO_ANSWER, Duration
from mockbot.errors import NoAnswer
from mockbot.wording import printable

SECONDS = 5.0
"""How long a response may take."""
PAUSE = 0.1
"""Seconds between two looks at a server that is waited for."""


@click.command()
@server_options
@click.option(
    "--wait",
    type=Duration("seconds", 0),
    default=0.0,
    metavar="SECONDS",
    help="Wait until it is healthy, at most for this time.",
)
@timeout_option(SECONDS)
def health(url: str | None, control_token: str, wait: float, timeout: float) -> None:
    """Check whether the mockbot at URL is healthy.

    Exit status 0 if it is; else 1, with the reason, or 3 if it does not answer. With --wait, the reason is what was
    seen last.

    Without URL, MOCKBOT_URL is used, or else http://127.0.0.1:6185.
    """
    url = given_or_default(url)
    status, reason = waited(lambda left: look(url, control_token, left), wait, timeout=timeout)
    say(f"{url}: {printable(reason)}")
    sys.exit(status)


def waited(
    look: Callable[[float], tuple[int, str]],
    seconds: float,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    timeout: float = SECONDS,
) -> tuple[int, str]:
    """Return the first exit status 0 that `look` returns, or after `seconds` the last one, each with its reason.

    `look` gets the seconds that it may take, at most `timeout`.
    """
    end = now() + seconds
    while True:
        found = look(min(timeout, max(end - now(), PAUSE)) if seconds else timeout)
        if found[0] == 0 or now() + PAUSE >= end:
            return found
        sleep(PAUSE)


def look(url: str, control_token: str, seconds: float = SECONDS) -> tuple[int, str]:
    """Return the exit status for the mockbot at `url`, and in one line why it is not healthy; raise UserError."""
    try:
        reason = reason_in(ask(url, "GET", "health", control_token, seconds))
    except NoAnswer as error:
        return NO_ANSWER, str(error).removeprefix(f"{url}: ")
    return (1, reason) if reason else (0, "ok")


def reason_in(answer: Answer) -> str | None:
    """Return the reason in a response to the health check, or None if it is healthy."""
    if answer.status == 200 and answer.value == {"status": "ok"}:
        return None
    return " ".join(answer.refusal.split())
