"""`mockbot health`: whether a mockbot is healthy, for containers and scripts."""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import urlsplit

import click

SECONDS = 5.0
"""How long a response may take."""


@click.command()
@click.argument("url", required=False, metavar="[URL]")
def health(url: str | None) -> None:
    """Check whether the mockbot at URL is healthy.

    Exit status 0 if it is; else 1, with the reason.

    Without URL, MOCKBOT_URL is used, or else http://127.0.0.1:6185.
    """
    url = url or os.environ.get("MOCKBOT_URL") or "http://127.0.0.1:6185"
    reason = unhealthy(url)
    click.echo(f"{url}: {reason or 'ok'}")
    sys.exit(1 if reason else 0)


def unhealthy(url: str) -> str | None:
    """Return in one line why the mockbot at `url` is not healthy, or None; the path of `url` does not matter."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    try:
        parts = urlsplit(url)
        make = {"http": HTTPConnection, "https": HTTPSConnection}[parts.scheme]
        if not parts.hostname:
            raise ValueError
        connection = make(parts.hostname, parts.port, timeout=SECONDS)
    except (ValueError, KeyError):
        return "not a URL such as http://127.0.0.1:6185"
    try:
        connection.request("GET", "/__mockbot__/health")
        response = connection.getresponse()
        return reason_in(response.status, response.read(64 * 1024))
    except (OSError, HTTPException) as error:
        return f"no response: {error or type(error).__name__}"
    finally:
        connection.close()


def reason_in(status: int, body: bytes) -> str | None:
    """Return the reason in a response to the health check, or None if it is healthy."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if status == 200 and value == {"status": "ok"}:
        return None
    detail = value.get("detail") if isinstance(value, dict) else None
    return " ".join(detail.split()) if isinstance(detail, str) else f"not a mockbot: it answers with status {status}"
