"""Tables of the fields in a JSON Schema, for all formats of mockbot's files."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docs.generate.markdown import code, page, table
from mockbot import resources
from mockbot.fault.catalogue import CATALOGUE

Schema = Mapping[str, Any]
HEAD = ("field", "type", "meaning")


def text(name: str) -> str:
    """Return the text of a shipped format."""
    return resources.formats(name).read_text("utf-8")


def read(name: str) -> dict[str, Any]:
    """Return a shipped schema."""
    schema: dict[str, Any] = json.loads(text(name))
    return schema


def schema_page(title: str, name: str, intro: str, headings: Mapping[str, str]) -> str:
    """Return the page on a format: its top level, then each definition that `headings` gives a title to."""
    schema = read(name)
    parts = [intro, schema.get("description", ""), table(HEAD, rows(schema, schema))]
    for definition, heading in headings.items():
        part = schema["$defs"][definition]
        values = table(HEAD, rows(schema, part)) or table(("name", "values"), names(part))
        parts += [f"## {heading}", part.get("description", "" if values else f"Type: {kind(part)}."), values]
    return page(title, *parts)


def rows(root: Schema, schema: Schema, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield a row for each property, and for those of objects inside it, whose names are written as a path."""
    for name, given in schema.get("properties", {}).items():
        wanted = name in schema.get("required", ())
        yield code(prefix + name), kind(given), about(root, given) + (" Required." if wanted else "")
        yield from rows(root, given, f"{prefix}{name}.")
        if isinstance(given.get("items"), dict):
            yield from rows(root, given["items"], f"{prefix}{name}[].")
        others = given.get("additionalProperties")
        for each in others.get("anyOf", [others]) if isinstance(others, dict) else []:
            yield from rows(root, each, f"{prefix}{name}.NAME.")


def names(definition: Schema) -> Iterator[tuple[str, str]]:
    """Yield a row for each schema in a definition that is a list of named ones."""
    if all(isinstance(given, dict) for given in definition.values()):
        for name, given in definition.items():
            yield code(name), kind(given) + (f" that matches {code(given['pattern'])}" if "pattern" in given else "")


def kind(schema: Schema) -> str:
    """Return a short description of the values that a schema allows."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return ", ".join(code(json.dumps(value) if value is None else str(value)) for value in schema["enum"])
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return " or ".join(kind(each) for each in schema[either])
    types = schema.get("type", "any")
    words = " or ".join(types) if isinstance(types, list) else str(types)
    items = schema.get("items")
    if words == "array" and isinstance(items, dict) and (items.get("type") or "$ref" in items or "enum" in items):
        words = f"array of {kind(items)}"
    others = schema.get("additionalProperties")
    if words == "object" and isinstance(others, dict):
        words = f"object with values of type {kind(others)}"
    return words + _bounds(schema)


def about(root: Schema, schema: Schema) -> str:
    """Return the description of a schema, or else that of what it refers to, with its default."""
    meaning = schema.get("description", "")
    if not meaning and "$ref" in schema:
        meaning = root["$defs"][str(schema["$ref"]).rpartition("/")[2]].get("description", "")
    meaning = " ".join(str(meaning).split())
    if meaning and meaning[-1] not in ".:!":
        meaning += "."
    return f"{meaning} Default: {code(json.dumps(schema['default']))}.".strip() if "default" in schema else meaning


def _bounds(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f", {least:g} to {most:g}" if most < 10**6 else f", {least} to {most}"
    if least is not None:
        return f", at least {least}"
    return f", above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""


def faults() -> str:
    """Return the page on all faults and their parameters."""
    schema = read("fault.schema.json")
    names = schema["$defs"]
    parts = [
        "A fault has these parameters wherever it is named: in the control API, in a script, in `mockbot.faults.arm`. "
        "The name alone takes the defaults. [Inject faults](../how-to/inject-faults.md) shows how to arm one.",
        table(("fault", "effect"), ([f"[`{name}`](#{name})", schema["$defs"][name]["description"]] for name in names)),
    ]
    for name in names:
        definition = schema["$defs"][name]
        given = {key: value for key, value in definition["properties"].items() if key != "name"}
        parts += [
            f"## {name}",
            f"{definition['description']}\n\nRule: {CATALOGUE[name].rule}.",
            table(("parameter", *HEAD[1:]), rows(schema, {"properties": given})),
        ]
    return page("Faults", *parts)
