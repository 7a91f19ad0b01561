"""Documents with mistakes: which ones are served, with which warnings, and which are not."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.openapi import fetch
from mockbot.openapi.usable import Usable, usable

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
BODY: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}


def read(tmp_path: Path, text: str, **files: str) -> Usable:
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_text(content)
    (tmp_path / "api.yaml").write_text(text)
    return usable(fetch.read(str(tmp_path / "api.yaml")))


def of_schema(tmp_path: Path, schema: Any, **more: Any) -> tuple[Any, list[str]]:
    """Return what becomes of a schema, and the warnings about it without their places."""
    media = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "ok", "content": media}}
    document = {**BODY, "paths": {"/a": {"get": {"responses": responses}}}, **more}
    (tmp_path / "api.json").write_text(json.dumps(document))
    found = usable(fetch.read(str(tmp_path / "api.json")))
    path = found.document["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return path, [warning.partition(": ")[2].partition(": ")[2] for warning in found.warnings]


@pytest.mark.parametrize(
    ("written", "served", "warning"),
    [
        ({"required": ["a", "b", "a"]}, {"required": ["a", "b"]}, "'required' has \"a\" more than once"),
        ({"minimum": "1e-08"}, {"minimum": 1e-08}, "'minimum' must be a number, is \"1e-08\""),
        ({"maxLength": "5"}, {"maxLength": 5}, "'maxLength' must be a count, is \"5\""),
        ({"required": True}, {}, "'required' must be a list of names, is true; it is ignored"),
        ({"type": "file"}, {}, "'type' must be a type of JSON, is \"file\"; it is ignored"),
        ({"type": None}, {"type": "null"}, "'type' must be a type of JSON, is null"),
        ({"enum": None}, {}, "'enum' must be an array, is null; it is ignored"),
        ({"properties": []}, {}, "'properties' must be an object, is an empty array"),
        ({"allOf": {}}, {}, "'allOf' must be a list, is an object"),
        ({"pattern": 5}, {"pattern": "5"}, "'pattern' must be a string, is 5"),
        (
            {"minimum": 1, "exclusiveMinimum": True},
            {"exclusiveMinimum": 1},
            "'exclusiveMinimum' must be a number since",
        ),
        ({"type": "string", "nullable": True}, {"type": "string"}, "'nullable' means nothing since OpenAPI 3.1"),
        ({"items": [{"type": "string"}]}, {"prefixItems": [{"type": "string"}]}, "'items' must be a schema, is a list"),
        ({"properties": {"a": None}}, {"properties": {"a": {}}}, "must be a schema, is empty"),
        ({"$ref": 5}, {}, "'$ref' must be a string, is 5; it is ignored"),
        ({"not": 5}, {"not": {}}, "must be a schema, is 5; it is ignored"),
        ({"$ref": "#/components/schemas/A"}, {}, "$ref '#/components/schemas/A' leads to itself; it is ignored"),
    ],
)
def test_a_mistake_in_a_schema_is_a_warning(tmp_path: Path, written: Any, served: Any, warning: str) -> None:
    components = {"schemas": {"A": {"$ref": "#/components/schemas/A"}}}
    schema, warnings = of_schema(tmp_path, written, components=components)
    assert schema == served
    assert any(each.replace("'a'", '"a"').startswith(warning) for each in warnings), warnings


@pytest.mark.parametrize(
    "schema",
    [
        {"example": {"$ref": "#/nowhere"}, "x-notes": {"$ref": "../policies.yaml"}},
        {"default": {"$ref": "https://example.com/none"}, "enum": [{"$ref": "#/none"}], "unknown": 1},
        {"properties": {"$ref": {"type": "string"}, "required": {"type": "boolean"}, "nullable": {}}},
        {"type": ["string", "null"], "minimum": 0, "maxLength": 2.0, "additionalProperties": False, "not": False},
    ],
)
def test_what_is_right_has_no_warning(tmp_path: Path, schema: Any) -> None:
    assert of_schema(tmp_path, schema) == (schema, [])


def test_one_warning_a_kind_has_a_count_a_file_and_a_real_line(tmp_path: Path) -> None:
    text = HEAD + (
        "paths:\n  /a:\n    get:\n      responses:\n        '200':\n          content:\n            application/json:\n"
        "              schema:\n                $ref: thing.yaml\n"
    )
    thing = "type: object\nproperties:\n  id:\n    type: int\n  name:\n    type: text\n"
    found = read(tmp_path, text, thing=thing)
    assert sorted(found.warnings) == [
        f"{tmp_path}/api.yaml:8: /paths/~1a/get/responses/200: a response must have 'description'",
        f"{tmp_path}/thing.yaml:4: /properties/id/type: 'type' must be a type of JSON, is \"int\"; it is ignored "
        "(and 1 more of this kind)",
    ]
    with pytest.raises(UserError) as caught:
        usable(fetch.read(str(tmp_path / "api.yaml")), strict=True)
    assert sorted(str(caught.value).splitlines()) == sorted(found.warnings)


@pytest.mark.parametrize(
    ("part", "warning"),
    [
        ("paths: {/a: {get: {responses: {200: {}}}}}", ":3: /paths/~1a/get/responses/200: a response must have"),
        ("paths: {/a: {GET: {responses: {}}}}", ":3: /paths/~1a/GET: the method 'GET' must be in lower case"),
        (
            "paths: {/a: {gett: {responses: {}}}}",
            ":3: /paths/~1a/gett: 'gett' is no field of a path item; did you mean 'get'?",
        ),
        ("paths: {a: {}}", ":3: /paths/a: the path 'a' must begin with a slash"),
        ("paths: {/a: }", ":3: /paths/~1a: must be a path item, is empty"),
        ("paths: {/a: {get: {responses: {2xx: {description: d}}}}}", "a range of statuses is written '2XX'"),
        ("paths: {/a: {get: {responses: {ok: {description: d}}}}}", "'ok' is no status"),
        ("paths: {/a: {get: {parameters: [{name: q, in: query}]}}}", "a parameter must have 'schema' or 'content'"),
        ("paths: {/a: {get: {parameters: [{schema: {}}]}}}", "a parameter without 'name' and 'in' is ignored"),
        ("paths: {'/{a}': {get: {}}}", ":3: /paths/~1{a}/get: the path's parameter 'a' is not described"),
        (
            "paths: {/a: {get: {parameters: [{name: b, in: path, required: true, schema: {}}]}}}",
            ":3: /paths/~1a/get/parameters/0: the path has no {b}; the parameter is ignored",
        ),
        (
            "paths: {/a: {get: {operationId: x}, put: {operationId: x}}}",
            ":3: /paths/~1a/put/operationId: the operationId 'x' is also that of /paths/~1a/get",
        ),
        (
            "paths: {}\ncomponents: {schemas: {A: {$ref: '#/none'}}}",
            ":4: /components/schemas/A/$ref: $ref '#/none' leads",
        ),
        ("paths: {}\ncomponents: {schemas: {A: {$ref: 'https://x/y'}}}", "only files beside the document are read"),
        ("paths: {}\ncomponents: {$ref: '#'}", "'openapi' is no field of the components"),
        ("paths: {}\ntags: {}\nextra: 1", ":5: /extra: 'extra' is no field of a document"),
    ],
)
def test_a_mistake_that_does_not_matter_is_a_warning(tmp_path: Path, part: str, warning: str) -> None:
    found = read(tmp_path, HEAD + part)
    assert any(warning in each for each in found.warnings), found.warnings


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("paths: []", ":3: /paths: must be an object"),
        ("paths:\n  /a: 5", ":4: /paths/~1a: must be a path item, is 5"),
        ("paths:\n  /a:\n    get: [1]", ":5: /paths/~1a/get: must be an operation, is an array; describe"),
        (
            "paths: {/a: {get: {requestBody: {$ref: '#/components/requestBodies/B'}}}}",
            ":3: /paths/~1a/get/requestBody/$ref: $ref '#/components/requestBodies/B' leads nowhere: there is nothing; "
            "correct it, or add what it names",
        ),
        ("paths: {/a: {get: {requestBody: {$ref: none.yaml}}}}", "leads nowhere: .*none.yaml.* cannot be read"),
        ("paths: {/a: {get: {requestBody: {$ref: '#/info/title'}}}}", 'leads to "t", not to a request body'),
    ],
)
def test_what_makes_serving_impossible_is_an_error(tmp_path: Path, part: str, message: str) -> None:
    with pytest.raises(UserError, match=message.replace("$", r"\$").replace("{", r"\{")) as caught:
        read(tmp_path, HEAD + part)
    assert str(caught.value).startswith(str(tmp_path))


def test_an_old_parameter_gets_a_schema(tmp_path: Path) -> None:
    found = read(
        tmp_path, HEAD + "paths: {/a: {get: {parameters: [{name: q, in: query, type: integer, format: int64}]}}}"
    )
    (parameter,) = found.document["paths"]["/a"]["get"]["parameters"]
    assert parameter["schema"] == {"type": "integer", "format": "int64"}


def test_references_where_openapi_has_none_are_followed(tmp_path: Path) -> None:
    parts = "get: {responses: {200: {description: ok}}}\nall: {A: {type: string}}\nproperties: {b: {type: int}}\n"
    text = (
        "paths: {/a: {get: {$ref: 'parts.yaml#/get', operationId: x}}}\n"
        "components: {schemas: {$ref: 'parts.yaml#/all'}}\nx-a: {properties: {$ref: 'parts.yaml#/properties'}}\n"
    )
    document = read(tmp_path, HEAD + text, parts=parts).document
    assert document["paths"]["/a"]["get"] == {"responses": {"200": {"description": "ok"}}, "operationId": "x"}
    assert document["components"]["schemas"] == {"A": {"type": "string"}}


def test_files_may_refer_to_each_other_in_a_circle(tmp_path: Path) -> None:
    text = HEAD + "paths: {/a: {get: {requestBody: {content: {a/b: {schema: {$ref: 'one.yaml#/One'}}}}}}}"
    found = read(
        tmp_path,
        text,
        one="One: {properties: {two: {$ref: 'two.yaml#/Two'}, self: {$ref: '#/One'}}}",
        two="Two: {properties: {one: {$ref: 'one.yaml#/One'}, all: {$ref: 'api.yaml#/paths'}}}",
    )
    assert found.document["x-mockbot-files"]["one.yaml"]["One"]["properties"] == {
        "two": {"$ref": "#/x-mockbot-files/two.yaml/Two"},
        "self": {"$ref": "#/x-mockbot-files/one.yaml/One"},
    }


def test_hundreds_of_files_in_a_chain_are_read(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"{number}.yaml").write_text(f"properties: {{next: {{$ref: '{number + 1}.yaml'}}}}")
    (tmp_path / "1500.yaml").write_text("type: string")
    text = HEAD + "paths: {/a: {get: {requestBody: {content: {a/b: {schema: {$ref: 0.yaml}}}}}}}"
    assert len(read(tmp_path, text).document["x-mockbot-files"]) == 1501


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("#named", "/components/schemas/Inner"),
        ("#/$defs/c", "/components/schemas/Own/$defs/c"),
        ("own.json#/$defs/c", "/components/schemas/Own/$defs/c"),
        ("#/components/schemas/Inner", "/components/schemas/Inner"),
        ("https://example.com/own.json", "/components/schemas/Own"),
    ],
)
def test_identifiers_of_schemas_are_resolved(tmp_path: Path, reference: str, target: str) -> None:
    own = {"$id": "https://example.com/own.json", "$defs": {"c": {"type": "null"}}, "not": {"$ref": reference}}
    inner = {"$anchor": "named", "type": "string"}
    if reference == "#named":
        own["$defs"] = {"c": inner}
        target = "/components/schemas/Own/$defs/c"
    schemas = {"Own": own, "Inner": {"$anchor": "other"} if reference == "#named" else inner}
    _, warnings = of_schema(tmp_path, {"$ref": "#/components/schemas/Own"}, components={"schemas": schemas})
    found = usable(fetch.read(str(tmp_path / "api.json"))).document["components"]["schemas"]["Own"]
    assert found["not"] == {"$ref": f"#{target}"}
    assert (warnings, "$id" in found) == ([], False)


def test_definitions_of_a_schema_around_a_reference_are_found(tmp_path: Path) -> None:
    schema = {
        "$defs": {"A": {"type": "integer"}, "B": {"items": {"$ref": "#/$defs/A"}}},
        "oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/Other"}],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/$defs/A"}},
        "default": {"$ref": "#/$defs/A"},
    }
    found, warnings = of_schema(tmp_path, schema, **{"$defs": {"Other": {"type": "string"}}})
    place = "#/paths/~1a/get/responses/200/content/application~1json/schema/$defs/A"
    assert found["oneOf"] == [{"$ref": place}, {"$ref": "#/$defs/Other"}]
    assert found["$defs"]["B"] == {"items": {"$ref": place}}
    assert found["discriminator"]["mapping"] == {"a": place}
    assert found["default"] == {"$ref": "#/$defs/A"}
    assert [warning for warning in warnings if "leads nowhere" in warning] == []


def test_a_schema_that_is_missing_is_replaced_by_one_that_everything_fits(tmp_path: Path) -> None:
    found, warnings = of_schema(tmp_path, {"$ref": "#/components/schemas/Gone"})
    assert (found, warnings) == (
        {},
        ["$ref '#/components/schemas/Gone' leads nowhere: there is nothing; every value fits in its place"],
    )


def test_references_into_unknown_parts_of_a_document_are_followed(tmp_path: Path) -> None:
    found, warnings = of_schema(tmp_path, {"$ref": "#/schemas/Pet"}, schemas={"Pet": {"type": "string"}})
    assert (found, warnings) == ({"$ref": "#/schemas/Pet"}, ["'schemas' is no field of a document"])


def test_anchors_in_other_files_are_found(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b.yaml").write_text("$defs: {é: {$anchor: named, type: integer}}\nnot: {$ref: 'c.yaml#other'}\n")
    (tmp_path / "sub/c.yaml").write_text("items: {$anchor: other}\nnot: {$ref: '../api.json#root'}\n")
    found, warnings = of_schema(
        tmp_path, {"$ref": "sub/b.yaml#named"}, components={"schemas": {"Root": {"$anchor": "root", "type": "null"}}}
    )
    assert warnings == []
    assert found == {"$ref": "#/x-mockbot-files/sub~1b.yaml/$defs/%C3%A9"}
    files = usable(fetch.read(str(tmp_path / "api.json"))).document["x-mockbot-files"]
    assert files["sub/b.yaml"]["not"] == {"$ref": "#/x-mockbot-files/sub~1c.yaml/items"}
    assert files["sub/c.yaml"]["not"] == {"$ref": "#/components/schemas/Root"}


def test_openapi_3_2_is_read(tmp_path: Path) -> None:
    text = (
        "openapi: 3.2.0\n$self: https://example.com/api.yaml\ninfo: {title: t, version: '1'}\n"
        "tags: [{name: a, parent: b, kind: nav}]\n"
        "paths:\n  /a:\n    query: {responses: {200: {description: ok, content: {application/jsonl: {itemSchema: "
        "{$ref: 'https://example.com/api.yaml#/components/schemas/A'}}}}}}\n"
        "    additionalOperations: {COPY: {responses: {204: {description: ok}}}}\n"
        "components: {schemas: {A: {type: string}}}\n"
    )
    found = read(tmp_path, text)
    item = found.document["paths"]["/a"]
    assert found.warnings == ()
    assert item["copy"] == {"responses": {"204": {"description": "ok"}}}
    assert item["query"]["responses"]["200"]["content"] == {
        "application/jsonl": {"itemSchema": {"$ref": "#/components/schemas/A"}}
    }


def test_a_security_scheme_that_is_not_described_is_warned_about(tmp_path: Path) -> None:
    _, warnings = of_schema(tmp_path, {}, security=[{}, {"gone": []}])
    assert warnings == ["'security' names 'gone', which is no security scheme; nothing is asked for it"]
