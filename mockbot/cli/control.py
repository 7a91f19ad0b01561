"""One request to the control API of a running mockbot, for the commands that need nothing else of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from mockbot.cli.values import TOKEN
from mockbot.errors import NoAnswer, UserError

DEFAULT_URL = "http://127.0.0.1:6185"
MOST_BYTES = 1024 * 1024
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


def ask(url: str, method: str, path: str, control_token: str = "", seconds: float = 5.0) -> Answer:
    """Send a request without a body to the mockbot at `url`, whose path does not matter, and return the response.

    Raise NoAnswer if none has come after `seconds` without a byte, and UserError if `url` is not that of a server.
    """
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    try:
        parts = urlsplit(url)
        make = {"http": HTTPConnection, "https": HTTPSConnection}[parts.scheme]
        if not parts.hostname:
            raise ValueError
        connection = make(parts.hostname, parts.port, timeout=seconds)
    except (ValueError, KeyError, HTTPException):
        raise UserError(f"{url}: not a URL such as {DEFAULT_URL}") from None
    headers = {"Authorization": f"Bearer {control_token}"} if control_token else {}
    try:
        connection.request(method, f"/__mockbot__/{path}", headers=headers)
        response = connection.getresponse()
        body = response.read(MOST_BYTES)
    except (OSError, HTTPException) as error:
        raise NoAnswer(f"{url}: no response: {error or type(error).__name__}") from None
    finally:
        connection.close()
    try:
        return Answer(response.status, json.loads(body))
    except ValueError:
        return Answer(response.status, None)
