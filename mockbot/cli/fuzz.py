"""`mockbot fuzz`: finds the behaviours of a server that a client does not survive."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click

from mockbot.cli.output import progress as progress_line
from mockbot.cli.output import say
from mockbot.cli.values import VERSIONS, Duration, Whole
from mockbot.errors import UserError
from mockbot.settings import Settings

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(
    short_help="Find the bugs of a client.", context_settings={"show_default": True, "max_content_width": 100}
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND ...]")
@click.option("--adapter", metavar="COMMAND", help="A client that lives on and takes JSON lines, instead of COMMAND.")
@click.option("--browser", type=FILE, help="An HTML page to open in headless Chromium, instead of COMMAND.")
@click.option("--listen", is_flag=True, help="No client: show the URL, and wait for a person to make the requests.")
@click.option("--matrix", type=FILE, help="Clients to run one after the other: TOML, a table [[client]] for each.")
@click.option("--seed", type=Whole(0), default=0, help="The same seed, examples and client give the same report.")
@click.option("--max-examples", type=Whole(0), default=50, help="Behaviours to draw after the catalogue.")
@click.option(
    "--time", "seconds", type=Duration("seconds", 1), metavar="SECONDS", help="End the search after this time."
)
@click.option("--only", multiple=True, metavar="FAMILY|CLASS", help="Only these: A, B, C, D or A7; may be repeated.")
@click.option("--jobs", type=Whole(1, 64), default=2, help="Clients to run side by side.")
@click.option(
    "--deadline", type=Duration("seconds", 0.1), default=10.0, help="Seconds of silence after which a client hangs."
)
@click.option("--expect", type=FILE, help="Known failures: TOML, the key of each with a reason.")
@click.option("--replay", type=FILE, help="Play only this behaviour file.")
@click.option("--save", type=FOLDER, metavar="DIR", help="Folder for a behaviour file of each finding.")
@click.option("--json", "json_file", type=FILE, help="Write the report as JSON.")
@click.option("--junit", type=FILE, help="Write the report as JUnit XML.")
@click.option("--html", type=FILE, help="Write the report as one HTML file.")
@click.option("--astrbot", type=click.Choice(VERSIONS), help="Version of AstrBot to imitate.  [default: 4.19.4]")
@click.option("--spec", metavar="FILE|URL", help="OpenAPI document to serve instead, 3.0 to 3.2.")
@click.option("--fixture", default=Settings().fixture, metavar="NAME|FILE", help="Fixture that each case starts from.")
def fuzz(
    command: tuple[str, ...],
    adapter: str | None,
    browser: Path | None,
    listen: bool,
    matrix: Path | None,
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

    COMMAND runs once for each case, with MOCKBOT_URL, MOCKBOT_KEY, MOCKBOT_MESSAGE, MOCKBOT_CASE and MOCKBOT_DEADLINE
    in its environment. It shows an error by its exit status, and prints a line of JSON for each event that it received.
    Exit status 0 without new findings, 1 with new or stale ones, 2 when the client fails without any fault.
    """
    if [bool(command), bool(adapter), browser is not None, matrix is not None, listen].count(True) != 1:
        raise UserError(
            "give one client: a command after `--`, --adapter COMMAND, --browser FILE or --listen; "
            "or several with --matrix FILE"
        )
    if listen and replay is not None:
        raise UserError("--listen plays the catalogue; play a file to any client with `mockbot serve --behaviour FILE`")
    try:
        from mockbot.cli.fuzz_files import Files
        from mockbot.fuzz import known
        from mockbot.fuzz.clients.choice import Choice
        from mockbot.fuzz.fuzzer import Options, run
        from mockbot.fuzz.listening import listen as play_all
        from mockbot.fuzz.matrix import load as load_matrix
        from mockbot.fuzz.matrix import run_all
        from mockbot.fuzz.reports.grid import text as table
        from mockbot.fuzz.reports.text import text
    except ModuleNotFoundError as missing:
        raise UserError(
            f"`mockbot fuzz` needs {missing.name}; install it with: pip install 'astrbot-mockbot[fuzz]'"
        ) from None

    options = Options(
        seed=seed,
        max_examples=max_examples,
        seconds=seconds,
        only=tuple(each.upper() for each in only),
        jobs=jobs,
        deadline=deadline,
        known={} if expect is None else known.load(expect),
        replay=replay,
    )
    entries = () if matrix is None else load_matrix(matrix)
    files = Files(save, json_file, junit, html)
    files.touch()
    settings = Settings(astrbot=astrbot, spec=spec, fixture=fixture)
    progress = progress_line if sys.stderr.isatty() else lambda _: None
    if matrix is not None:
        reports = run_all(entries, options, settings, progress)
    elif listen:
        reports = (play_all(options, settings, lambda line: say(line, err=True)),)
    else:
        choice = Choice(command, adapter or "", browser)
        with choice.clients() as client:
            reports = (replace(run(client, options, settings, progress), client_options=choice.options),)
    if sys.stderr.isatty():
        progress_line()
    several = matrix is not None
    reports = tuple(
        replace(each, server_options=_server_options(settings), saved=files.folder(each.client, several=several))
        for each in reports
    )
    say(table(reports) if several else text(reports[0]), nl=False)
    files.write(reports, several=several)
    sys.exit(2 if any(each.problem for each in reports) else 1 if any(each.failed for each in reports) else 0)


def _server_options(settings: Settings) -> str:
    """Return the options that give the server's settings to `mockbot serve` and `mockbot fuzz`."""
    default = Settings()
    given = {"--astrbot": settings.astrbot, "--spec": settings.spec}
    if settings.fixture != default.fixture:
        given["--fixture"] = settings.fixture
    return shlex.join(word for name, value in given.items() if value is not None for word in (name, value))
