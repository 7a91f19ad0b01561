"""Validation of the files that people write against the schemas in contracts/formats/ (JSON Schema 2020-12)."""

from __future__ import annotations

import json
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from mockbot import resources
from mockbot.contract.explanation import evidence
from mockbot.errors import UserError
from mockbot.source import Source


def check(source: Source, schema: str) -> None:
    """Validate a file against the format `schema`, a file in contracts/formats/ whose `$ref`s lead to its neighbours.

    UserError with up to ten mistakes, one a line: `file:line: /pointer: sentence`.
    """
    faults = list(islice(evidence(_validator(schema).iter_errors(source.value), "the file"), 11))
    lines = [f"{source.place(each.at)}: {each.at or '/'}: {each.message}" for each in faults[:10]]
    if len(faults) > 10:
        lines.append(f"{source.name}: and more")
    if lines:
        raise UserError("\n".join(lines))


@cache
def _validator(schema: str) -> Draft202012Validator:
    name = f"{schema}.schema.json"
    registry: Registry[Any] = Registry(retrieve=_neighbour)  # type: ignore[call-arg]  # attrs field that mypy cannot see
    return Draft202012Validator({"$ref": name}, registry=registry)


def _neighbour(uri: str) -> Resource[Any]:
    contents = json.loads(resources.formats(uri.rpartition("/")[2]).read_bytes())
    return Resource.from_contents(contents, default_specification=DRAFT202012)
