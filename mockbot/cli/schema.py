"""`mockbot schema`: the JSON Schemas of the files that people write."""

from __future__ import annotations

import click

from mockbot import resources
from mockbot.cli.output import say
from mockbot.errors import UserError
from mockbot.wording import near

NAMES = ("fixture", "script", "fault", "behaviour", "exchange", "config")


@click.command()
@click.argument("name")
def schema(name: str) -> None:
    """Print a JSON Schema.

    NAME is fixture, script, fault, behaviour, exchange or config (mockbot.toml).

    Editors read it from a file: save it as NAME.schema.json. That of behaviour refers to those of script and fault in
    the same folder.
    """
    say(text_of(name), nl=False)


def text_of(name: str) -> str:
    """Return the text of a schema; raise UserError if there is none of that name."""
    if name not in NAMES:
        raise UserError(f"there is no schema `{name}`; {near(name, NAMES)}")
    return resources.formats(f"{name}.schema.json").read_text(encoding="utf-8")
