"""YAML and JSON files that people write, parsed together with the line number of each value.

A JSON pointer (RFC 6901) identifies a value. `Source.line` returns its line, so that each error about the value can
name the file, the line and the pointer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

import yaml

from mockbot.errors import UserError
from mockbot.jsontext import JSON, escape

ALIASED = 100_000
"""The limit for the number of values in a file beyond its number of characters. Only nested aliases exceed this."""

MOST_BITS = 10_000
"""Bits of an integer. YAML accepts longer ones in hexadecimal, but Python does not write them in decimal."""


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: its `value`, and in `lines` the line number (from 1) of each JSON pointer."""

    name: str
    value: JSON
    lines: Mapping[str, int]

    def line(self, pointer: str) -> int:
        """Return the line of the value at `pointer`, or of the nearest parent that has one."""
        while pointer not in self.lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)

    def part(self, pointer: str, value: JSON) -> Source:
        """Return a source for `value`, the part of the file at `pointer`, with the same line numbers."""
        inner = {
            at.removeprefix(pointer): line for at, line in self.lines.items() if f"{at}/".startswith(f"{pointer}/")
        }
        return Source(self.name, value, inner)

    def place(self, pointer: str) -> str:
        """Return `file:line` of the value at `pointer`, in the form that editors and terminals turn into a link."""
        return f"{self.name}:{self.line(pointer)}"


def load(path: Path) -> Source:
    """Read the YAML or JSON file at `path`; raise UserError if it is missing, not UTF-8 or not well-formed."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(f"{path}: cannot be read: {reason}") from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Source:
    """Parse YAML or JSON `text`; raise UserError if it is not well-formed. Errors call the text `name`."""
    if text.lstrip()[:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            return Source(name, json.loads(text, parse_constant=_no_number), _Lines(text))
    with _user_errors(name):
        node, value = _read(yaml.SafeLoader(text), text)
        return Source(name, value, {"": 1} if node is None else dict(_lines(node, "")))


def quick(text: str, name: str) -> JSON:
    """Parse YAML or JSON like `parse`, but without line numbers: many times faster for a document of a megabyte."""
    with suppress(ValueError, RecursionError):
        value: JSON = json.loads(text, parse_constant=_no_number)
        return value
    with _user_errors(name):
        return _read(getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text), text)[1]


@contextmanager
def _user_errors(name: str) -> Iterator[None]:
    """Raise a UserError in place of the exceptions of the YAML parser."""
    try:
        yield
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(_not_well_formed(error, name)) from None


def _read(loader: Any, text: str) -> tuple[yaml.Node | None, JSON]:
    node = loader.get_single_node()
    if node is None:
        return None, None
    _check_aliases(node, text)
    return node, _plain(loader.construct_document(node))


def _check_aliases(node: yaml.Node, text: str) -> None:
    """Raise ValueError if aliases expand a short text to far more values than it has characters."""
    if "*" in text and _size(node, {}) > ALIASED + len(text):
        raise ValueError("its aliases expand to too many values")


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Return the number of nodes after all aliases are expanded."""
    if id(node) not in known:
        items = node.value if isinstance(node, yaml.SequenceNode) else ()
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        known[id(node)] = 1 + sum(_size(each, known) for each in (*items, *(part for pair in pairs for part in pair)))
    return known[id(node)]


def _lines(node: yaml.Node, pointer: str) -> Iterator[tuple[str, int]]:
    yield pointer, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            yield from _lines(item, f"{pointer}/{escape(str(key.value))}")
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, f"{pointer}/{index}")


class _Lines(Mapping[str, int]):
    """The line numbers of a JSON text, found by the slow YAML parser when an error first needs them."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _found(self) -> dict[str, int]:
        try:
            node = yaml.SafeLoader(self._text).get_single_node()
            return dict(_lines(node, "")) if node else {"": 1}
        except (yaml.YAMLError, ValueError, RecursionError):
            return {"": 1}

    def __getitem__(self, pointer: str) -> int:
        return self._found[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _plain(value: object) -> JSON:
    """Convert the values that YAML has and JSON does not have (dates, keys that are not strings) to JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        _no_number(str(value))
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ValueError("a number has too many digits")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


def _not_well_formed(error: Exception, name: str) -> str:
    kind = "JSON" if name.endswith(".json") else "YAML"
    if isinstance(error, RecursionError):
        return f"{name}: not well-formed {kind}: it is nested too deep"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{name}:{error.problem_mark.line + 1}: not well-formed {kind}: {error.problem}"
    return f"{name}: not well-formed {kind}: {' '.join(str(error).split())}"
