"""A large OpenAPI document with combinations of the features of real documents; it is the same at each call."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

REF = "#/components/schemas/"
METHODS = ("get", "post", "put", "patch", "delete")
FORMATS = [
    *("date-time", "date", "time", "uuid", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference"),
    *("json-pointer", "regex", "byte", "password", "duration"),
]
PATTERNS = (
    r"^[A-Z]{2}-\d{4,}$",
    r"^v\d+\.\d+\.\d+$",
    r"[0-9a-f]{8}",
    r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$",
    r"^/(a|b)/\w+$",
)


def schemas(nullable: Any) -> dict[str, Any]:
    """Return the components; `nullable` returns a schema that also allows null, in the form of the OpenAPI version."""
    animals = ("Cat", "Dog", "Bird")
    base = {
        "type": "object",
        "required": ["kind", "name"],
        "properties": {"kind": {"type": "string"}, "name": {"type": "string", "minLength": 1, "maxLength": 40}},
        "discriminator": {"propertyName": "kind"},
    }
    result: dict[str, Any] = {
        "Animal": base,
        "AnyAnimal": {
            "oneOf": [{"$ref": REF + name} for name in animals],
            "discriminator": {"propertyName": "kind", "mapping": {name.lower(): REF + name for name in animals}},
        },
        "Tree": {
            "type": "object",
            "required": ["value", "children"],
            "properties": {
                "value": {"type": "integer", "format": "int64"},
                "children": {"type": "array", "items": {"$ref": REF + "Tree"}},
                "parent": {"$ref": REF + "Tree"},
            },
        },
        "Chain": {
            "type": "object",
            "required": ["next"],
            "properties": {"next": {"anyOf": [{"$ref": REF + "Chain"}, {"$ref": REF + "End"}]}},
        },
        "End": {"type": "object", "required": ["end"], "properties": {"end": {"type": "boolean", "enum": [True]}}},
        "Page": {
            "type": "object",
            "required": ["page", "size", "total"],
            "properties": {
                "page": {"type": "integer", "minimum": 1},
                "size": {"type": "integer", "multipleOf": 5, "minimum": 6, "maximum": 100},
                "total": {"type": "number", "minimum": 0},
            },
        },
        "Colour": {"type": "string", "enum": ["red", "green", "blue"]},
        "Secret": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "format": "uuid", "readOnly": True},
                "token": {"type": "string", "writeOnly": True, "example": "never shown"},
            },
        },
    }
    for number, name in enumerate(animals):
        own = {"kind": {"type": "string", "enum": [name.lower()]}, "legs": {"type": "integer", "enum": [4 - number]}}
        result[name] = {
            "allOf": [{"$ref": REF + "Animal"}, {"type": "object", "required": ["legs"], "properties": own}]
        }
    for form in FORMATS:
        result[f"Format.{form}"] = {"type": "string", "format": form}
    for number, pattern in enumerate(PATTERNS):
        result[f"Pattern.{number}"] = {"type": "string", "pattern": pattern}
    for number in range(40):
        names = [*islice(cycle(sorted(result)), number, number + 8)]
        result[f"Record{number}"] = {
            "type": "object",
            "required": ["id", *(f"field{index}" for index in range(0, 8, 2)), "tags", "marks"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                **{f"field{index}": {"$ref": REF + name} for index, name in enumerate(names)},
                "tags": nullable({"type": "array", "items": nullable({"type": "string"}), "minItems": 1}),
                "marks": {
                    "type": "array",
                    "uniqueItems": True,
                    "minItems": 3,
                    "items": {"type": "string", "minLength": 2, "maxLength": 5},
                },
                "note": {"type": "string", "example": f"note {number}"},
                "extra": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": number % 3},
            },
        }
    return result


def big_document(version: str = "3.1.0", paths: int = 160) -> dict[str, Any]:
    """Return a document with `paths` paths, with one to three operations each."""

    def nullable(schema: dict[str, Any]) -> dict[str, Any]:
        if version.startswith("3.0"):
            return {**schema, "nullable": True}
        return {**schema, "type": [schema["type"], "null"]}

    components = schemas(nullable)
    names = [name for name in components if "." not in name]
    if version.startswith("3.0"):
        components["Page"]["properties"]["total"] |= {"exclusiveMinimum": True}
    else:
        components["Page"]["properties"]["total"] = {"type": "number", "exclusiveMinimum": 0}
    items = {f"{path}": _item(number, path, names) for number, path in enumerate(_paths(paths))}
    return {
        "openapi": version,
        "info": {"title": "A large API", "version": "5.0.0"},
        "security": [{"Key": []}],
        "paths": items,
        "components": {
            "schemas": components,
            "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}},
            "responses": {
                "NotFound": {
                    "description": "another API's own error",
                    "content": {"application/json": {"schema": {"type": "object", "required": ["code"]}}},
                }
            },
            "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}},
        },
    }


def _paths(count: int) -> Iterator[str]:
    for number in range(count):
        match number % 4:
            case 0:
                yield f"/api/v1/things{number}"
            case 1:
                yield f"/api/v1/things{number}/{{thing-id}}"
            case 2:
                yield f"/v2/things{number - 1}/{{id}}/parts/{{part}}"
            case _:
                yield f"/api/v1/things{number - 2}/fixed"


def _item(number: int, path: str, names: list[str]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in ("thing-id", "id")
        if f"{{{name}}}" in path
    ]
    if "{part}" in path:
        parameters.append({"name": "part", "in": "path", "required": True, "schema": {"type": "integer"}})
    item: dict[str, Any] = {"parameters": parameters} if parameters else {}
    for turn in range(1 + number % 3):
        method = METHODS[(number + turn) % len(METHODS)]
        item[method] = _operation(method, number, {"$ref": REF + names[(number + turn) % len(names)]})
    return item


def _operation(method: str, number: int, schema: dict[str, Any]) -> dict[str, Any]:
    shape = {
        "allOf": [
            {"$ref": REF + "Page"},
            {
                "type": "object",
                "required": ["items"],
                "properties": {"items": {"type": "array", "minItems": 1, "items": schema}},
            },
        ]
    }
    good: dict[str, Any] = {
        "description": "done",
        "content": {"application/json": {"schema": shape if number % 2 else schema}},
    }
    if number % 7 == 3:
        good["headers"] = {
            "X-Total": {"required": True, "schema": {"type": "integer", "minimum": 3}},
            "X-Hint": {"schema": {"type": "string"}},
        }
    if number % 11 == 5:
        good["content"] = {"text/plain": {"schema": {"type": "string", "minLength": 2}}}
    if number % 13 == 6:
        good["content"] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    if number % 17 == 7:
        good["content"] = {"text/event-stream": {"schema": schema}}
    if method == "delete":
        good.pop("content", None)
    status = {"post": "201", "delete": "204"}.get(method, "200")
    operation: dict[str, Any] = {"responses": {status: good, "404": {"$ref": "#/components/responses/NotFound"}}}
    if method == "get":
        operation["parameters"] = [{"$ref": "#/components/parameters/Limit"}]
    if method in ("post", "put", "patch"):
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF + "Page"}}},
        }
    return operation
