"""`mockbot serve`: settings from options and variables, and a server."""

from __future__ import annotations

import gc
import json
import logging
import math
import os
import re
import shlex
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from click.core import ParameterSource

from mockbot import __version__
from mockbot.cli.lines import nonblocking
from mockbot.cli.values import Duration, Flag, Whole
from mockbot.errors import UserError
from mockbot.settings import LogStyle, Settings
from mockbot.wording import closest

if TYPE_CHECKING:
    from mockbot.openapi.operations import Operation
    from mockbot.profile import Profile

DEFAULT = Settings()
PREFIX = "MOCKBOT_"
OTHER_VARIABLES = ("MOCKBOT_KEY", "MOCKBOT_URL")
"""Those of other commands and of the pytest plugin."""


def _milliseconds(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and 0 <= value <= 60_000):
        raise click.BadParameter(f"{value:g} is not a number of milliseconds from 0 to 60000.")
    return value


def _origins(_context: click.Context, _parameter: click.Parameter, origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if not re.fullmatch(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#\s]+", origin):
            raise click.BadParameter(f"{origin!r} is not an origin such as https://example.org:8443, or *.")
    return origins


def _token(_context: click.Context, _parameter: click.Parameter, token: str) -> str:
    if not all("!" <= char <= "~" for char in token):
        raise click.BadParameter("A token consists of printable ASCII characters without spaces.")
    return token


@click.command(context_settings={"auto_envvar_prefix": "MOCKBOT", "show_default": True, "max_content_width": 100})
@click.option("--host", default=DEFAULT.host, help="Address to listen on.")
@click.option("--port", type=Whole(0, 65535), default=DEFAULT.port, help="Port to listen on; 0 for a free one.")
@click.option("--fixture", default=DEFAULT.fixture, metavar="NAME|FILE", help="Fixture that worlds start from.")
@click.option("--scripts", type=click.Path(path_type=Path), help="More scripts: a file, or a directory of files.")
@click.option("--behaviour", type=click.Path(path_type=Path), help="Behaviour file: one script, and faults to play.")
@click.option(
    "--contract",
    type=click.Choice(["enforce", "observe"]),
    default=DEFAULT.contract,
    help="Response to a request that breaks the contract: 400 with all violations, or that of AstrBot.",
)
@click.option(
    "--astrbot",
    metavar="VERSION",
    help="Version of AstrBot to imitate: 4.19.4 or 4.29.3.  [default: 4.19.4, or none with --spec]",
)
@click.option("--spec", metavar="FILE|URL", help="OpenAPI document to serve, 3.0 to 3.2.  [default: that of AstrBot]")
@click.option("--strict-spec", is_flag=True, help="Make mistakes in the document that do not matter to serving errors.")
@click.option(
    "--unhandled",
    type=click.Choice(["example", "problem"]),
    default=DEFAULT.unhandled,
    help="Response of an operation without a handler: an example from the document, or 501.",
)
@click.option(
    "--stateful",
    is_flag=True,
    help="Operations on paths such as /pets and /pets/{id} create, list, change and delete rows.",
)
@click.option(
    "--pace",
    type=Duration("ms"),
    default=DEFAULT.pace_ms,
    callback=_milliseconds,
    metavar="MS",
    help="Time between two frames of a stream, such as 50 or 50ms.  [default: as AstrBot: 50 in 4.19.4, 0 in 4.29.3]",
)
@click.option("--seed", type=Whole(), default=DEFAULT.seed, help="The same seed and requests give the same ids.")
@click.option(
    "--strict-scripts", is_flag=True, type=Flag(), help="A chat that no script matches gets an error, not an echo."
)
@click.option("--ready-file", type=click.Path(path_type=Path), help="JSON file to write when the server is ready.")
@click.option("--log", type=click.Choice(["text", "json"]), default=DEFAULT.log, help="Format of the log on stderr.")
@click.option(
    "--cors",
    multiple=True,
    metavar="ORIGIN",
    callback=_origins,
    help="Origin whose pages may call this server; repeatable.  [default: all in enforce, none in observe]",
)
@click.option(
    "--max-worlds",
    type=Whole(1),
    default=DEFAULT.max_worlds,
    help="Worlds besides the default one; when there are more, the least recently used is removed.",
)
@click.option(
    "--control-token",
    default=DEFAULT.control_token,
    metavar="TOKEN",
    callback=_token,
    show_default=False,
    help="Token that clients of /__mockbot__ must send; without it, only this machine may call.",
)
@click.option(
    "--report",
    is_flag=True,
    type=Flag(),
    help="Print at the end what clients did wrong; exit status 1 if there is an error.",
)
def serve(**options: Any) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Each option can also be set as MOCKBOT_<OPTION>, for example MOCKBOT_PORT or MOCKBOT_STRICT_SCRIPTS.
    """
    settings = settings_from(**options)
    log = nonblocking(sys.stderr)
    configure_log(log, settings.log)
    context = click.get_current_context()
    for warning in unknown_variables(context.command, os.environ):
        logging.getLogger("mockbot").warning(warning)
    try:
        _serve(settings, log)
    except UserError as error:
        raise UserError(f"{variable_behind(context, str(error))}{error}") from None
    except KeyboardInterrupt:
        click.echo("mockbot: stopped", err=True)


def unknown_variables(command: click.Command, names: Iterable[str]) -> list[str]:
    """Return a sentence for each variable that begins with MOCKBOT_ and that no command reads."""
    known = [*OTHER_VARIABLES, *(_variable(parameter) for parameter in command.params)]
    unknown = [name for name in sorted(names) if name.startswith(PREFIX) and name not in known]
    return [f"{name} has no effect{_meant(name, known)}" for name in unknown]


def _meant(name: str, known: Iterable[str]) -> str:
    meant = closest(name.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known])
    return f"; did you mean {PREFIX}{meant}?" if meant else ""


def _variable(parameter: click.Parameter) -> str:
    return f"{PREFIX}{str(parameter.name).upper()}"


def variable_behind(context: click.Context, message: str) -> str:
    """Return `VARIABLE: ` if the value with which a message begins comes from a variable, else nothing."""
    for parameter in context.command.params:
        name = str(parameter.name)
        from_environment = context.get_parameter_source(name) is ParameterSource.ENVIRONMENT
        if from_environment and message.startswith(f"{context.params[name]}:"):
            return f"{_variable(parameter)}: "
    return ""


def settings_from(pace: float | None, cors: tuple[str, ...], **options: Any) -> Settings:
    """Return the settings for the values of all options."""
    return Settings(pace_ms=pace, cors=cors or None, **options)


def _serve(settings: Settings, log: TextIO) -> None:
    """Serve until stopped. The port and the ready file are checked before anything slow is imported."""
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
        if settings.stateful:
            _log_collections(app.collections)

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
"""Seconds of reading a document after which a line on a terminal says what is happening."""


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


def _log_collections(paths: Sequence[str]) -> None:
    log = logging.getLogger("mockbot")
    if paths:
        log.info("stateful: %s; all other operations answer with examples", ", ".join(paths))
    else:
        log.warning("--stateful: the document has no collection, such as POST /pets with GET /pets/{id}")


def greeting(base_url: str, key: str, profile: Profile) -> str:
    """Return the first lines of output: what is served at which URL, a key, and a command line to try."""
    operations = profile.contract.operations.by_name
    header = ["-H", f"X-API-Key: {key}"] if key else []
    needs_key = not key and bool(profile.blueprint.scopes)
    if key and profile.chat is not None and profile.chat in operations:
        body = json.dumps({"username": "ada", "message": "hello"})
        url = f"{base_url}{operations[profile.chat].path}"
        curl = ["curl", "-N", url, *header, "-H", "Content-Type: application/json", "-d", body]
    else:
        curl = ["curl", f"{base_url}{'/openapi.json' if needs_key else simplest_path(operations)}", *header]
    lines = [f"mockbot {__version__} as {profile.title} at {base_url}"]
    if needs_key:
        lines.append("key: none, so every request is refused; add `keys` or `extends: default` to the fixture")
    elif key:
        lines.append(f"key: {key}")
    return "\n".join([*lines, f"try: {shlex.join(curl)}"])


def simplest_path(operations: Mapping[str, Operation]) -> str:
    """Return the path of the first GET operation without required parameters, or that of the document."""
    for operation in operations.values():
        needs = any(each.get("required") for each in operation.definition.get("parameters", ()))
        if operation.method == "GET" and "{" not in operation.path and not needs:
            return operation.path
    return "/openapi.json"


class _JsonLines(logging.Formatter):
    """Formats records as JSON objects: time (Unix seconds), level, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": round(record.created, 3), "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure_log(stream: TextIO, style: LogStyle) -> None:
    """Write all records of the logger `mockbot` to `stream`, and to no other handler."""
    handler = logging.StreamHandler(stream)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
    handler.setFormatter(_JsonLines() if style == "json" else text)
    log = logging.getLogger("mockbot")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
