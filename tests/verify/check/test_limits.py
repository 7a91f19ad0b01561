"""What schemathesis gets to read of a response."""

from importlib import import_module
from typing import Any

import pytest

from mockbot.jsontext import DEEPEST

limits: Any = import_module("mockbot.verify.check.limits")  # the package has a function with the name of the room


@pytest.mark.parametrize("levels", [DEEPEST + 1, 900, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_of_json_that_is_nested_too_deep_only_the_beginning_is(levels: int, opening: bytes, closing: bytes) -> None:
    content = opening * levels + b"1" + closing * levels
    assert limits.shallow(content) == content[:DEEPEST]


@pytest.mark.parametrize(
    "content",
    [
        b"[" * DEEPEST + b"]" * DEEPEST,
        b"[" + b"[]," * 10_000 + b"1]",
        b"\xff" + b"[" * 1000,
        b"data: {}\n\n" * 1000,
        b"",
    ],
)
def test_other_bodies_are_read_as_they_are(content: bytes) -> None:
    assert limits.shallow(content) == content
