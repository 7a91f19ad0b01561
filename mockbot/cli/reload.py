"""`mockbot reload`: lets a running mockbot read its files again."""

from __future__ import annotations

import sys

import click

from mockbot.cli.control import ask, given_or_default, server_options, timeout_option
from mockbot.cli.output import say
from mockbot.wording import printable

SECONDS = 300.0
"""How long reading a very large document may take."""


@click.command()
@server_options
@timeout_option(SECONDS)
def reload(url: str | None, control_token: str, timeout: float) -> None:
    """Let the mockbot at URL read its document, fixture, scripts and behaviour again.

    Prints what has changed. Exit status 0; 1 if a file cannot be used, with file, line and reason, and then nothing has
    changed; 3 if the server does not answer.

    Without URL, MOCKBOT_URL is used, or else http://127.0.0.1:6185.
    """
    url = given_or_default(url)
    answer = ask(url, "POST", "reload", control_token, timeout)
    if answer.status == 200 and isinstance(answer.value, dict) and "message" in answer.value:
        say(f"{url}: {printable(str(answer.value['message']))}")
        return
    say(answer.refusal, err=True)
    sys.exit(1)
