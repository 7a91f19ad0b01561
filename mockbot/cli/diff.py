"""`mockbot diff`: two versions of AstrBot side by side."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from mockbot.cli.output import say
from mockbot.written import write

VERSIONS = ["4.19.4", "4.29.3"]


@click.command(
    short_help="Show what a client of one version of AstrBot meets in another.",
    context_settings={"max_content_width": 100},
)
@click.argument("old", metavar="OLD", type=click.Choice(VERSIONS))
@click.argument("new", metavar="NEW", type=click.Choice(VERSIONS))
@click.option("--json", "file", metavar="FILE", type=click.Path(dir_okay=False), help="Also write the result as JSON.")
def diff(old: str, new: str, file: str | None) -> None:
    """Show what a client that works with the version OLD of AstrBot meets in NEW; both are 4.19.4 or 4.29.3.

    The requests of all recorded exchanges of both versions are sent to mockbot as either version, and the responses
    are compared. The differences are printed as a page in Markdown, grouped by cause, with the smallest example of
    each. No server is started. Exit status 0 without differences, 1 with differences, 2 for a mistake.
    """
    from mockbot.verify.diff.diff import diff as run
    from mockbot.verify.diff.page import page

    found = run(old, new)
    if file is not None:
        write(Path(file), json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n", "--json")
    say(page(found), nl=False)
    sys.exit(1 if found.groups else 0)
