"""The operations of the control API, from its OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from docs.generate.markdown import code, page, plain, table
from docs.generate.schemas import HEAD, kind, text

METHODS = ("get", "put", "post", "delete")


def document() -> dict[str, Any]:
    """Return the OpenAPI document of the control API."""
    found: dict[str, Any] = yaml.safe_load(text("control.openapi.yaml"))
    return found


def operations(api: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield method, path and definition of each operation."""
    for path, item in api["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def control_api() -> str:
    """Return the page on the control API."""
    api = document()
    parts = [plain(api["info"]["description"])]
    parts.append("[Control worlds](../how-to/control-worlds.md) shows the API at work.")
    for tag in api["tags"]:
        found = [each for each in operations(api) if each[2]["tags"] == [tag["name"]]]
        parts += [f"## {tag['name'].capitalize()}", tag["description"] + "."]
        parts.append(
            table(
                ("operation", "meaning"), ([code(f"{method} {path}"), _summary(each)] for method, path, each in found)
            )
        )
        for method, path, each in found:
            parts += _details(api, method, path, each)
    parts.append("## Schemas")
    for name, schema in api["components"]["schemas"].items():
        if values := table(HEAD, _rows(api, schema)):
            parts += [f"### {name}", values]
    return page("Control API", *parts)


def _details(api: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the details of an operation: description, query parameters and body."""
    query = [
        (code(each["name"]), _kind(api, each["schema"]), each.get("description", ""))
        for each in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if not (query or body or operation.get("description")):
        return
    yield f"### {code(f'{method} {path}')}"
    yield plain(operation.get("description", ""))
    yield table(("query parameter", *HEAD[1:]), query)
    if body is not None:
        name = str(body.get("$ref", "")).rpartition("/")[2]
        what = "a list" if body.get("type") == "array" else code(name) or "an object"
        yield f"The body is {what}. {plain(body.get('description', ''))}"
        yield table(HEAD, _rows(api, body))


def _rows(api: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, given in _resolved(api, schema).get("properties", {}).items():
        required = " Required." if name in schema.get("required", ()) and "additionalProperties" in schema else ""
        meaning = " ".join(str(given.get("description", "")).split())
        meaning = f"{meaning}{'.' if meaning and meaning[-1] not in '.:' else ''}"
        yield code(name), _kind(api, given), meaning + required


def _kind(api: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    resolved = _resolved(api, schema)
    return kind(schema) if resolved.get("type") == "object" or resolved is schema else kind(resolved)


def _resolved(api: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = api["components"]["schemas"][str(schema["$ref"]).rpartition("/")[2]]
    return found


def _summary(operation: Mapping[str, Any]) -> str:
    return f"{operation['summary']}."
