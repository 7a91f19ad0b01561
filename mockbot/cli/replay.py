"""`mockbot replay`: the recorded exchanges against mockbot itself, or against a server."""

from __future__ import annotations

import sys
from collections import Counter
from textwrap import fill
from typing import TYPE_CHECKING

import click

from mockbot.errors import UserError

if TYPE_CHECKING:
    from mockbot.exchange.matchers import Mismatch
    from mockbot.verify.replay.player import Outcome
    from mockbot.verify.replay.replay import Replayed

WIDTH = 100
INSTALLATIONS = ["any", "empty", "astrbot-4.19.4", "astrbot-4.19.4-reasoning"]


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
    help="The server's key that the exchanges call NAME, abk_all by default; may be given again.",
)
@click.option(
    "--installation",
    type=click.Choice(INSTALLATIONS),
    default="any",
    show_default=True,
    help="The shipped fixture whose bots, configs, model and plugin the server has.",
)
@click.option("--only", default="", metavar="TEXT", help="Only exchanges with this text in `file: name`.")
@click.option("--slow", is_flag=True, help="Also those that take seconds.")
@click.option("--verbose", "-v", is_flag=True, help="Name the exchanges that are not played.")
@click.option("--list", "listed", is_flag=True, help="Name the exchanges instead.")
def replay(
    url: str | None, keys: dict[str, str], installation: str, only: str, slow: bool, verbose: bool, listed: bool
) -> None:
    """Play what AstrBot was recorded to answer.

    AstrBot 4.19.4, that is, against the server at URL, or else against mockbot itself. Prints the first difference of
    each exchange that does not agree, with a line that repeats the request. Exit status 0 when all agree, 1 when one
    does not, 2 when the server does not answer.
    """
    from mockbot.verify.replay.replay import chosen, shipped
    from mockbot.verify.replay.replay import replay as play

    exchanges = chosen(shipped(), only)
    if not exchanges:
        raise UserError(f"--only {only}: no exchange has this in its name; see them all with --list")
    if listed:
        for exchange in exchanges:
            click.echo(f"{exchange.id} ({exchange.given}{', slow' if exchange.slow else ''})")
        return
    replayed = play(url, keys, installation=installation, slow=slow, exchanges=exchanges, progress=Differences().tell)
    text = summary(replayed, verbose)
    click.echo(f"\n{text}" if replayed.differed else text)
    sys.exit(0 if replayed.ok else 1)


class Differences:
    """Tells of differences as they are found; what is the same as before takes a line only."""

    def __init__(self) -> None:
        self._told: dict[Mismatch, str] = {}

    def tell(self, outcome: Outcome) -> None:
        """Print what a person needs to know of one exchange."""
        if outcome.difference is None:
            return
        first = self._told.setdefault(outcome.difference, outcome.exchange.id)
        again = first != outcome.exchange.id
        click.echo(f"{outcome.exchange.id}\n  as with {first}" if again else f"\n{report(outcome)}")


def report(outcome: Outcome) -> str:
    """Return what a person needs to know of a difference."""
    exchange, found = outcome.exchange, outcome.difference
    if found is None:
        return f"{exchange.id}: agrees"
    return (
        f"{exchange.place}: {exchange.name}\n"
        f"  at       {found.at or 'the whole answer'}\n"
        f"  expected {found.expected}\n"
        f"  got      {found.got}\n"
        f"  repeat   {outcome.curl}"
    )


def summary(replayed: Replayed, verbose: bool) -> str:
    """Return what was not played, by reason and file and, if `verbose`, by name, and counts by file."""
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
    return "\n".join(lines)
