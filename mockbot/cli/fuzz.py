"""`mockbot fuzz`: finds the behaviours of a server that a client does not survive."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockbot.cli.values import VERSIONS, Real, Whole
from mockbot.errors import UserError
from mockbot.settings import Settings

if TYPE_CHECKING:
    from mockbot.fuzz.clients.client import Client
    from mockbot.fuzz.report import FuzzReport

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    short_help="Find the bugs of a client.", context_settings={"show_default": True, "max_content_width": 100}
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--adapter", metavar="COMMAND", help="A client that lives on and takes JSON lines, instead of COMMAND.")
@click.option("--seed", type=Whole(0), default=0, help="The same seed, examples and client give the same report.")
@click.option("--max-examples", type=Whole(0), default=100, help="Behaviours to draw after the catalogue.")
@click.option("--time", "seconds", type=Real(1), metavar="SECONDS", help="End the search after this time.")
@click.option("--only", multiple=True, metavar="FAMILY|CLASS", help="Only these: A, B, C, D or A7; may be repeated.")
@click.option("--jobs", type=Whole(1, 64), default=2, help="Clients to run side by side.")
@click.option("--deadline", type=Real(0.1), default=10.0, help="Seconds of silence after which a client hangs.")
@click.option("--expect", type=FILE, help="Known failures: TOML, the key of each with a reason.")
@click.option("--replay", type=FILE, help="Play only this behaviour file.")
@click.option("--save", type=click.Path(path_type=Path, file_okay=False), help="Write a behaviour file a finding here.")
@click.option("--json", "json_file", type=FILE, help="Write the report as JSON.")
@click.option("--junit", type=FILE, help="Write the report as JUnit XML.")
@click.option("--html", type=FILE, help="Write the report as one HTML file.")
@click.option("--astrbot", type=click.Choice(VERSIONS), help="Version of AstrBot to imitate.  [default: 4.19.4]")
@click.option("--spec", metavar="FILE|URL", help="OpenAPI document to serve instead, 3.0 to 3.2.")
@click.option("--fixture", default=Settings().fixture, metavar="NAME|FILE", help="Fixture that each case starts from.")
def fuzz(
    command: tuple[str, ...],
    adapter: str | None,
    seed: int,
    max_examples: int,
    seconds: float | None,
    only: tuple[str, ...],
    jobs: int,
    deadline: float,
    expect: Path | None,
    replay: Path | None,
    save: Path | None,
    json_file: Path | None,
    junit: Path | None,
    html: Path | None,
    astrbot: str | None,
    spec: str | None,
    fixture: str,
) -> None:
    """Run COMMAND, a client, against behaviours of a server, and report those that it does not survive.

    COMMAND runs once for each case, with MOCKBOT_URL, MOCKBOT_KEY and MOCKBOT_MESSAGE in its environment. It shows an
    error by its exit status, and prints a line of JSON for each event that it received. Exit status 0 without new
    findings, 1 with new or stale ones, 2 when the client fails without any fault.
    """
    if bool(command) == bool(adapter):
        raise UserError("give a client: a command after `--`, or --adapter COMMAND")
    from mockbot.fuzz import known
    from mockbot.fuzz.fuzzer import Options, run

    options = Options(
        seed=seed,
        max_examples=max_examples,
        seconds=seconds,
        only=only,
        jobs=jobs,
        deadline=deadline,
        known={} if expect is None else known.load(expect),
        replay=replay,
    )
    for file in (json_file, junit, html):
        if file is not None:
            _write(file, "")
    report = run(
        _client(command, adapter),
        options,
        Settings(astrbot=astrbot, spec=spec, fixture=fixture),
        _progress if sys.stderr.isatty() else lambda _: None,
    )
    _show(report, save, json_file, junit, html)
    sys.exit(1 if report.failed else 0)


def _client(command: Sequence[str], adapter: str | None) -> Callable[[], Client]:
    from mockbot.fuzz.clients.adapter import Adapter
    from mockbot.fuzz.clients.command import Command

    return (lambda: Command(command)) if adapter is None else (lambda: Adapter(adapter))


def _show(report: FuzzReport, save: Path | None, json_file: Path | None, junit: Path | None, html: Path | None) -> None:
    """Print the report, and write it in the forms that were asked for."""
    from mockbot.fuzz.reports import html as html_report
    from mockbot.fuzz.reports import junit as junit_report
    from mockbot.fuzz.reports import text as text_report
    from mockbot.fuzz.reports.phrases import file_name

    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
    click.echo(text_report.text(report), nl=False)
    if save is not None:
        for finding in report.findings:
            if finding.state != "stale":
                _write(save / file_name(finding), finding.behaviour.as_yaml())
    if json_file is not None:
        _write(json_file, json.dumps(report.as_json(), indent=2) + "\n")
    if junit is not None:
        _write(junit, junit_report.junit([report]))
    if html is not None:
        _write(html, html_report.html([report]))


def _progress(line: str) -> None:
    click.echo(f"\r\033[K{line[:100]}", err=True, nl=False)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
