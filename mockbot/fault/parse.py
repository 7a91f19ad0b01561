"""Parses faults in files, scripts and requests to the control API, and builds the schema of their form."""

from __future__ import annotations

from mockbot.errors import UserError
from mockbot.fault.catalogue import CATALOGUE
from mockbot.fault.fault import Fault
from mockbot.fault.parameters import build, parameters
from mockbot.jsontext import JSON
from mockbot.wording import near


def parse_fault(value: JSON, *, midstream: bool = False) -> Fault:
    """Return the fault that `"cut"` or `{"name": "cut", "after": 2}` means.

    Raise UserError with a line for each mistake. With `midstream`, also reject faults that cannot be used after a
    response has begun.
    """
    values: dict[str, JSON] = {"name": value} if isinstance(value, str) else value if isinstance(value, dict) else {}
    name = values.get("name")
    if not isinstance(name, str):
        raise UserError('a fault is a name such as "cut", or an object with its name: {"name": "cut", "after": 2}')
    if name not in CATALOGUE:
        raise UserError(f"there is no fault `{name[:60]}`; {near(name, CATALOGUE)}")
    fault = CATALOGUE[name]
    if midstream and not fault.midstream:
        usable = ", ".join(each.name for each in CATALOGUE.values() if each.midstream)
        raise UserError(
            f"fault `{name}` cannot be used in the middle of a stream, because the head is already sent; use {usable}"
        )
    return build(fault, {key: item for key, item in values.items() if key != "name"})


def schema() -> dict[str, JSON]:
    """Return the JSON Schema of the values that `parse_fault` accepts: contracts/formats/fault.schema.json."""
    bare = [fault.name for fault in CATALOGUE.values() if not any(each.required for each in parameters(fault))]
    forms: list[JSON] = [{"$ref": f"#/$defs/{name}"} for name in CATALOGUE]
    names: JSON = {"enum": list(bare), "description": "A fault by its name, with its defaults."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "fault.schema.json",
        "title": "A fault of mockbot",
        "oneOf": [names, *forms],
        "$defs": {fault.name: _schema(fault) for fault in CATALOGUE.values()},
    }


def _schema(fault: type[Fault]) -> dict[str, JSON]:
    known = parameters(fault)
    properties: dict[str, JSON] = {each.name: each.schema() for each in known}
    return {
        "description": _first_line(fault),
        "type": "object",
        "properties": {"name": {"const": fault.name}, **properties},
        "required": ["name", *(each.name for each in known if each.required)],
        "additionalProperties": False,
    }


def _first_line(fault: type[Fault]) -> str:
    return (fault.__doc__ or "").partition("\n")[0]
