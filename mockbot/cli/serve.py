"""`mockbot serve`: settings from options and variables, and a server."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from mockbot.cli.config import config_file, read_config
from mockbot.cli.garbage import Garbage, uncollected
from mockbot.cli.greeting import greeting
from mockbot.cli.lines import drained, nonblocking
from mockbot.cli.log import coloured, configure_log
from mockbot.cli.malloc import return_large
from mockbot.cli.origins import described, doubts, origin_behind
from mockbot.cli.output import say
from mockbot.cli.values import ORIGIN, TOKEN, VERSIONS, Duration, Flag, Whole
from mockbot.errors import UserError
from mockbot.settings import Settings
from mockbot.wording import printable

DEFAULT = Settings()
SHOW = "mockbot.show_config"


def _show(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.meta[SHOW] = value


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
    "--timeout",
    type=Duration("seconds", 0.1, 3600),
    default=DEFAULT.timeout,
    metavar="SECONDS",
    help="Limit for a document from a URL, from the connection to its last byte.",
)
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
    type=Duration("milliseconds", 0, 60_000),
    default=DEFAULT.pace_ms,
    metavar="MS",
    help="Time between two frames of a stream, such as 50 or 50ms.  [default: as AstrBot: 50 in 4.19.4, 0 in 4.29.3]",
)
@click.option("--seed", type=Whole(), default=DEFAULT.seed, help="The same seed and requests give the same ids.")
@click.option(
    "--strict-scripts", is_flag=True, type=Flag(), help="A chat that no script matches gets an error, not an echo."
)
@click.option("--ready-file", type=click.Path(path_type=Path), help="JSON file to write when the server is ready.")
@click.option(
    "--watch",
    is_flag=True,
    type=Flag(),
    help="Read document, fixture, scripts and behaviour again when their files change.",
)
@click.option("--log", type=click.Choice(["text", "json"]), default=DEFAULT.log, help="Format of the log on stderr.")
@click.option(
    "--verbose",
    "-v",
    is_flag=True,
    type=Flag(),
    help="Show the bodies of requests and responses in the log, shortened and with keys masked.",
)
@click.option(
    "--cors",
    type=ORIGIN,
    multiple=True,
    metavar="ORIGIN",
    help="Origin whose pages may call this server; repeatable.  [default: all in enforce, none in observe]",
)
@click.option(
    "--max-worlds",
    type=Whole(1),
    default=DEFAULT.max_worlds,
    help="Worlds besides the default one; when there are more, the least recently used is removed.",
)
@click.option(
    "--max-json",
    type=Whole(1, DEFAULT.max_body),
    default=DEFAULT.max_json,
    metavar="BYTES",
    help="Bytes of a JSON body or a form, at most the 134217728 of AstrBot; of 100000 values or 10000 fields.",
)
@click.option(
    "--control-token",
    type=TOKEN,
    default=DEFAULT.control_token,
    metavar="TOKEN",
    show_default=False,
    help="Token that clients of /__mockbot__ must send; without it, only this machine may call.",
)
@click.option(
    "--report",
    is_flag=True,
    type=Flag(),
    help="Print at the end what clients did wrong; exit status 1 if there is an error.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=read_config,
    help="File with settings.  [default: mockbot.toml, or pyproject.toml with the table [tool.mockbot], if it is here]",
)
@click.option(
    "--show-config",
    is_flag=True,
    expose_value=False,
    allow_from_autoenv=False,
    callback=_show,
    help="Print each setting and where it comes from, and exit.",
)
def serve(**options: Any) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP.

    Each option can also be set as MOCKBOT_<OPTION>, for example MOCKBOT_PORT or MOCKBOT_STRICT_SCRIPTS, and in a file:
    port = 7000, strict_scripts = true. An option takes precedence over a variable, and a variable over a file.
    """
    settings = settings_from(**options)
    log = nonblocking(sys.stderr)
    configure_log(log, settings.log, colour=coloured(sys.stderr, os.environ))
    context = click.get_current_context()
    for warning in doubts(context, os.environ):
        logging.getLogger("mockbot").warning(warning)
    if context.meta[SHOW]:
        say(described(context))
        return
    if (file := config_file(context)) is not None:
        logging.getLogger("mockbot").info("settings are read from %s", file.name)
    try:
        _serve(settings, log)
    except UserError as error:
        message = _with_version(str(error), settings.fixture)
        raise UserError(f"{origin_behind(context, str(error))}{message}") from None
    except KeyboardInterrupt:
        say("mockbot: stopped", err=True)


def _with_version(message: str, fixture: str) -> str:
    """Return a message; if it says that there is no such fixture, the version that has it instead."""
    from mockbot.astrbot import versions

    if not message.startswith(f"{fixture}: no such fixture"):
        return message
    version = next((each for each in VERSIONS if fixture in versions.blueprint(each).fixtures), None)
    return message if version is None else f"{fixture}: no such fixture; it is one of --astrbot {version}"


def settings_from(pace: float | None, cors: tuple[str, ...], **options: Any) -> Settings:
    """Return the settings for the values of all options."""
    return Settings(pace_ms=pace, cors=cors or None, **options)


def _serve(settings: Settings, log: TextIO) -> None:
    """Serve until stopped. The ready file and the port are checked before anything slow is imported."""
    from mockbot.server.listen import is_everywhere, listen
    from mockbot.server.ready_file import ReadyFile
    from mockbot.server.signals import interrupt_on_signals, stop_on_signals

    interrupt_on_signals()
    with ExitStack() as stack:
        ready_file = stack.enter_context(ReadyFile(settings.ready_file)) if settings.ready_file else None
        listener = stack.enter_context(listen(settings.host, settings.port))
        if ready_file:
            ready_file.claim()

        with patience(settings.spec, log), uncollected():
            from mockbot.app import create_app
            from mockbot.journal.log import LOGS
            from mockbot.server.server import Server

            app = create_app(
                settings,
                log=LOGS[settings.log](log, colour=coloured(sys.stderr, os.environ), bodies=settings.verbose),
            )
        if settings.stateful:
            _log_collections(app.collections)

        def ready() -> None:
            say(greeting(server.base_url, app.key, app.profile, everywhere=is_everywhere(listener)))
            if ready_file:
                ready_file.write(server.base_url, app.key)

        garbage = Garbage()
        app.serving.replacing = garbage.replacing
        server = Server(
            app, listener, ready, watched=app.serving if settings.watch else None, each_second=garbage.each_second
        )
        app.serving.stop = server.stop
        stop_on_signals(server.stop)
        sys.setswitchinterval(SWITCH)
        return_large()
        garbage.begin()
        with drained(log):
            server.run()
        garbage.end()
    if settings.report:
        report = app.report()
        say(report.as_text())
        sys.exit(1 if report.failed else 0)


SWITCH = 0.001
"""Seconds after which a thread that validates a large body lets the others run; Python's own are five times as many."""
PATIENCE = 2.0
"""Seconds of reading a document after which a line on a terminal says what is happening."""


@contextmanager
def patience(spec: str | None, stream: TextIO) -> Iterator[None]:
    """Write a line to a terminal if reading the document `spec` takes long."""
    if spec is None or not sys.stderr.isatty():
        yield
        return
    timer = threading.Timer(PATIENCE, lambda: stream.write(f"mockbot: reading {printable(str(spec))} ...\n"))
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
