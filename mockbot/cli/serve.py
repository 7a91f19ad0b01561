"""`mockbot serve`: what a person types, turned into settings and a server."""

from __future__ import annotations

import gc
import json
import logging
import math
import re
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from mockbot import __version__
from mockbot.cli.lines import patient
from mockbot.settings import LogStyle, Settings

if TYPE_CHECKING:
    from mockbot.openapi.operations import Operation
    from mockbot.profile import Profile

DEFAULT = Settings()


def _milliseconds(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not (math.isfinite(value) and 0 <= value <= 60_000):
        raise click.BadParameter(f"{value:g} is not a number of milliseconds from 0 to 60000.")
    return value


def _origins(_context: click.Context, _parameter: click.Parameter, origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if not re.fullmatch(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#\s]+", origin):
            raise click.BadParameter(
                f"{origin!r} is no origin; write it as browsers do: https://example.org:8443, or *."
            )
    return origins


def _token(_context: click.Context, _parameter: click.Parameter, token: str) -> str:
    if not all("!" <= char <= "~" for char in token):
        raise click.BadParameter("A token is of printable ASCII characters without blanks.")
    return token


@click.command(context_settings={"auto_envvar_prefix": "MOCKBOT", "show_default": True, "max_content_width": 100})
@click.option("--host", default=DEFAULT.host, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT.port, help="Port; 0 takes a free one.")
@click.option("--fixture", default=DEFAULT.fixture, metavar="NAME|FILE", help="What the server starts with.")
@click.option("--scripts", type=click.Path(path_type=Path), help="More scripts: a file, or a directory of them.")
@click.option(
    "--contract",
    type=click.Choice(["enforce", "observe"]),
    default=DEFAULT.contract,
    help="A request that breaks the contract: 400 with all violations, or what AstrBot 4.19.4 answers.",
)
@click.option("--astrbot", metavar="VERSION", help="AstrBot to imitate.  [default: 4.19.4, or none with --spec]")
@click.option("--spec", metavar="FILE|URL", help="OpenAPI document to serve, 3.0 to 3.2.  [default: AstrBot's own]")
@click.option("--strict-spec", is_flag=True, help="Mistakes in the document that do not matter to serving are errors.")
@click.option(
    "--unhandled",
    type=click.Choice(["example", "problem"]),
    default=DEFAULT.unhandled,
    help="An operation that mockbot has no behaviour for: an example by the document, or 501.",
)
@click.option(
    "--pace", type=float, default=DEFAULT.pace_ms, callback=_milliseconds, metavar="MS", help="Time between two frames."
)
@click.option("--seed", type=int, default=DEFAULT.seed, help="Same seed and same requests: same ids.")
@click.option("--strict-scripts", is_flag=True, help="A chat that no script expects is an error, not an echo.")
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Written when the first request can be answered: JSON."
)
@click.option("--log", type=click.Choice(["text", "json"]), default=DEFAULT.log, help="Style of the log on stderr.")
@click.option(
    "--cors",
    multiple=True,
    metavar="ORIGIN",
    callback=_origins,
    help="Origin that may call from a browser; may be given again.  [default: all in enforce, none in observe]",
)
@click.option(
    "--max-worlds",
    type=click.IntRange(1),
    default=DEFAULT.max_worlds,
    help="Worlds beside the default one; past that the one longest unused goes.",
)
@click.option(
    "--control-token",
    default=DEFAULT.control_token,
    metavar="TOKEN",
    callback=_token,
    show_default=False,
    help="Asked of callers of /__mockbot__, also from elsewhere; without it only this machine may call.",
)
@click.option("--report", is_flag=True, help="At the end, tell what clients got wrong; exit 1 when that is an error.")
def serve(pace: float, cors: tuple[str, ...], **options: Any) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Each option can also be set as MOCKBOT_<OPTION>, for example MOCKBOT_PORT or MOCKBOT_STRICT_SCRIPTS.
    """
    settings = Settings(pace_ms=pace, cors=cors or None, **options)
    log = patient(sys.stderr)
    _log_to(log, settings.log)
    try:
        _serve(settings, log)
    except KeyboardInterrupt:
        click.echo("mockbot: stopped", err=True)


def _serve(settings: Settings, log: TextIO) -> None:
    """Look for mistakes that are cheap to find before anything expensive is imported."""
    from mockbot.server.listen import listen
    from mockbot.server.ready_file import ReadyFile
    from mockbot.server.server import Server, stop_on_signals

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(settings.host, settings.port))
        ready_file = stack.enter_context(ReadyFile(settings.ready_file)) if settings.ready_file else None

        from mockbot.app import create_app
        from mockbot.journal.log import LOGS

        gc.disable()  # nothing is garbage yet, and looking for it would double the time to read a large document
        with patience(settings.spec, log):
            app = create_app(settings, log=LOGS[settings.log](log))
        gc.freeze()
        gc.enable()

        def ready() -> None:
            click.echo(greeting(server.base_url, app.key, app.profile))
            if ready_file:
                ready_file.write(server.base_url, app.key)

        server = Server(app, listener, ready)
        app.serving.stop = server.stop
        stop_on_signals(server.stop)
        server.run()
    if settings.report:
        report = app.report()
        click.echo(report.as_text())
        sys.exit(1 if report.failed else 0)


PATIENCE = 2.0
"""Seconds of reading a document after which a person at a terminal is told what is happening."""


@contextmanager
def patience(spec: str | None, stream: TextIO) -> Iterator[None]:
    """Write a line to a terminal if reading the document `spec` takes long."""
    if spec is None or not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(PATIENCE, lambda: stream.write(f"mockbot: reading {spec} ...\n"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def greeting(base_url: str, key: str, profile: Profile) -> str:
    """Return what a person needs first: what is imitated, where it is, a key, and a line to paste."""
    operations = profile.contract.operations.by_name
    header = ["-H", f"X-API-Key: {key}"] if key else []
    needs_key = not key and bool(profile.blueprint.scopes)
    if key and profile.chat is not None and profile.chat in operations:
        body = json.dumps({"username": "ada", "message": "hello"})
        url = f"{base_url}{operations[profile.chat].path}"
        curl = ["curl", "-N", url, *header, "-H", "Content-Type: application/json", "-d", body]
    else:
        curl = ["curl", f"{base_url}{'/openapi.json' if needs_key else simplest(operations)}", *header]
    lines = [f"mockbot {__version__} as {profile.title} at {base_url}"]
    if needs_key:
        lines.append("key: none, so every request is refused: give the fixture `keys`, or `extends: default`")
    elif key:
        lines.append(f"key: {key}")
    return "\n".join([*lines, f"try: {shlex.join(curl)}"])


def simplest(operations: Mapping[str, Operation]) -> str:
    """Return the path of the first operation that needs nothing but its path, or of the document."""
    for operation in operations.values():
        needs = any(each.get("required") for each in operation.definition.get("parameters", ()))
        if operation.method == "GET" and "{" not in operation.path and not needs:
            return operation.path
    return "/openapi.json"


class _JsonLines(logging.Formatter):
    """One object a line: time (Unix seconds), level, message, and the traceback when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": round(record.created, 3), "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _log_to(stream: TextIO, style: LogStyle) -> None:
    handler = logging.StreamHandler(stream)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
    handler.setFormatter(_JsonLines() if style == "json" else text)
    log = logging.getLogger("mockbot")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
