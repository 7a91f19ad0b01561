"""What the compiled validation accepts is valid in full: schemas and values, requests and responses at random."""

import json
from random import Random
from typing import Any

import jsonschema_rs
import pytest

from mockbot.contract.compiled.schemas import Schemas, read
from mockbot.contract.keywords import FORMATS, schema_validator
from mockbot.contract.validation import Validation
from mockbot.jsontext import compact
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation, Operations
from tests.fast_paths import examples

pytestmark = pytest.mark.usefixtures("needs_fast_paths")

NUMBERS = [0, 1, -1, 1.0, 0.5, -0.0, 2, 3, 10, 2**53, 2**53 + 1, 2**63, 2.0**63, 2**64, 10**30, 1e30, 1e-9, 1e308]
STRINGS = ["", "a", "ab", "abc", "é", "\U0001f600", "2026-11-26T10:00:00Z", "2026-11-26", "a@b.c", "1", "true"]
NAMES = ["a", "b", "c"]
FORMS = ["date-time", "date", "email", "uuid", "binary", "unknown", "int32"]
CHECKS = {name: check for name, (check, _) in FORMATS.checkers.items()}


def value(random: Random, depth: int = 0) -> Any:
    kind = random.randrange(7 if depth < 3 else 5)
    match kind:
        case 0:
            return random.choice(STRINGS)
        case 1 | 2:
            return random.choice(NUMBERS)
        case 3:
            return random.choice([True, False])
        case 4:
            return None
        case 5:
            return [value(random, depth + 1) for _ in range(random.randrange(4))]
    return {random.choice(NAMES): value(random, depth + 1) for _ in range(random.randrange(4))}


def keyword(random: Random, depth: int) -> tuple[str, Any]:
    simple: list[tuple[str, Any]] = [
        ("type", random.choice(["string", "integer", "number", "boolean", "null", "array", "object"])),
        ("type", random.sample(["string", "integer", "number", "boolean", "null", "array", "object"], 3)),
        ("enum", [value(random, 2) for _ in range(3)]),
        ("const", value(random, 2)),
        (random.choice(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), random.choice(NUMBERS)),
        (random.choice(["minLength", "maxLength", "minItems", "maxItems", "maxProperties"]), random.randrange(4)),
        ("required", random.sample(NAMES, random.randrange(3))),
        ("format", random.choice(FORMS)),
        ("pattern", random.choice(["^a", "b$", "^[a-c]*$", r"\d", "^\\w+$", "(a)\\1", "^[a-c]{2}$", r"^\d(b)?$"])),
        ("uniqueItems", True),
        ("multipleOf", random.choice([1, 2, 0.1])),
        ("additionalProperties", random.choice([True, False])),
        ("description", "a text"),
        ("x-own", {"type": "string"}),
        ("$ref", "#/components/schemas/" + random.choice(NAMES)),
    ]
    if depth > 2 or random.random() < 0.6:
        return random.choice(simple)
    inner = [schema(random, depth + 1) for _ in range(random.randrange(1, 4))]
    return random.choice(
        [
            ("properties", dict(zip(NAMES, inner, strict=False))),
            ("items", inner[0]),
            ("prefixItems", inner),
            ("additionalProperties", inner[0]),
            ("allOf", inner),
            ("anyOf", inner),
            ("oneOf", inner),
            ("not", inner[0]),
            ("if", inner[0]),
            ("then", inner[0]),
            ("else", inner[0]),
        ]
    )


def schema(random: Random, depth: int = 0) -> Any:
    if depth and random.random() < 0.05:
        return random.choice([True, False])
    return dict(keyword(random, depth) for _ in range(random.randrange(1, 4)))


def test_a_value_that_is_accepted_fits(request: pytest.FixtureRequest) -> None:
    random, accepted, fitting, tried = Random(1), 0, 0, 0
    while tried < examples(request, 5000):
        document = {"components": {"schemas": {name: schema(random) for name in NAMES}}}
        fits, schemas = schema_validator(document), Schemas(document, CHECKS)
        for each in (schema(random) for _ in range(10)):
            accepts = schemas.accepts(each)
            for _ in range(10 if accepts else 0):
                tried += 1
                text = json.dumps(value(random))
                certain, fit = accepts(read(text.encode())) if accepts else False, fits(each, json.loads(text))
                assert fit or not certain, f"{text} is accepted by {each} in {document}"
                accepted, fitting = accepted + certain, fitting + fit
    assert accepted > 0.9 * fitting > 0.1 * tried, f"{accepted} of {fitting} values that fit, of {tried}"


def test_a_schema_that_asks_itself_about_the_same_value_is_not_compiled() -> None:
    paradox = {"not": {"$ref": "#/components/schemas/a"}}
    tree = {"properties": {"a": {"$ref": "#/components/schemas/a"}}}
    for inner, compiled in ((paradox, False), (tree, True)):
        schemas = Schemas({"components": {"schemas": {"a": inner}}}, CHECKS)
        assert (schemas.accepts({"$ref": "#/components/schemas/a"}) is not None) == compiled


PARAMETERS = [
    ("page", "query", {"type": "integer", "minimum": 1, "maximum": 100}, False),
    ("name", "query", {"type": "string", "minLength": 1}, True),
    ("flag", "query", {"type": ["boolean", "null"]}, False),
    ("ratio", "query", {"type": "number"}, False),
    ("X-Count", "header", {"type": "integer"}, False),
    ("X-Name", "header", {"enum": ["a", "b"]}, False),
    ("kind", "path", {"type": "string", "pattern": "^[a-c]+$"}, True),
]
ITEM = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}, "c": {"type": ["string", "null"]}},
    "additionalProperties": False,
}
FORM = {
    "type": "object",
    "required": ["file", "n"],
    "properties": {"file": {"type": "string", "format": "binary"}, "n": {"type": "integer"}},
}


def contract_of_things() -> tuple[Operation, Document]:
    parameters = [
        {"name": name, "in": where, "required": required, "schema": schema}
        for name, where, schema, required in PARAMETERS
    ]
    content = {"application/json": {"schema": ITEM}, "multipart/form-data": {"schema": FORM}}
    answers = {"application/json": {"schema": ITEM}, "text/plain": {"schema": {"type": "string", "maxLength": 3}}}
    headers = {"X-Left": {"schema": {"type": "integer"}, "required": True}}
    definition = {
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "", "content": answers, "headers": headers}},
    }
    info = {"title": "t", "version": "1"}
    effective = {"openapi": "3.1.0", "info": info, "paths": {"/things/{kind}": {"post": definition}}}
    document = Document(b"", effective, b"")
    return Operations(document).by_name["POST /things/{kind}"], document


def thing(random: Random) -> Any:
    if random.random() < 0.7:
        return {"a": random.choice(STRINGS), **({"b": random.choice(NUMBERS)} if random.random() < 0.3 else {})}
    return {name: value(random, 2) for name in random.sample([*NAMES, "d"], random.randrange(1, 4))}


def body(random: Random) -> bytes:
    text = json.dumps(thing(random)).encode()
    return random.choice([text] * 8 + [text[:-1], b"\xff" + text, text.replace(b'"a"', b'"\\ud800"'), b"1e999", b""])


def form(random: Random) -> bytes:
    file = b'Content-Disposition: form-data; name="file"; filename="x"\r\n\r\n\xff\x00'
    field = b'Content-Disposition: form-data; name="n"\r\n\r\n' + random.choice([b"1", b"x", b"1.0", b""])
    text = b'Content-Disposition: form-data; name="file"\r\n\r\ntext'
    parts = random.sample([file, field, text], random.randrange(1, 4))
    return b"".join(b"--X\r\n" + each + b"\r\n" for each in parts) + random.choice([b"--X--\r\n"] * 4 + [b"--X"])


TYPES = [
    *[b"application/json", b"multipart/form-data; boundary=X"] * 3,
    *(b"Application/JSON; charset=utf-8", b"text/plain", b"text/plain; charset=latin-1", b"", b"application/*"),
]
QUERIES = [
    *[b"name=a", b"name=a&page=2&flag=true"] * 3,
    *(b"", b"name=", b"name=a&name=b", b"name=%61&page=0", b"name=a&page=1_0", b"na%6De=a&ratio=1.5", b"name=a&flag="),
    *(b"name=a&page=%31", b"name=a+b&page[0]=1", b"name=a&ratio=1&x=y", b"name=\xff", b"name=a&page=1&&="),
]
HEADERS = [
    (b"x-count", b"1"),
    (b"x-count", b"x"),
    (b"X-Count", b" 2 "),
    (b"x-name", b"a"),
    (b"X-NAME", b"c"),
    (b"x-left", b"5"),
    (b"x-left", b"-"),
    (b"x-left", b"\xff"),
    (b"accept", b"*/*"),
]


def test_a_request_that_is_accepted_is_valid_in_full(request: pytest.FixtureRequest) -> None:
    operation, document = contract_of_things()
    full, compiled = Validation(document, compiled=False), Validation(document)
    random, accepted, valid, tried = Random(2), 0, 0, examples(request, 1000)
    for _ in range(tried):
        kind, content_type = random.choice(["abc", "a", "", "x", "a/b"]), random.choice(TYPES)
        headers = [(b"content-type", content_type), *random.sample(HEADERS, random.randrange(3))]
        sent = form(random) if content_type.startswith(b"multi") else body(random)
        query, path = random.choice(QUERIES), {"kind": kind}
        violations = full.request(operation, query, headers, sent, path)
        assert compiled.request(operation, query, headers, sent, path) == violations
        valid += not violations
        accepted += compiled.accepts_request(operation, query, headers, sent, path)
    assert accepted > 0.5 * valid > 0.005 * tried, f"{accepted} of {valid} valid requests, of {tried}"


def test_a_form_is_compiled_once_whatever_its_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[Any] = []
    original = jsonschema_rs.Draft202012Validator

    def counted(schema: Any, **options: Any) -> Any:
        compiled.append(schema)
        return original(schema, **options)

    monkeypatch.setattr(jsonschema_rs, "Draft202012Validator", counted)
    operation, document = contract_of_things()
    validation, random = Validation(document), Random(5)
    for number in range(50):
        headers = [(b"content-type", b"multipart/form-data; boundary=X%d" % number)]
        sent = form(random).replace(b"--X", b"--X%d" % number)
        validation.accepts_request(operation, b"name=a", headers, sent, {"kind": "a"})
    assert len([each for each in compiled if "properties" in each]) == 1


def test_a_response_that_is_accepted_is_valid_in_full(request: pytest.FixtureRequest) -> None:
    operation, document = contract_of_things()
    full, compiled = Validation(document, compiled=False), Validation(document)
    random, accepted, valid, tried = Random(3), 0, 0, examples(request, 1000)
    for _ in range(tried):
        headers = [(b"content-type", random.choice(TYPES)), *random.sample(HEADERS, random.randrange(5))]
        status, sent = random.choice([200, 200, 200, 404]), body(random)
        violations = full.response(operation, status, headers, sent)
        assert compiled.response(operation, status, headers, sent) == violations
        valid += not violations
        accepted += compiled.accepts_response(operation, status, headers, sent)
    assert accepted > 0.5 * valid > 0.005 * tried, f"{accepted} of {valid} valid responses, of {tried}"


def test_a_response_whose_value_is_accepted_is_valid_in_full(request: pytest.FixtureRequest) -> None:
    operation, document = contract_of_things()
    full, compiled = Validation(document, compiled=False), Validation(document)
    random, accepted, valid, tried = Random(4), 0, 0, examples(request, 1000)
    for _ in range(tried):
        headers = [(b"content-type", random.choice(TYPES)), *random.sample(HEADERS, random.randrange(5))]
        sent = value(random, 2) if random.random() < 0.1 else thing(random)
        violations = full.response(operation, 200, headers, compact(sent))
        valid += not violations
        if compiled.accepts_value(operation, 200, headers, sent):
            assert violations == []
            accepted += 1
    assert accepted > 0.5 * valid > 0.005 * tried, f"{accepted} of {valid} valid responses, of {tried}"


SAME = [
    r"^[a-c]{2}$",
    r"^\d(b)?$",
    r"^a\.\[(\d{2}-[0-9a-f])?\]\+$",
    "^$",
    r"^(:T)\d{2}$",
    "^[9-0]$",
    "^a{2}{3}$",
    "^[a-]$",
]
ENDS = ["", "\n", "\r\n", "\u2028", "\x00", "x", "\u0661", "\u017f"]


@pytest.mark.parametrize("pattern", SAME)
def test_a_pattern_that_is_left_to_jsonschema_rs_means_the_same_there(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    fits, accepts = schema_validator({}), Schemas({}).accepts(schema)
    texts = ["", "aa", "ab", "1", "1b", "\u0661b", "a.[]+", "a.[12-f]+", ":T12", ":T", "aaaaaa", "-", "a", "A", "9"]
    for text in [before + text + after for text in texts for before in ENDS for after in ENDS]:
        assert accepts is None or accepts(text) == fits(schema, text), ascii(text)


def test_a_pattern_is_searched_once_in_the_same_short_text(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []

    class Pattern:
        def found_in(self, text: str) -> bool:
            searched.append(text)
            return text.startswith("a")

    monkeypatch.setattr("mockbot.ecmascript.pattern", lambda _: Pattern())
    accepts = Schemas({}).accepts({"type": "string", "pattern": "^a+"})
    assert accepts is not None
    assert [accepts(text) for text in ["a", "b", "a", "b", "a" * 1000, "a" * 1000]] == [True, False, True, False] + [
        True
    ] * 2
    assert searched == ["a", "b", "a" * 1000, "a" * 1000]
