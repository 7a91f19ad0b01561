"""Parameters in the styles of OpenAPI: the table of the specification (3.1, 4.8.12.4), a row a cell, and what is near.

That a value is read right is seen by a schema with that value as its only one.
"""

from time import process_time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockbot.contract.wire.casting import Caster, Raw
from mockbot.contract.wire.shapes import Shapes
from tests.contract.small import Small, parameter, places

ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}
STRINGS = {"type": "array", "items": {"type": "string"}}
INTEGERS = {"type": "array", "items": {"type": "integer"}}
COLORS = {"type": "object", "properties": {key: {"type": "integer"} for key in "RGB"}}
STRING, INTEGER, NUMBER, BOOLEAN = ({"type": name} for name in ("string", "integer", "number", "boolean"))
OTHER = {"string": "other", "array": ["other"], "object": {"R": 1}}

TABLE: list[tuple[str, bool, str, dict[str, Any], Any, str]] = [
    # style, explode, in, schema, value, as it is sent
    ("simple", False, "path", STRING, "blue", "blue"),
    ("simple", False, "path", STRINGS, ARRAY, "blue,black,brown"),
    ("simple", False, "path", COLORS, OBJECT, "R,100,G,200,B,150"),
    ("simple", True, "path", STRING, "blue", "blue"),
    ("simple", True, "path", STRINGS, ARRAY, "blue,black,brown"),
    ("simple", True, "path", COLORS, OBJECT, "R=100,G=200,B=150"),
    ("label", False, "path", STRING, "blue", ".blue"),
    ("label", False, "path", STRINGS, ARRAY, ".blue,black,brown"),
    ("label", False, "path", STRINGS, ARRAY, ".blue.black.brown"),  # OpenAPI 3.0
    ("label", False, "path", COLORS, OBJECT, ".R,100,G,200,B,150"),
    ("label", False, "path", COLORS, OBJECT, ".R.100.G.200.B.150"),  # OpenAPI 3.0
    ("label", True, "path", STRING, "blue", ".blue"),
    ("label", True, "path", STRINGS, ARRAY, ".blue.black.brown"),
    ("label", True, "path", COLORS, OBJECT, ".R=100.G=200.B=150"),
    ("matrix", False, "path", STRING, "", ";color"),
    ("matrix", False, "path", STRING, "blue", ";color=blue"),
    ("matrix", False, "path", STRINGS, ARRAY, ";color=blue,black,brown"),
    ("matrix", False, "path", COLORS, OBJECT, ";color=R,100,G,200,B,150"),
    ("matrix", True, "path", STRING, "", ";color"),
    ("matrix", True, "path", STRING, "blue", ";color=blue"),
    ("matrix", True, "path", STRINGS, ARRAY, ";color=blue;color=black;color=brown"),
    ("matrix", True, "path", COLORS, OBJECT, ";R=100;G=200;B=150"),
    ("form", False, "query", STRING, "", "color="),
    ("form", False, "query", STRING, "blue", "color=blue"),
    ("form", False, "query", STRINGS, ARRAY, "color=blue,black,brown"),
    ("form", False, "query", COLORS, OBJECT, "color=R,100,G,200,B,150"),
    ("form", True, "query", STRING, "", "color="),
    ("form", True, "query", STRING, "blue", "color=blue"),
    ("form", True, "query", STRINGS, ARRAY, "color=blue&color=black&color=brown"),
    ("form", True, "query", COLORS, OBJECT, "R=100&G=200&B=150"),
    ("spaceDelimited", False, "query", STRINGS, ARRAY, "color=blue%20black%20brown"),
    ("spaceDelimited", False, "query", STRINGS, ARRAY, "color=blue+black+brown"),
    ("spaceDelimited", False, "query", COLORS, OBJECT, "color=R%20100%20G%20200%20B%20150"),
    ("spaceDelimited", True, "query", STRINGS, ARRAY, "color=blue&color=black&color=brown"),
    ("pipeDelimited", False, "query", STRINGS, ARRAY, "color=blue|black|brown"),
    ("pipeDelimited", False, "query", STRINGS, ARRAY, "color=blue%7Cblack%7Cbrown"),
    ("pipeDelimited", False, "query", COLORS, OBJECT, "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("pipeDelimited", True, "query", STRINGS, ARRAY, "color=blue&color=black&color=brown"),
    ("deepObject", True, "query", COLORS, OBJECT, "color[R]=100&color[G]=200&color[B]=150"),
    ("deepObject", True, "query", COLORS, OBJECT, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ("deepObject", False, "query", COLORS, OBJECT, "color[R]=100&color[G]=200&color[B]=150"),
    ("simple", False, "header", STRING, "blue", "blue"),
    ("simple", False, "header", STRINGS, ARRAY, "blue, black,brown"),
    ("simple", False, "header", COLORS, OBJECT, "R,100,G,200,B,150"),
    ("simple", True, "header", STRINGS, ARRAY, "blue,black,brown"),
    ("simple", True, "header", COLORS, OBJECT, "R=100,G=200,B=150"),
    ("form", False, "cookie", STRING, "blue", "color=blue"),
    ("form", False, "cookie", STRINGS, ARRAY, "color=blue,black,brown"),
    ("form", False, "cookie", COLORS, OBJECT, "color=R,100,G,200,B,150"),
    ("form", True, "cookie", STRINGS, ARRAY, "color=blue&color=black&color=brown"),
    ("form", True, "cookie", STRINGS, ARRAY, "color=blue; color=black; color=brown"),
    ("form", True, "cookie", COLORS, OBJECT, "R=100&G=200&B=150"),
    ("form", True, "cookie", COLORS, OBJECT, "R=100; G=200; B=150"),
    ("cookie", True, "cookie", STRINGS, ARRAY, "color=blue; color=black; color=brown"),  # OpenAPI 3.2
]


def sent(where: str, text: str) -> dict[str, Any]:
    match where:
        case "path":
            return {"target": f"/things/{text}"}
        case "header":
            return {"headers": [(b"color", text.encode())]}
        case "cookie":
            return {"headers": [(b"cookie", text.encode())]}
    return {"query": text}


def violations(where: str, schema: Any, text: str, **more: Any) -> list[tuple[str, str, str]]:
    path = "/{color}" if where == "path" else ""
    return places(Small(parameter(schema, where, **more), path).request(**sent(where, text)))


@pytest.mark.parametrize(("style", "explode", "where", "schema", "value", "text"), TABLE)
def test_the_table_of_the_specification(
    style: str, explode: bool, where: str, schema: dict[str, Any], value: Any, text: str
) -> None:
    def found(const: Any) -> list[tuple[str, str, str]]:
        return violations(where, schema | {"const": const}, text, style=style, explode=explode)

    assert found(value) == []
    assert found(OTHER[schema["type"]]) != []


@pytest.mark.parametrize("where", ["path", "query", "header", "cookie"])
@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (INTEGER, "5", 5),
        (INTEGER, "-5", -5),
        (INTEGER, "5.0", 5),
        (INTEGER, "1e2", 100),
        (INTEGER, "007", 7),
        (NUMBER, "5", 5),
        (NUMBER, "5.25", 5.25),
        (NUMBER, "1e-2", 0.01),
        (BOOLEAN, "true", True),
        (BOOLEAN, "false", False),
        ({"type": ["integer", "null"]}, "5", 5),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["string", "integer"]}, "x", "x"),
        ({"enum": [1, 2]}, "2", 2),
        ({"enum": ["1", "2"]}, "2", "2"),
        ({"enum": [True, "auto"]}, "true", True),
        ({"const": 5}, "5", 5),
        ({"anyOf": [INTEGER, BOOLEAN]}, "true", True),
        ({"oneOf": [INTEGER, {"type": "null"}]}, "7", 7),
        ({"allOf": [INTEGER, {"minimum": 1}]}, "7", 7),
        ({"anyOf": [STRINGS, {"type": "null"}]}, "a", ["a"]),
        ({}, "5", "5"),
        (STRING, "5", "5"),
    ],
)
def test_a_text_is_cast_by_what_fits_the_schema(where: str, schema: Any, text: str, value: Any) -> None:
    written = f"color={text}" if where in ("query", "cookie") else text
    assert violations(where, {"allOf": [schema, {"const": value}]}, written) == []


@pytest.mark.parametrize("where", ["path", "query", "header", "cookie"])
@pytest.mark.parametrize(
    ("schema", "text", "words"),
    [
        (INTEGER, "ten", '`color` must be an integer, got "ten"'),
        (INTEGER, "1.5", '`color` must be an integer, got "1.5"'),
        (INTEGER, "1_0", '`color` must be an integer, got "1_0"'),
        (INTEGER, "\u0663", '`color` must be an integer, got "\u0663"'),
        (NUMBER, "nan", '`color` must be a number, got "nan"'),
        (NUMBER, "inf", '`color` must be a number, got "inf"'),
        (NUMBER, "1e400", '`color` must be a number, got "1e400"'),
        (BOOLEAN, "yes", '`color` must be a boolean, got "yes"'),
        ({"type": ["integer", "null"]}, "x", '`color` must be an integer or null, got "x"'),
        ({"anyOf": [INTEGER, BOOLEAN]}, "x", '`color` must be an integer or a boolean, got the string "x"'),
    ],
)
def test_a_text_that_cannot_be_cast_is_shown(where: str, schema: Any, text: str, words: str) -> None:
    written = f"color={text}" if where in ("query", "cookie") else text
    small = Small(parameter(schema, where), "/{color}" if where == "path" else "")
    (violation,) = small.request(**sent(where, written))
    assert (violation.part, violation.at, violation.rule, violation.message) == (where, "/color", "type", words)


DEEP = {
    "type": "object",
    "properties": {
        "a": INTEGER,
        "list": INTEGERS,
        "inner": {"type": "object", "properties": {"b": BOOLEAN}},
        "items": {"type": "array", "items": {"type": "object", "properties": {"n": INTEGER}}},
    },
}


@pytest.mark.parametrize(
    ("schema", "query", "value"),
    [
        (DEEP, "color[a]=1", {"a": 1}),
        (DEEP, "color[inner][b]=true", {"inner": {"b": True}}),
        (DEEP, "color[list][0]=1&color[list][1]=2", {"list": [1, 2]}),
        (DEEP, "color[list][1]=2&color[list][0]=1", {"list": [1, 2]}),
        (DEEP, "color[list][]=1&color[list][]=2", {"list": [1, 2]}),
        (DEEP, "color[list]=1&color[list]=2", {"list": [1, 2]}),
        (DEEP, "color[items][0][n]=1&color[items][1][n]=2", {"items": [{"n": 1}, {"n": 2}]}),
        (DEEP, "color[items][][n]=1&color[items][][n]=2", {"items": [{"n": 1}, {"n": 2}]}),
        (DEEP, "color[more]=1", {"more": "1"}),
        ({"type": "object", "additionalProperties": INTEGER}, "color[x]=1", {"x": 1}),
        (INTEGERS, "color[0]=1&color[1]=2", [1, 2]),
        (INTEGERS, "color[]=1&color[]=2", [1, 2]),
        (INTEGERS, "color[10]=3&color[9]=2", [2, 3]),
        (INTEGERS, "color[999999999]=1", [1]),
        ({"anyOf": [DEEP, INTEGER]}, "color=5", 5),
        ({"anyOf": [INTEGER, DEEP]}, "color[a]=5", {"a": 5}),
        ({"$ref": "#/components/schemas/Deep"}, "color[a]=5", {"a": 5}),
    ],
)
@pytest.mark.parametrize("explode", [True, False])
def test_a_deep_object(explode: bool, schema: Any, query: str, value: Any) -> None:
    def found(const: Any) -> Any:
        schemas = {"Deep": DEEP}
        given = {"allOf": [schema, {"const": const}]}
        return Small(parameter(given, style="deepObject", explode=explode), schemas=schemas).request(query=query)

    assert found(value) == []
    assert found({"a": 77}) != []


@pytest.mark.parametrize(
    ("schema", "more", "query", "expected"),
    [
        # absent
        (INTEGERS, {}, "", []),
        (COLORS, {}, "", []),
        (DEEP, {"style": "deepObject"}, "", []),
        (INTEGER | {"default": "x"}, {}, "", []),
        (INTEGERS, {"required": True}, "", [("query", "/color", "required")]),
        (DEEP, {"style": "deepObject", "required": True}, "", [("query", "/color", "required")]),
        (COLORS, {"required": True}, "", []),
        (COLORS | {"required": ["R"]}, {"required": True}, "", [("query", "/color/R", "required")]),
        (COLORS | {"required": ["R"]}, {}, "G=1", [("query", "/color/R", "required")]),
        # empty
        (STRING, {}, "color", []),
        (STRING | {"minLength": 1}, {}, "color=", [("query", "/color", "minLength")]),
        (INTEGER, {}, "color=", [("query", "/color", "type")]),
        (INTEGER, {"allowEmptyValue": True}, "color=", []),
        (INTEGER, {"allowEmptyValue": True, "required": True}, "color=", []),
        (INTEGER, {"allowEmptyValue": True, "required": True}, "", [("query", "/color", "required")]),
        (INTEGER, {"allowEmptyValue": True}, "color=x", [("query", "/color", "type")]),
        (INTEGERS, {"explode": False}, "color=", []),
        (INTEGERS | {"minItems": 1}, {"explode": False}, "color=", [("query", "/color/0", "type")]),
        # the place of a violation is that in the value
        (INTEGERS, {}, "color=1&color=x", [("query", "/color/1", "type")]),
        (INTEGERS, {"explode": False}, "color=1,x", [("query", "/color/1", "type")]),
        (INTEGERS | {"maxItems": 1}, {}, "color=1&color=2", [("query", "/color", "maxItems")]),
        (COLORS, {}, "R=x", [("query", "/color/R", "type")]),
        (COLORS, {"explode": False}, "color=R,x", [("query", "/color/R", "type")]),
        (COLORS, {"explode": False}, "color=R", [("query", "/color", "type")]),
        (DEEP, {"style": "deepObject"}, "color[inner][b]=x", [("query", "/color/inner/b", "type")]),
        (DEEP, {"style": "deepObject"}, "color[list][]=1&color[list][]=x", [("query", "/color/list/1", "type")]),
        (DEEP | {"additionalProperties": False}, {"style": "deepObject"}, "color[z]=1",
         [("query", "/color/z", "additionalProperties")]),
        (DEEP, {"style": "deepObject"}, "color=x", [("query", "/color", "type")]),
        # a name with more brackets than any server reads is a plain name
        (DEEP, {"style": "deepObject"}, "color" + "[a]" * 32 + "=1", [("query", "/color/a", "type")]),
        (DEEP, {"style": "deepObject"}, "color" + "[a]" * 33 + "=1", []),
        # the first of repeated values counts
        (INTEGER, {}, "color=1&color=x", []),
        (INTEGER, {}, "color=x&color=1", [("query", "/color", "type")]),
        # one or several values
        ({"anyOf": [INTEGERS, {"type": "null"}]}, {}, "color=1", []),
        ({"anyOf": [INTEGERS, {"type": "null"}]}, {}, "color=1&color=2", []),
        ({"anyOf": [INTEGERS, INTEGER]}, {}, "color=1&color=2", []),
        # an escaped comma belongs to a value; clients that escape all commas are understood
        (STRINGS | {"const": ["a,b", "c"]}, {"explode": False}, "color=a%2Cb,c", []),
        (INTEGERS, {"explode": False}, "color=1%2C2", []),
        # percent-encoding is decoded once
        (STRING | {"const": "50%25"}, {}, "color=50%2525", []),
        (STRING | {"const": "a b/€"}, {}, "color=a+b%2F%E2%82%AC", []),
        (STRING | {"const": "/?:@,;+"}, {"allowReserved": True}, "color=/?:@,;%2B", []),
        # names are parameters of their own, others are not part of an open object
        (COLORS | {"additionalProperties": INTEGER}, {}, "R=1&Z=x", [("query", "/color/Z", "type")]),
        (COLORS | {"additionalProperties": False}, {}, "R=1&Z=x", []),
        # objects in arrays have no style: they are sent as JSON
        ({"type": "array", "items": COLORS}, {}, 'color={"R":1}', []),
        ({"type": "array", "items": COLORS}, {}, 'color={"R":"x"}', [("query", "/color/0/R", "type")]),
    ],
)  # fmt: skip
def test_a_parameter_in_the_query(schema: Any, more: dict[str, Any], query: str, expected: Any) -> None:
    assert violations("query", schema, query, **more) == expected


@pytest.mark.parametrize(
    ("style", "text", "rule"),
    [("label", "blue", "parse"), ("matrix", "blue", "parse"), ("matrix", ";other=blue", "parse")],
)
def test_a_path_without_its_mark_is_a_violation(style: str, text: str, rule: str) -> None:
    assert violations("path", STRING, text, style=style) == [("path", "/color", rule)]


@pytest.mark.parametrize(
    ("media_type", "schema", "text", "expected"),
    [
        ("application/json", COLORS, '{"R":1}', []),
        ("application/json", COLORS, '{"R":"x"}', [("query", "/color/R", "type")]),
        ("application/json", COLORS, "{", [("query", "/color", "parse")]),
        ("application/vnd.x+json", INTEGER, "5", []),
        ("text/plain", INTEGER, "5", []),
        ("text/plain", INTEGER, "x", [("query", "/color", "type")]),
    ],
)
def test_a_parameter_with_content(media_type: str, schema: Any, text: str, expected: Any) -> None:
    definition = {"parameters": [{"name": "color", "in": "query", "content": {media_type: {"schema": schema}}}]}
    assert places(Small(definition).request(query=f"color={text}")) == expected


@pytest.mark.parametrize("name", ["Accept", "Content-Type", "authorization"])
def test_header_parameters_that_openapi_ignores(name: str) -> None:
    given = {"name": name, "in": "header", "required": True, "schema": INTEGER}
    assert Small({"parameters": [given]}).request(headers=[(name.lower().encode(), b"x")]) == []


def test_header_fields_of_one_name_are_one_list() -> None:
    small = Small(parameter(INTEGERS | {"const": [1, 2, 3]}, "header"))
    assert small.request(headers=[(b"color", b"1, 2"), (b"Color", b"3")]) == []


def test_a_parameter_that_is_not_in_the_path_is_not_asked_for() -> None:
    assert Small(parameter(STRING, "path")).request() == []


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        (INTEGER, "5", []),
        (INTEGER, "x", [("header", "/X-Page", "type")]),
        ({"type": ["integer", "null"]}, "null", []),
        (INTEGERS, "1,2", []),
        (INTEGERS, "1,x", [("header", "/X-Page/1", "type")]),
    ],
)
def test_a_header_of_a_response(schema: Any, text: str, expected: Any) -> None:
    response = {"description": "ok", "headers": {"X-Page": {"required": True, "schema": schema}}}
    small = Small({"responses": {"200": response}})
    assert places(small.response([(b"x-page", text.encode())])) == expected
    assert places(small.response([])) == [("header", "/X-Page", "required")]


UNION: dict[str, Any] = {
    "anyOf": [
        {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Union"}, "n": {"minimum": 5}}},
        {"type": "array", "items": {"$ref": "#/components/schemas/Union"}},
        {"type": "integer"},
        {"type": "boolean"},
    ]
}
LARGE = [
    "color" + "[" * 100_000,
    "color" + "[a]" * 30_000 + "=1",
    "&".join("color" + "[a]" * depth + "[n]=x" for depth in range(30)),
    "&".join(f"color[{number}]=1" for number in range(5_000)),
    "&".join("color[]=1" for _ in range(5_000)),
    "&".join("color[][n]=1" for _ in range(5_000)),
    "&".join(f"color{number}={number}" for number in range(100_000)),
    "color[" + "9" * 100_000 + "]=1",
    "color=" + "9" * 100_000,
    "color=" + "[" * 100_000,
    "color=" + "," * 50_000,
    "&" * 100_000,
]


@pytest.mark.parametrize("query", LARGE, ids=range(len(LARGE)))
@pytest.mark.parametrize(("style", "explode"), [("deepObject", True), ("form", True), ("form", False)])
def test_a_query_takes_time_by_its_size(style: str, explode: bool, query: str) -> None:
    schema = {"$ref": "#/components/schemas/Union"}
    small = Small(parameter(schema, style=style, explode=explode), schemas={"Union": UNION})
    begin = process_time()
    small.request(query=query)
    assert process_time() - begin < 4


def test_a_value_is_not_tried_in_all_combinations_of_branches() -> None:
    names = [f"Node{number}" for number in range(6)]
    branches = [
        {"type": "object", "properties": {"a": {"$ref": f"#/components/schemas/{name}"}, name: INTEGER}}
        for name in names
    ]
    document = {"components": {"schemas": {name: {"anyOf": branches} for name in names}}}
    caster = Caster(Shapes(document), lambda *_: False)
    raw: Raw = {"Node3": "5"}
    for _ in range(32):
        raw = {"a": raw}
    begin = process_time()
    value: Any = caster.cast([raw], {"$ref": "#/components/schemas/Node0"})
    assert process_time() - begin < 4
    for _ in range(32):
        value = value["a"]
    assert value == {"Node3": 5}


shapes = st.sampled_from([STRING, INTEGER, NUMBER, BOOLEAN, STRINGS, COLORS, DEEP, {}, True, False])
pieces = st.sampled_from(["color", "[", "]", "=", "&", "%", "%FF", "+", ",", ";", ".", "|", "1", "R", "a", "\0"])


@given(st.sampled_from([row[:3] for row in TABLE]), shapes, st.lists(pieces).map("".join))
@example(("form", True, "query"), False, "color")
def test_no_text_raises(row: tuple[str, bool, str], schema: Any, text: str) -> None:
    style, explode, where = row
    if where == "path" and not text:
        return
    assert all(part == where for part, _, _ in violations(where, schema, text, style=style, explode=explode))
