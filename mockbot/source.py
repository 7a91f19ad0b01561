"""YAML and JSON files that people write, parsed so that the line of each value can be found.

A JSON pointer (RFC 6901) identifies a value. `Source.line` returns its line, so that each error about the value can
name the file, the line and the pointer. Lines are looked up when an error needs them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mockbot import prepared
from mockbot.dataclass import dataclass
from mockbot.errors import Malformed, UserError
from mockbot.jsontext import JSON
from mockbot.reads import note, opened

if TYPE_CHECKING:
    from mockbot.jsonlines import Places

NEWLINE = re.compile("\r\n?")


class Lines(Protocol):
    """The line number (from 1) of the value at each JSON pointer."""

    def get(self, pointer: str, /) -> int | None:
        """Return a line, or None for a pointer that leads nowhere."""


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file: its `value`, and in `lines` where the values are."""

    name: str
    value: JSON
    lines: Lines | Mapping[str, int] = field(repr=False)
    format: str = ""
    """The format in contracts/formats/ that the file is known to fit; empty if that is not known."""

    def line(self, pointer: str) -> int:
        """Return the line of the value at `pointer`, or of the nearest parent that has one."""
        while (found := self.lines.get(pointer)) is None and pointer:
            pointer = pointer.rpartition("/")[0]
        return 1 if found is None else found

    def part(self, pointer: str, value: JSON) -> Source:
        """Return a source for `value`, the part of the file at `pointer`, with the same line numbers."""
        return Source(self.name, value, _Part(self.lines, pointer))

    def place(self, pointer: str) -> str:
        """Return `file:line` of the value at `pointer`, in the form that editors and terminals turn into a link."""
        return f"{self.name}:{self.line(pointer)}"


def load(path: Path) -> Source:
    """Read the YAML or JSON file at `path`; raise UserError if it is missing, not UTF-8 or not well-formed."""
    return parse(read(path), str(path))


def read(path: Path) -> str:
    """Return the text of the file at `path`; raise UserError if it is missing or not UTF-8."""
    note(path, None)
    try:
        with opened(path) as file:
            content = file.read()
        note(path, content)
        return NEWLINE.sub("\n", content.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(f"{path}: cannot be read: {reason}") from None


def parse(text: str, name: str) -> Source:
    """Parse YAML 1.2 or JSON; raise UserError if it is not well-formed. Errors call the text `name`."""
    text = text.removeprefix("\ufeff")
    try:
        if text.lstrip()[:1] in ("{", "["):
            try:
                return Source(name, _json(text), _JsonLines(text))
            except _Repeated:
                raise _twice(text) from None
            except Malformed:
                raise
            except (ValueError, RecursionError):
                pass  # YAML has such texts, too, and its parser knows the line of an error
        if (known := prepared.file(text)) is not None:
            return Source(name, known.value, _LaterLines(text), known.format)
        from mockbot import yamltext

        node = yamltext.compose(text)
        return Source(name, yamltext.value_of(node), _YamlLines(node))
    except (ValueError, RecursionError) as error:
        raise UserError(_not_well_formed(error, name)) from None


def _json(text: str) -> JSON:
    value: JSON = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_float)
    return value


class _Repeated(Exception):
    """An object has a key twice."""


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Repeated
    return found


def _twice(text: str) -> Malformed:
    from mockbot import jsonlines, yamltext

    found = jsonlines.repeated(text)
    if found is None:  # pragma: no cover  # the parser has seen one
        return Malformed("a key is here twice")
    key, first, second = found
    return Malformed(yamltext.twice(key, first, second), second)


def _float(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _no_number(text: str) -> Any:
    raise Malformed(f"{text} is not a number that JSON knows")


class _JsonLines:
    """The lines of a JSON text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _places(self) -> Places:
        from mockbot.jsonlines import Places

        return Places(self._text)

    def get(self, pointer: str, /) -> int | None:
        return self._places.line(pointer)


class _YamlLines:
    """The lines of a YAML text's nodes."""

    def __init__(self, node: Any) -> None:
        self._node = node

    def get(self, pointer: str, /) -> int | None:
        from mockbot import yamltext

        return None if self._node is None else yamltext.line_at(self._node, pointer)


class _LaterLines:
    """The lines of a YAML text that was not parsed yet."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> _YamlLines:
        from mockbot import yamltext

        return _YamlLines(yamltext.compose(self._text))

    def get(self, pointer: str, /) -> int | None:
        return self._lines.get(pointer)


class _Part:
    """The lines of what is at one pointer."""

    def __init__(self, whole: Lines | Mapping[str, int], prefix: str) -> None:
        self._whole, self._prefix = whole, prefix

    def get(self, pointer: str, /) -> int | None:
        return self._whole.get(self._prefix + pointer)


def _not_well_formed(error: Exception, name: str) -> str:
    kind = "JSON" if name.endswith(".json") else "YAML"
    if isinstance(error, RecursionError):
        return f"{name}: not well-formed {kind}: it is nested too deep"
    place = f"{name}:{error.line}" if isinstance(error, Malformed) and error.line else name
    return f"{place}: not well-formed {kind}: {error}"
