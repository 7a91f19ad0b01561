"""One request to the control API of a running mockbot, for the commands that need nothing else of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from mockbot import jsontext
from mockbot.cli.values import TOKEN, Duration
from mockbot.dataclass import dataclass
from mockbot.errors import NoAnswer, UserError

DEFAULT_URL = "http://127.0.0.1:6185"
MOST_BYTES = 1024 * 1024
"""Bytes of a response with its head."""
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of a response, and its JSON, or None if it has none."""

    status: int
    value: Any

    @property
    def refusal(self) -> str:
        """Return why the request was refused, with a line for each mistake."""
        detail = self.value.get("detail") if isinstance(self.value, dict) else None
        return detail if isinstance(detail, str) else f"not a mockbot: it answers with status {self.status}"


def server_options(command: Command) -> Command:
    """Add the URL and the token of a server to a command."""
    command = click.option(
        "--control-token",
        default="",
        envvar="MOCKBOT_CONTROL_TOKEN",
        metavar="TOKEN",
        type=TOKEN,
        help="The --control-token of the server; also MOCKBOT_CONTROL_TOKEN.",
    )(command)
    return click.argument("url", required=False, metavar="[URL]")(command)


def given_or_default(url: str | None) -> str:
    """Return the URL of the server: as given, or that of MOCKBOT_URL, or else the default one."""
    return url or os.environ.get("MOCKBOT_URL") or DEFAULT_URL


def timeout_option(seconds: float) -> Callable[[Command], Command]:
    """Return a decorator that adds the limit for a whole response, by default `seconds`."""
    return click.option(
        "--timeout",
        type=Duration("seconds", 0.1, 3600),
        default=seconds,
        show_default=True,
        metavar="SECONDS",
        help="Limit for a response, from the connection to its last byte.",
    )


def ask(url: str, method: str, path: str, control_token: str = "", seconds: float = 5.0) -> Answer:
    """Send a request without a body to the mockbot at `url`, whose path does not matter, and return the response.

    Raise NoAnswer if there is no complete response of at most MOST_BYTES within `seconds`, and UserError if `url` is
    not that of a server.
    """
    from http.client import HTTPException

    from mockbot.limited import Connection, Limit, SecureConnection, reason, whole

    try:
        parts = urlsplit(url)
        make = {"http": Connection, "https": SecureConnection}[parts.scheme]
        if not parts.hostname:
            raise ValueError
        connection = make(parts.hostname, parts.port, limit=Limit(seconds, MOST_BYTES))
    except (ValueError, KeyError, HTTPException):
        raise UserError(f"{url}: not a URL such as {DEFAULT_URL}") from None
    headers = {"Authorization": f"Bearer {control_token}"} if control_token else {}
    try:
        connection.request(method, f"/__mockbot__/{path}", headers=headers)
        with connection.getresponse() as response:
            body = whole(response)
    except TimeoutError:
        raise NoAnswer(f"{url}: no complete response within {seconds:g} s; --timeout changes that") from None
    except (OSError, ValueError, HTTPException) as error:
        raise NoAnswer(f"{url}: no response: {reason(error)}; is this the URL of a mockbot?") from None
    finally:
        connection.close()
    if response.status == 401:
        given = "rejects this control token; give" if control_token else "requires its control token; give"
        raise UserError(f"{url} {given} that of its --control-token as --control-token or MOCKBOT_CONTROL_TOKEN")
    try:
        return Answer(response.status, jsontext.read(body))
    except ValueError:
        return Answer(response.status, None)
