"""`mockbot init`: a folder with a fixture, scripts and settings to start from.

The schemas are copied into the folder, not referred to where mockbot is installed: so the files mean the same on every
machine that has the folder, in every editor, and without a network.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import click

from mockbot import resources
from mockbot.cli.output import say
from mockbot.cli.schema import text_of
from mockbot.errors import UserError

TEMPLATE = resources.PACKAGE / "cli" / "project"
SCHEMAS = ("fixture", "script", "config")
"""The schemas that the files name in their first lines."""


@click.command()
@click.argument("dir", type=click.Path(path_type=Path))
def init(dir: Path) -> None:
    """Write a fixture, scripts and mockbot.toml into the folder DIR.

    Nothing is written if one of the files is already there.
    """
    for path in write(dir, contents()):
        say(path)
    here = dir.resolve() == Path.cwd()
    say(f"try: {'' if here else f'cd {shlex.quote(str(dir))} && '}mockbot serve")


def contents() -> Mapping[Path, str]:
    """Return the text of each file, by its path in the folder."""
    files = sorted(path for path in TEMPLATE.rglob("*") if path.is_file())
    texts = {path.relative_to(TEMPLATE): path.read_text(encoding="utf-8") for path in files}
    return texts | {Path(".mockbot") / f"{name}.schema.json": text_of(name) for name in SCHEMAS}


def write(directory: Path, texts: Mapping[Path, str]) -> list[Path]:
    """Write the files into a folder and return their paths; if one is there, raise UserError and write none."""
    paths = [directory / path for path in texts]
    if there := [path for path in paths if os.path.lexists(path)]:
        raise UserError("\n".join(f"{path}: is already there; nothing was written" for path in there))
    written: list[Path] = []
    try:
        for path, text in zip(paths, texts.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise UserError(f"{error.filename or directory}: cannot be written: {error.strerror}") from None
    return written
