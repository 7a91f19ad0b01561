"""Values like a schema: what a recorded exchange says of values that differ from one AstrBot to another."""

from __future__ import annotations

import json
from functools import cache
from typing import cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from mockbot import resources
from mockbot.contract.explanation import evidence
from mockbot.jsontext import JSON


def unlike(value: JSON, schema: JSON) -> str | None:
    """Say what keeps `value` from fitting a schema, or the schema of that name; None when it fits."""
    found = next(evidence(_validator(json.dumps(schema)).iter_errors(value), "it"), None)
    return found.message if found else None


def unusable(schema: JSON) -> str | None:
    """Say why something is no schema, nor the name of one; None when it is."""
    if isinstance(schema, str):
        return None if schema in _named() else f"`{schema}` is not one of {', '.join(_named())}"
    if not isinstance(schema, bool | dict):
        return "not a JSON Schema: it must be an object"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"not a JSON Schema: {error.message}"
    return None


@cache
def _validator(written: str) -> Draft202012Validator:
    schema = json.loads(written)
    known = _named()[schema] if isinstance(schema, str) else schema
    return Draft202012Validator(known, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def _named() -> dict[str, dict[str, JSON]]:
    contents = json.loads(resources.formats("exchange.schema.json").read_bytes())
    return cast(dict[str, dict[str, JSON]], contents["$defs"]["like"])
