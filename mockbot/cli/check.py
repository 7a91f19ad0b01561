"""`mockbot check`: property tests of mockbot itself or of any server."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mockbot.cli.output import say
from mockbot.cli.values import VERSIONS, Duration, Whole
from mockbot.cli.whole_run import time_option
from mockbot.errors import UserError
from mockbot.written import write

SERVERS = ("astrbot", *(f"astrbot-{version}" for version in VERSIONS))


@click.command(
    short_help="Check a server against the contract.", context_settings={"show_default": True, "max_content_width": 100}
)
@click.argument("url", required=False)
@click.option(
    "--key", default="", envvar="MOCKBOT_KEY", show_default=False, help="API key of the server; also MOCKBOT_KEY."
)
@click.option(
    "--spec",
    metavar="FILE|URL",
    help="OpenAPI document to check against, 3.0 to 3.2.  [default: that of AstrBot]",
)
@click.option(
    "--astrbot",
    type=click.Choice(VERSIONS),
    help="Version of AstrBot whose contract it is.  [default: that of --against, or 4.19.4]",
)
@click.option("--max-examples", type=Whole(1), default=50, help="Requests for each operation and phase.")
@click.option("--seed", type=Whole(0), default=0, help="The same seed and server give the same requests.")
@click.option(
    "--timeout",
    type=Duration("seconds", 0.1),
    default=70.0,
    metavar="SECONDS",
    help="Limit for one response or stream.",
)
@time_option
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write the results as JUnit XML.")
@click.option("--har", type=click.Path(path_type=Path, dir_okay=False), help="Write all exchanges as an HTTP archive.")
@click.option(
    "--against",
    type=click.Choice(SERVERS),
    help="Accept the known deviations of this server; astrbot is astrbot-4.19.4.",
)
def check(
    url: str | None,
    key: str,
    spec: str | None,
    astrbot: str | None,
    max_examples: int,
    seed: int,
    timeout: float,
    max_seconds: float,
    junit: Path | None,
    har: Path | None,
    against: str | None,
) -> None:
    """Check the server at URL against the contract; without URL, mockbot checks itself.

    Requests are generated: examples, the limits of every schema, random valid and invalid ones, and sequences (upload,
    chat, list). Use a server without valuable data. Exit status 0 without findings, 1 with findings or when --time ends
    the run early, 3 when the server does not answer.
    """
    if url is not None and not url.startswith(("http://", "https://")):
        raise UserError(f"{url}: a URL begins with http:// or https://")
    if url is not None and not key and spec is None:
        raise UserError(f"{url}: the server's API key is missing; give it with --key or as MOCKBOT_KEY")
    from mockbot import verify

    if junit is not None:
        write(junit, "", "--junit")
    report = verify.check(
        url,
        key=key,
        spec=spec,
        astrbot=astrbot,
        max_examples=max_examples,
        seed=seed,
        timeout=timeout,
        max_seconds=max_seconds,
        har=har,
        against=against,
        progress=lambda line: say(line, err=True),
    )
    if junit is not None:
        write(junit, report.junit(), "--junit")
    say(report.text)
    sys.exit(130 if report.interrupted else not report.passed)
