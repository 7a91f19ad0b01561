"""`mockbot replay`: the recorded exchanges against mockbot itself or against a server."""

from __future__ import annotations

import sys
from collections import Counter
from textwrap import fill
from typing import TYPE_CHECKING

import click

from mockbot.cli.output import say
from mockbot.cli.values import VERSIONS, Duration
from mockbot.cli.whole_run import time_option
from mockbot.errors import UserError
from mockbot.wording import printable

if TYPE_CHECKING:
    from mockbot.exchange.matchers import Mismatch
    from mockbot.verify.replay.player import Outcome
    from mockbot.verify.replay.replay import Replayed

WIDTH = 100
INSTALLATIONS = ["any", "empty", *(f"astrbot-{version}{kind}" for version in VERSIONS for kind in ("", "-reasoning"))]


def _keys(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.split("=", 1) if text.startswith("abk_") and "=" in text else ["abk_all", text] for text in given]
    return dict(pairs)


@click.command(context_settings={"max_content_width": 100})
@click.argument("url", required=False)
@click.option(
    "--key",
    "keys",
    multiple=True,
    callback=_keys,
    metavar="[NAME=]KEY",
    envvar="MOCKBOT_KEY",
    help="Key of the server for the key NAME in the exchanges, by default abk_all; repeatable.",
)
@click.option(
    "--installation",
    type=click.Choice(INSTALLATIONS),
    default="any",
    show_default=True,
    help="Shipped fixture with the same bots, configs, model and plugin as the server.",
)
@click.option(
    "--astrbot",
    type=click.Choice(VERSIONS),
    default=VERSIONS[0],
    show_default=True,
    help="Version of AstrBot that was recorded.",
)
@click.option("--only", default="", metavar="TEXT", help="Only exchanges with this text in `file: name`.")
@click.option(
    "--timeout",
    type=Duration("seconds", 0.1, 3600),
    metavar="SECONDS",
    help="Limit for a response, from the connection to its last byte.  [default: 10, or 90 with --slow]",
)
@time_option
@click.option("--slow", is_flag=True, help="Also exchanges that take seconds.")
@click.option("--verbose", "-v", is_flag=True, help="List the exchanges that are not played.")
@click.option("--list", "listed", is_flag=True, help="List the exchanges and exit.")
def replay(
    url: str | None,
    keys: dict[str, str],
    installation: str,
    astrbot: str,
    only: str,
    timeout: float | None,
    max_seconds: float,
    slow: bool,
    verbose: bool,
    listed: bool,
) -> None:
    """Play the exchanges that were recorded with AstrBot.

    They are sent to the server at URL, or without URL to mockbot itself. For each exchange that does not agree, the
    first difference is printed, with a command line that repeats the request. Exit status 0 when all agree, 1 when one
    does not or when --time ends the run early, 3 when the server does not answer.
    """
    from mockbot.verify.replay.replay import chosen, shipped
    from mockbot.verify.replay.replay import replay as play

    exchanges = chosen(shipped(astrbot), only)
    if not exchanges:
        raise UserError(f"--only {only}: no exchange has this text in its name; list all with --list")
    if listed:
        for exchange in exchanges:
            say(f"{exchange.id} ({exchange.given}{', slow' if exchange.slow else ''})")
        return
    replayed = play(
        url,
        keys,
        installation=installation,
        slow=slow,
        exchanges=exchanges,
        timeout=timeout,
        max_seconds=max_seconds,
        progress=Differences().show,
    )
    text = summary(replayed, verbose)
    say(f"\n{text}" if replayed.differed else text)
    sys.exit(0 if replayed.ok else 1)


class Differences:
    """Prints differences as they are found; one that was printed before takes one line."""

    def __init__(self) -> None:
        self._shown: dict[Mismatch, str] = {}

    def show(self, outcome: Outcome) -> None:
        """Print the difference of one exchange, if any."""
        if outcome.difference is None:
            return
        first = self._shown.setdefault(outcome.difference, outcome.exchange.id)
        again = first != outcome.exchange.id
        say(f"{outcome.exchange.id}\n  as with {first}" if again else f"\n{report(outcome)}")


def report(outcome: Outcome) -> str:
    """Return a difference with its place, and a command line that repeats the request."""
    exchange, found = outcome.exchange, outcome.difference
    if found is None:
        return f"{exchange.id}: agrees"
    return (
        f"{exchange.place}: {exchange.name}\n"
        f"  at       {printable(found.at) or 'the whole response'}\n"
        f"  expected {printable(found.expected)}\n"
        f"  got      {printable(found.got)}\n"
        f"  repeat   {outcome.curl}"
    )


def summary(replayed: Replayed, verbose: bool) -> str:
    """Return the skipped exchanges by reason and file, with names if `verbose`, and the counts for each file."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for outcome in replayed.skipped:
        files = reasons.setdefault(outcome.skipped, {})
        files.setdefault(outcome.exchange.file, []).append(outcome.exchange.name)
    lines: list[str] = []
    for why, files in reasons.items():
        reason = f"not played, {why} ({sum(map(len, files.values()))}):"
        if not verbose:
            lines.append(fill(f"{reason} {', '.join(files)}", WIDTH, subsequent_indent="  "))
            continue
        lines.append(reason)
        lines += [
            fill(f"{file}: {'; '.join(names)}", WIDTH, initial_indent="  ", subsequent_indent="    ")
            for file, names in files.items()
        ]
    agreed = Counter(outcome.exchange.file for outcome in replayed.agreed)
    played = Counter(outcome.exchange.file for outcome in replayed.outcomes if not outcome.skipped)
    lines += [f"{file:24} {agreed[file]:4} of {played[file]}" for file in sorted(played)]
    lines.append(f"{len(replayed.agreed)} of {played.total()} agree, {len(replayed.skipped)} not played")
    if replayed.enforced:
        version = replayed.outcomes[0].exchange.astrbot
        lines.append(
            "this mockbot enforces the contract, which AstrBot does not; "
            f"start it with --contract observe --astrbot {version} --fixture astrbot-{version}"
        )
    return "\n".join(lines)
