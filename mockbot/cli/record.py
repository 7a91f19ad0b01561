"""`mockbot record`: a proxy in front of a real server, and the files that play what it has seen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from mockbot import __version__
from mockbot.cli.lines import drained, nonblocking
from mockbot.cli.log import coloured, configure_log
from mockbot.cli.output import say
from mockbot.cli.serve import patience
from mockbot.cli.values import VERSIONS, Duration, Whole
from mockbot.errors import UserError
from mockbot.settings import LogStyle, Settings
from mockbot.wording import printable

if TYPE_CHECKING:
    from mockbot.profile import Profile
    from mockbot.record.exchange import Tape
    from mockbot.record.folder import Folder

DEFAULT = Settings()
SECONDS = 60.0


@click.command(
    short_help="Record a real server as a fixture and scripts.",
    context_settings={"show_default": True, "max_content_width": 100},
)
@click.argument("upstream_url")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write to."
)
@click.option("--force", is_flag=True, help="Overwrite a recording that is in the folder.")
@click.option(
    "--astrbot",
    type=click.Choice(VERSIONS),
    help=f"Version of the AstrBot that is recorded.  [default: {VERSIONS[0]}, or none with --spec]",
)
@click.option("--spec", metavar="FILE|URL", help="OpenAPI document of the server, 3.0 to 3.2.")
@click.option("--host", default=DEFAULT.host, help="Address to listen on.")
@click.option("--port", type=Whole(0, 65535), default=DEFAULT.port, help="Port to listen on; 0 for a free one.")
@click.option(
    "--timeout",
    type=Duration("seconds", 0.1, 3600),
    default=SECONDS,
    metavar="SECONDS",
    help="How long the server may be silent before and within a response.",
)
@click.option("--ready-file", type=click.Path(path_type=Path), help="JSON file to write when the proxy is ready.")
@click.option("--log", type=click.Choice(["text", "json"]), default=DEFAULT.log, help="Format of the log on stderr.")
def record(
    upstream_url: str,
    folder: Path,
    force: bool,
    astrbot: str | None,
    spec: str | None,
    host: str,
    port: int,
    timeout: float,
    ready_file: Path | None,
    log: LogStyle,
) -> None:
    """Pass requests on to the server at UPSTREAM_URL until Ctrl-C, SIGTERM or SIGHUP, then write what was seen.

    Send your client's requests to the proxy. Both directions are validated, nothing is refused. The folder gets
    fixture.yaml and scripts/NAME.yaml, without keys, and `mockbot serve --fixture DIR/fixture.yaml` gives the same
    answers again.
    """
    settings = Settings(host=host, port=port, astrbot=astrbot, spec=spec, log=log, ready_file=ready_file)
    stream = nonblocking(sys.stderr)
    configure_log(stream, log, colour=coloured(sys.stderr, os.environ))
    try:
        _record(upstream_url, folder, settings, timeout, stream, force=force)
    except KeyboardInterrupt:
        say("mockbot: stopped", err=True)


def _record(url: str, path: Path, settings: Settings, timeout: float, stream: TextIO, *, force: bool) -> None:
    from mockbot.server.listen import listen
    from mockbot.server.ready_file import ReadyFile
    from mockbot.server.signals import interrupt_on_signals, stop_on_signals

    interrupt_on_signals()
    try:
        from mockbot.record.proxy import Proxy
        from mockbot.record.upstream import Upstream
    except ModuleNotFoundError as missing:
        raise UserError(
            f"`mockbot record` needs {missing.name}; install it with: pip install 'astrbot-mockbot[record]'"
        ) from None
    from mockbot.record.exchange import Tape
    from mockbot.record.folder import Folder

    folder = Folder(path, force=force)
    upstream = Upstream(url, timeout)
    with ExitStack() as stack:
        ready_file = stack.enter_context(ReadyFile(settings.ready_file)) if settings.ready_file else None
        listener = stack.enter_context(listen(settings.host, settings.port))
        if ready_file:
            ready_file.claim()

        from mockbot.app import profile_for
        from mockbot.journal.log import LOGS
        from mockbot.record.check import check
        from mockbot.record.exchange import Exchange
        from mockbot.record.report import entry_of
        from mockbot.server.server import Server

        with patience(settings.spec, stream):
            profile = profile_for(settings)
        write = LOGS[settings.log](stream, colour=coloured(sys.stderr, os.environ))

        def report(exchange: Exchange) -> None:
            check(exchange, profile.contract, profile.blueprint.carriers.query)
            write(entry_of(exchange, profile.blueprint))

        tape = Tape(settings.max_journal_bytes, settings.max_journal_entries)
        proxy = Proxy(upstream, tape, profile.blueprint.carriers, settings.max_body, report)

        def ready() -> None:
            title = printable(f"{upstream.base_url} as {profile.title}")
            say(f"mockbot {__version__} records {title} at {server.base_url}")
            say(f"send requests to {server.base_url}; Ctrl-C ends the recording and writes {printable(str(path))}")
            if ready_file:
                ready_file.write(server.base_url, "")

        server = Server(proxy, listener, ready)
        stop_on_signals(server.stop)
        with drained(stream):
            server.run()
    # asyncio would replace default_int_handler itself with one that waits for the next step of a task
    signal.signal(signal.SIGINT, lambda *each: signal.default_int_handler(*each))
    try:
        _write(profile, tape, folder, settings)
    except KeyboardInterrupt:
        say("mockbot: stopped; the recording is not written", err=True)
        raise SystemExit(130) from None


def _write(profile: Profile, tape: Tape, folder: Folder, settings: Settings) -> None:
    """Write what was seen, and print the report."""
    from mockbot.record.recording import recording
    from mockbot.record.report import play_command, summary

    found = asyncio.run(recording(profile, tape))
    day = datetime.now(UTC).date().isoformat()
    files = folder.write(found.fixture, found.scripts, f"Recorded from {profile.title} on {day} with `mockbot record`.")
    say(summary(found, tape, files, play_command(files[0], settings, profile, found)))
