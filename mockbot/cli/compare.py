"""`mockbot compare`: two servers side by side."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mockbot.cli.output import say
from mockbot.cli.values import NO_ANSWER, VERSIONS, Duration, Whole
from mockbot.cli.whole_run import time_option

if TYPE_CHECKING:
    from mockbot.verify import Comparison


@click.command(
    short_help="Show where the responses of two servers differ.",
    context_settings={"show_default": True, "max_content_width": 100},
)
@click.argument("url_a")
@click.argument("url_b")
@click.option("--key-a", default="", envvar="MOCKBOT_KEY", show_default=False, help="API key of A; also MOCKBOT_KEY.")
@click.option("--key-b", default="", show_default=False, help="API key of B, if it differs from that of A.")
@click.option(
    "--spec", metavar="FILE|URL", help="OpenAPI document to generate requests from.  [default: that of AstrBot]"
)
@click.option("--astrbot", type=click.Choice(VERSIONS), default=VERSIONS[0], help="Version of AstrBot whose requests.")
@click.option("--max-examples", type=Whole(1), default=20, help="Requests for each operation and phase.")
@click.option("--seed", type=Whole(0), default=0, help="The same seed and servers give the same requests.")
@click.option("--only", default="", metavar="OPERATION", help='Only this operation, such as "POST /api/v1/chat".')
@click.option(
    "--timeout",
    type=Duration("seconds", 0.1),
    default=70.0,
    metavar="SECONDS",
    help="Limit for one response or stream.",
)
@time_option
def compare(
    url_a: str,
    url_b: str,
    key_a: str,
    key_b: str,
    spec: str | None,
    astrbot: str,
    max_examples: int,
    seed: int,
    only: str,
    timeout: float,
    max_seconds: float,
) -> None:
    """Send the same requests to two servers and show where their responses differ.

    Compared are status, media type, Allow, the envelope, keys and JSON types, and the order of frames in a stream;
    texts, times and ids are not. Use servers without valuable data. Exit status 0 without differences, 1 with
    differences or when --time ends the run early, 3 when a server does not answer, or stops answering before a
    difference is found.
    """
    from mockbot.verify.compare.compare import compare as run

    comparison = run(
        url_a,
        url_b,
        key_a=key_a,
        key_b=key_b,
        spec=spec,
        astrbot=None if spec else astrbot,
        max_examples=max_examples,
        seed=seed,
        only=only,
        timeout=timeout,
        max_seconds=max_seconds,
        progress=lambda line: say(line, err=True),
    )
    say(comparison.text)
    sys.exit(_status(comparison))


def _status(comparison: Comparison) -> int:
    if comparison.interrupted:
        return 130
    if comparison.gone and not comparison.divergences:
        return NO_ANSWER
    return 0 if comparison.same else 1
