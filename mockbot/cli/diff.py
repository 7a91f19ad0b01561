"""`mockbot diff`: two versions of AstrBot side by side."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from mockbot.errors import UserError

VERSIONS = ["4.19.4", "4.29.3"]


@click.command(
    short_help="Show what a client of one version of AstrBot meets in another.",
    context_settings={"max_content_width": 100},
)
@click.argument("old", type=click.Choice(VERSIONS))
@click.argument("new", type=click.Choice(VERSIONS))
@click.option("--json", "file", metavar="FILE", type=click.Path(dir_okay=False), help="Also write the result as JSON.")
def diff(old: str, new: str, file: str | None) -> None:
    """Show what a client that works with one version of AstrBot meets in another.

    The requests of all recorded exchanges of both versions are sent to mockbot as either version, and the answers are
    compared. The differences are printed as a page in Markdown, grouped by cause, with the smallest example of each.
    No server is started. Exit status 0 without differences, 1 with differences, 2 for a mistake.
    """
    from mockbot.verify.diff.diff import diff as run
    from mockbot.verify.diff.page import page

    found = run(old, new)
    if file is not None:
        try:
            Path(file).write_text(json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise UserError(f"--json {file}: {error.strerror}; name a file that can be written") from None
    click.echo(page(found), nl=False)
    sys.exit(1 if found.groups else 0)
