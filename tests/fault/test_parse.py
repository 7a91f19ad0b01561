"""Parsing faults in the form of files and the control API."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mockbot import resources
from mockbot.errors import UserError
from mockbot.fault.catalogue import CATALOGUE, Cut, Delay, Stall, Status
from mockbot.fault.parameters import parameters
from mockbot.fault.parse import parse_fault, schema

VALIDATOR = Draft202012Validator(schema())


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("cut", Cut()),
        ({"name": "cut"}, Cut()),
        ({"name": "cut", "after": None, "bytes": 7}, Cut(bytes=7)),
        ({"name": "status", "status": 429, "retry_after": 2}, Status(429, retry_after=2)),
        ({"name": "delay", "seconds": 2}, Delay(2.0)),
        ({"name": "stall", "after": 2.0}, Stall(after=2)),
    ],
)
def test_a_name_or_a_name_with_parameters(value: Any, fault: object) -> None:
    assert parse_fault(value) == fault


def test_numbers_are_converted_to_the_type_of_the_parameter() -> None:
    delay, stall = parse_fault({"name": "delay", "seconds": 2}), parse_fault({"name": "stall", "after": 2.0})
    assert isinstance(delay, Delay)
    assert isinstance(delay.seconds, float)
    assert isinstance(stall, Stall)
    assert isinstance(stall.after, int)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("cutt", "there is no fault `cutt`; did you mean `cut`?"),
        ("zzz", f"there is no fault `zzz`; expected one of {', '.join(CATALOGUE)}"),
        (3, 'a fault is a name such as "cut", or an object with its name: {"name": "cut", "after": 2}'),
        ({"after": 3}, 'a fault is a name such as "cut", or an object with its name: {"name": "cut", "after": 2}'),
        ({"name": "status", "status": 199}, "fault `status`: `status` must be between 200 and 599, got 199"),
        ({"name": "status", "stats": 500}, "fault `status`: `stats` is not known here; did you mean `status`?"),
        ({"name": "delay", "x": 1}, "fault `delay`: `x` is not known here; expected one of seconds"),
        (
            {"name": "delay", "seconds": "1"},
            'fault `delay`: `seconds` must be a number or a duration such as 150ms, 2s or 1m, got "1"',
        ),
        ({"name": "delay", "seconds": float("nan")}, "fault `delay`: `seconds` must be between 0 and 3600, got nan"),
        ({"name": "delay", "seconds": float("inf")}, "fault `delay`: `seconds` must be between 0 and 3600, got inf"),
        (
            {"name": "delay", "seconds": [1]},
            "fault `delay`: `seconds` must be a number or a duration such as 150ms, 2s or 1m, got an array",
        ),
        ({"name": "cut", "after": True}, "fault `cut`: `after` must be an integer or null, got true"),
        ({"name": "cut", "after": {}}, "fault `cut`: `after` must be an integer or null, got an object"),
        ({"name": "cut", "bytes": None}, "fault `cut`: `bytes` must be an integer, got null"),
        ({"name": "cut", "bytes": 10**5000}, "must be between 0 and 1000000000, got a huge number"),
        ({"name": "status", "retry_after_date": 1}, "fault `status`: `retry_after_date` must be true or false, got 1"),
        (
            {"name": "status", "body": "xml"},
            'fault `status`: `body` must be one of envelope, html, json, empty; got "xml"',
        ),
        ("raw", "fault `raw`: `text` is required"),
        (
            {"name": "header", "field": "transfer-encoding"},
            "fault `header`: `field` must be the name of a header in small letters, but not content-length or "
            'transfer-encoding, got "transfer-encoding"',
        ),
        (
            {"name": "early_hints", "link": "a\r\nb: c"},
            '`link` must be a text of visible Latin-1 characters, with blanks only inside, got "a\r\nb: c"',
        ),
        ({"name": "null", "at": "data"}, '`at` must be a JSON pointer such as /data or /data/*/id, got "data"'),
        (
            {"name": "raw", "text": "\u20ac"},
            'fault `raw`: `text` must be a text of the characters U+0000 to U+00FF, one for each byte, got "\u20ac"',
        ),
        (
            {"name": "status", "message": "x" * 10_001},
            "fault `status`: `message` must be between 0 and 10000 characters, got 10001",
        ),
    ],
)
def test_a_mistake_is_named(value: Any, message: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_fault(value)
    assert str(caught.value).endswith(message)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(UserError) as caught:
        parse_fault({"name": "stall", "seconds": -1, "after": "x"})
    assert str(caught.value).splitlines() == [
        "fault `stall`: `seconds` must be between 0 and 3600, got -1",
        'fault `stall`: `after` must be an integer, got "x"',
    ]


def test_a_status_is_rejected_in_the_middle_of_a_stream() -> None:
    assert parse_fault("cut", midstream=True) == Cut()
    with pytest.raises(UserError, match=r"cannot be used in the middle of a stream.*; use delay, stall, truncate, cut"):
        parse_fault("status", midstream=True)


def test_the_shipped_schema_is_that_of_the_catalogue() -> None:
    assert json.loads(resources.formats("fault.schema.json").read_bytes()) == schema()
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_fault_is_parsed_from_its_name_and_from_its_json(name: str) -> None:
    needed = {each.name: "x" for each in parameters(CATALOGUE[name]) if each.required}
    fault = parse_fault({"name": name, **needed} if needed else name)
    written = fault.as_json()
    VALIDATOR.validate(written)
    assert parse_fault(json.loads(json.dumps(written))) == fault


NAMES = [parameter.name for fault in CATALOGUE.values() for parameter in parameters(fault)]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [0, -1, 1, 399, 400, 599, 600, 3600, 3601, 10**9, 10**9 + 1, 2.0, 2.5, 1e300, "envelope", "xml", "", "/a"]
    ),
    st.just([]),
    st.just({}),
)
WRITTEN = st.one_of(
    st.sampled_from([*CATALOGUE, "cutt", ""]),
    VALUES,
    st.builds(
        lambda name, rest: {"name": name, **rest},
        st.sampled_from([*CATALOGUE, "cutt"]),
        st.dictionaries(st.sampled_from([*NAMES, "nme"]), VALUES, max_size=3),
    ),
)


@given(WRITTEN)
def test_the_parser_and_the_schema_agree(value: Any) -> None:
    try:
        parse_fault(value)
    except UserError:
        assert not VALIDATOR.is_valid(value)
    else:
        assert VALIDATOR.is_valid(value)
