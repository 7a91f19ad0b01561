"""The command line: all commands, and errors in one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click
from click.core import ParameterSource

from mockbot import __version__
from mockbot.cli.check import check
from mockbot.cli.compare import compare
from mockbot.cli.diff import diff
from mockbot.cli.fuzz import fuzz
from mockbot.cli.health import health
from mockbot.cli.init import init
from mockbot.cli.output import say
from mockbot.cli.record import record
from mockbot.cli.reload import reload
from mockbot.cli.replay import replay
from mockbot.cli.schema import schema
from mockbot.cli.serve import serve
from mockbot.cli.values import NO_ANSWER
from mockbot.errors import NoAnswer, UserError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def mockbot() -> None:
    """A stand-in for AstrBot's Open API."""


for command in (serve, init, schema, record, check, replay, compare, diff, fuzz, health, reload):
    mockbot.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command; for a mistake, print one line on stderr and exit with 2, or with 3 if no server answers."""
    try:
        sys.exit(mockbot.main(arguments, prog_name="mockbot", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _fail(_message(error))
    except NoAnswer as error:
        _fail(str(error), NO_ANSWER)
    except UserError as error:
        _fail(str(error))
    except click.Abort:
        sys.exit(130)


def _message(error: click.ClickException) -> str:
    """Return click's message, with the name of the environment variable if the value comes from one."""
    message = error.format_message()
    if not (isinstance(error, click.BadParameter) and error.ctx and error.param and error.param.name):
        return message
    name = error.param.name
    from_environment = error.ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT
    return f"{error.param.envvar or f'MOCKBOT_{name.upper()}'}: {message}" if from_environment else message


def _fail(message: str, status: int = 2) -> NoReturn:
    say(f"mockbot: {message}", err=True)
    sys.exit(status)
