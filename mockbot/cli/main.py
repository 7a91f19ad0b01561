"""The command line: all commands, and errors in one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from mockbot import __version__
from mockbot.cli.output import say
from mockbot.cli.values import NO_ANSWER
from mockbot.errors import NoAnswer, UserError
from mockbot.wording import closest

COMMANDS = ("serve", "init", "schema", "record", "check", "replay", "compare", "diff", "fuzz", "health", "reload")
"""The commands, each in the module of its name."""


class Commands(Mapping[str, click.Command]):
    """The commands by their names; each is imported when it is asked for."""

    def __getitem__(self, name: str) -> click.Command:
        if name not in COMMANDS:
            raise KeyError(name)
        command: click.Command = getattr(import_module(f"mockbot.cli.{name}"), name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


LAZY: Any = Commands()
"""click wants a mapping that it could change, and does not change it."""


@click.group(commands=LAZY, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def mockbot() -> None:
    """A stand-in for AstrBot's Open API."""


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
    message = error.format_message().replace("\n\t", " ")
    if not (isinstance(error, click.BadParameter) and error.ctx and error.param and error.param.name):
        return message
    if isinstance(error.param.type, click.Choice) and (value := re.match(r".*'([^']{1,60})' is not one of", message)):
        meant = closest(value[1], [str(each) for each in error.param.type.choices])
        message += f" Did you mean {meant!r}?" if meant else ""
    name = error.param.name
    from_environment = error.ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT
    return f"{error.param.envvar or f'MOCKBOT_{name.upper()}'}: {message}" if from_environment else message


def _fail(message: str, status: int = 2) -> NoReturn:
    say(f"mockbot: {message}", err=True)
    sys.exit(status)
