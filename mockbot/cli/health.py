"""`mockbot health`: whether a mockbot answers as it should; what containers and scripts wait for."""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import urlsplit

import click

SECONDS = 5.0
"""How long an answer may take."""


@click.command()
@click.argument("url", required=False, metavar="[URL]")
def health(url: str | None) -> None:
    """Ask whether all is well at URL.

    Exit status 0 when it is, else 1 with the reason.

    URL is MOCKBOT_URL when left out, and else http://127.0.0.1:6185.
    """
    url = url or os.environ.get("MOCKBOT_URL") or "http://127.0.0.1:6185"
    reason = complaint(url)
    click.echo(f"{url}: {reason or 'ok'}")
    sys.exit(1 if reason else 0)


def complaint(url: str) -> str | None:
    """Return in one line what is wrong with the mockbot at `url`, whatever its world; None when nothing is."""
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
        answer = connection.getresponse()
        return verdict(answer.status, answer.read(64 * 1024))
    except (OSError, HTTPException) as error:
        return f"no answer: {error or type(error).__name__}"
    finally:
        connection.close()


def verdict(status: int, body: bytes) -> str | None:
    """Return what an answer to the health check complains about."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if status == 200 and told == {"status": "ok"}:
        return None
    detail = told.get("detail") if isinstance(told, dict) else None
    return " ".join(detail.split()) if isinstance(detail, str) else f"not a mockbot: it answers {status}"
