"""TOML files that people write, parsed so that the line of each value can be found."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockbot import source
from mockbot.errors import UserError
from mockbot.jsontext import escape
from mockbot.source import Source


def load(path: Path) -> Source:
    """Read the TOML file at `path`; raise UserError if it is missing, not UTF-8 or not well-formed."""
    return parse(source.read(path), str(path))


def parse(text: str, name: str) -> Source:
    """Parse TOML; raise UserError if it is not well-formed. Errors call the text `name`.

    The value is as `tomllib` returns it: dates and times are objects of `datetime`.
    """
    text = text.replace("\r\n", "\n")
    try:
        return Source(name, tomllib.loads(text), _TomlLines(text))
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        if found is None:  # pragma: no cover  # another wording of the library
            raise UserError(f"{name}: not well-formed TOML: {error}") from None
        sentence, line, column = found.groups()
        place = f"{name}:{line or text.rstrip().count(chr(10)) + 1}"
        where = f" (column {column})" if column else " (the file ends here)"
        raise UserError(f"{place}: not well-formed TOML: {sentence}{where}") from None
    except RecursionError:
        raise UserError(f"{name}: not well-formed TOML: it is nested too deep") from None


class _TomlLines:
    """The lines of a TOML text, looked up when an error needs them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, int] | None = None

    def get(self, pointer: str, /) -> int | None:
        if self._found is None:
            self._found = _lines(self._text)
        return self._found.get(pointer)


def _lines(text: str) -> dict[str, int]:
    """Return the line of each table and value in a well-formed text, by its JSON pointer.

    Each statement, which is a header or a key with its value, is a TOML text of its own.
    """
    found: dict[str, int] = {}
    last: dict[str, int] = {}
    """The last index of each array of tables."""
    table = ""
    for line, statement, value in _statements(text):
        if statement.lstrip().startswith("["):
            *parents, key = _header(value)
            table = _below("", parents, last) + f"/{escape(key)}"
            if statement.lstrip().startswith("[["):
                last[table] = last.get(table, -1) + 1
                found.setdefault(table, line)
            if table in last:
                table += f"/{last[table]}"
            found.setdefault(table, line)
        else:
            for pointer in _pointers(value, table):
                found.setdefault(pointer, line)
    return found


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield first line, text and value of each statement; a value can have several lines."""
    statement, first = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += f"{line}\n"
        try:
            value = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if value:
            yield first, statement, value
        statement, first = "", number + 1


def _header(value: Any) -> Iterator[str]:
    while value:
        ((key, inner),) = value.items()
        yield key
        value = inner[0] if isinstance(inner, list) else inner


def _below(table: str, keys: list[str], last: dict[str, int]) -> str:
    for key in keys:
        table += f"/{escape(key)}"
        if table in last:
            table += f"/{last[table]}"
    return table


def _pointers(value: Any, at: str) -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        pointer = f"{at}/{escape(str(key))}"
        yield pointer
        yield from _pointers(inner, pointer)
