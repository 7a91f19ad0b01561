"""`mockbot check`: property tests of mockbot itself, or of any server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from mockbot.errors import UserError


@click.command(context_settings={"show_default": True, "max_content_width": 100})
@click.option("--url", metavar="URL", help="A server to check by HTTP; without it mockbot checks itself.")
@click.option("--key", default="", envvar="MOCKBOT_KEY", show_default=False, help="Its API key; also as MOCKBOT_KEY.")
@click.option("--spec", metavar="FILE|URL", help="Another OpenAPI document, 3.0 or 3.1.  [default: AstrBot 4.19.4's]")
@click.option("--max-examples", type=click.IntRange(1), default=50, help="For each operation and phase.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Same seed and same server: same requests.")
@click.option("--timeout", type=click.FloatRange(0.1), default=70.0, metavar="SECONDS", help="Of one answer or stream.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write the result as JUnit XML.")
@click.option("--har", type=click.Path(path_type=Path, dir_okay=False), help="Write all exchanges as an HTTP archive.")
@click.option("--against", type=click.Choice(["astrbot"]), help="Relax what this server is known to do otherwise.")
def check(
    url: str | None,
    key: str,
    spec: str | None,
    max_examples: int,
    seed: int,
    timeout: float,
    junit: Path | None,
    har: Path | None,
    against: Literal["astrbot"] | None,
) -> None:
    """Check a server against the contract.

    Requests are generated: examples, every edge of every schema, random ones valid and not, and chains (upload, chat,
    list). The server should be one that may be filled with nonsense. Exit status 0 when nothing is found, 1 when
    something is, 2 when the server does not answer.
    """
    if url is not None and not url.startswith(("http://", "https://")):
        raise UserError(f"{url}: a URL begins with http:// or https://")
    if url is not None and not key:
        raise UserError("--url needs the server's API key: give it with --key or as MOCKBOT_KEY")
    from mockbot import verify

    if junit is not None:
        _write(junit, "")
    report = verify.check(
        url,
        key=key,
        spec=spec,
        max_examples=max_examples,
        seed=seed,
        timeout=timeout,
        har=har,
        against=against,
        progress=lambda line: click.echo(line, err=True),
    )
    if junit is not None:
        _write(junit, report.junit())
    click.echo(report.text)
    sys.exit(130 if report.interrupted else not report.passed)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
