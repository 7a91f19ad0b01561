"""Validation of the files that people write against the schemas in contracts/formats/ (JSON Schema 2020-12)."""

from __future__ import annotations

import json
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockbot import resources
from mockbot.errors import UserError
from mockbot.jsontext import JSON
from mockbot.source import Source
from mockbot.wording import near

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from referencing import Resource

FORMATS = resources.contracts("formats")
SUFFIX = ".schema.json"


def check(source: Source, schema: str, folder: Path = FORMATS) -> None:
    """Validate a file against a schema in `folder`, whose `$ref`s may name other schemas there.

    A file that is known to fit is not validated again. Raise UserError with up to ten mistakes, one in each line:
    `file:line: /pointer: sentence`.
    """
    if source.format == schema and folder is FORMATS:
        return
    from mockbot.contract.explanation import evidence

    mistakes = list(islice(evidence(_validator(schema, folder).iter_errors(source.value), "the file"), 11))
    lines = [f"{source.place(each.at)}: {each.at or '/'}: {each.message}" for each in mistakes[:10]]
    if len(mistakes) > 10:
        lines.append(f"{source.name}: there are more mistakes")
    if lines:
        raise UserError("\n".join(lines))


def schema(name: str, folder: Path = FORMATS) -> dict[str, JSON]:
    """Return the schema of a format; raise UserError if there is none with that name."""
    names = {path.name.removesuffix(SUFFIX) for path in folder.iterdir() if path.name.endswith(SUFFIX)}
    if name not in names:
        raise UserError(f"{name}: there is no such format; {near(name, sorted(names))}")
    found: dict[str, JSON] = json.loads((folder / f"{name}{SUFFIX}").read_bytes())
    return found


@cache
def _validator(schema: str, folder: Path) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    def retrieve(uri: str) -> Resource[Any]:
        contents = json.loads((folder / uri.rpartition("/")[2]).read_bytes())
        return Resource.from_contents(contents, default_specification=DRAFT202012)

    name = f"{schema}{SUFFIX}"
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # attrs field that mypy cannot see
    return Draft202012Validator({"$ref": name}, registry=registry)
