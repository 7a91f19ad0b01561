"""JSON in the two forms that AstrBot writes, and JSON pointers (RFC 6901).

The bodies of AstrBot's responses are compact ASCII with one line feed at the end; the frames of its streams have spaces
and raw UTF-8 (BEHAVIOUR.md sections 1 and 8.4).
"""

from __future__ import annotations

import json
import math
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any, TypeAlias
from urllib.parse import unquote

from mockbot.dataclass import dataclass


# pragma: no mutate start, because it runs at import
def _encoder(write_text: Callable[[str], str], comma: str = ",", colon: str = ":") -> Callable[[Any], str]:
    """Return an encoder that refuses infinity: the one in C, which JSONEncoder makes anew for each value."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # pragma: no cover  # a Python without the encoder in C
        ascii_only = write_text is encode_basestring_ascii
        return json.JSONEncoder(separators=(comma, colon), allow_nan=False, ensure_ascii=ascii_only).encode
    encode = make(None, json.JSONEncoder().default, write_text, None, colon, comma, False, False, False)
    return lambda value: "".join(encode(value, 0))


# pragma: no mutate end
_ESCAPED = _encoder(encode_basestring_ascii)
_UNESCAPED = _encoder(encode_basestring)
_SPACED = _encoder(encode_basestring, ", ", ": ")
JSON: TypeAlias = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None


_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # unknown to typeshed


def loads(text: str) -> Any:
    """Return what `json.loads` returns; sooner, if there are no blanks around the value."""
    try:
        value, end = _scan(text, 0)
    except (StopIteration, ValueError):
        return json.loads(text)
    return value if end == len(text) else json.loads(text)


DEEPEST = 200
"""Levels of a value from outside; Python works on about 300 with functions that call themselves."""


def read(text: bytes | str) -> JSON:
    """Return the value of a JSON text from outside; raise ValueError if it is none, or has more than DEEPEST levels."""
    try:
        found: JSON = json.loads(text)
    except RecursionError:
        raise TooDeep("it is nested too deep") from None
    openings = text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")
    if openings > DEEPEST and levels(found, DEEPEST) > DEEPEST:
        raise TooDeep("it is nested too deep")
    return found


class TooDeep(ValueError):
    """A JSON text has more than DEEPEST levels."""


def levels(value: JSON, most: int) -> int:
    """Return how many levels of arrays and objects a value has, counted up to one more than `most`."""
    level, count = [value], 0
    while (level := [each for each in level if isinstance(each, list | dict)]) and count <= most:
        count += 1
        level = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
    return count


def compact(value: JSON) -> bytes:
    """Return JSON as the body of a response: no spaces, non-ASCII characters escaped, a line feed at the end."""
    return standard(value, ensure_ascii=True).encode("ascii") + b"\n"


def plainly_compact(value: JSON) -> bytes | None:
    """Return JSON without spaces, non-ASCII characters escaped, if every parser reads it as `value`; else None."""
    try:
        return _ESCAPED(value).encode("ascii")
    except (ValueError, RecursionError):
        return None


def standard(value: JSON, *, ensure_ascii: bool) -> str:
    """Return JSON without spaces; infinity, such as 1e999, is the largest float, and NaN is null (RFC 8259, 6)."""
    encode = _ESCAPED if ensure_ascii else _UNESCAPED
    try:
        return encode(value)
    except ValueError:
        return encode(_finite(value))


def spaced(value: JSON) -> str:
    """Return JSON as the data of a frame: separators `", "` and `": "`, non-ASCII characters unescaped.

    A text with a lone surrogate has no UTF-8 form; then all non-ASCII characters are escaped.
    """
    return spaced_bytes(value).decode()


def spaced_bytes(value: JSON) -> bytes:
    """Return what `spaced` returns, as UTF-8."""
    return plainly_spaced(value) or _leniently_spaced(value)


def plainly_spaced(value: JSON) -> bytes | None:
    """Return what `spaced_bytes` returns, if every parser reads it as `value`; else None.

    That is JSON without infinity, NaN and lone surrogates.
    """
    try:
        return _SPACED(value).encode()
    except (ValueError, RecursionError):
        return None


def plainly_spaced_texts(value: dict[str, JSON], key: str, texts: Iterable[str]) -> list[bytes] | None:
    """Return `plainly_spaced` of the value with each of the texts at `key`; None if that is None for one of them.

    None, too, if the place of the text is not the only one that looks like it.
    """
    name = f"{encode_basestring(key)}: "
    try:
        start, *ends = _SPACED({**value, key: ""}).split(f'{name}""')
        if len(ends) != 1:
            return None
        before, after = (start + name).encode(), ends[0].encode()
        return [b"%b%b%b" % (before, encode_basestring(text).encode(), after) for text in texts]
    except (ValueError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Base64:
    """Bytes that `parts` writes as a text in base64 (RFC 4648, 4)."""

    content: bytes


LONG_TEXT, PIECE = 1024 * 1024, 768 * 1024
"""Characters of a text that `parts` writes piece by piece, and of a piece, or of its bytes."""


def parts(value: Any, deep: int, write: Callable[[JSON, int], bytes]) -> Iterator[bytes]:
    """Yield JSON without spaces in parts: `write` writes what is `deep` levels down, names, and pieces of long texts.

    It is given how many levels down that is. A Base64 may be where a text may be.
    """
    yield from _parts(value, deep, 0, write)


def _parts(value: Any, deep: int, level: int, write: Callable[[JSON, int], bytes]) -> Iterator[bytes]:
    if level < deep and isinstance(value, dict) and value:
        for number, (name, part) in enumerate({write(name, 0): part for name, part in value.items()}.items()):
            yield b"%b%b:" % (b"," if number else b"{", name)
            yield from _parts(part, deep, level + 1, write)
        yield b"}"
    elif level < deep and isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield b"," if number else b"["
            yield from _parts(part, deep, level + 1, write)
        yield b"]"
    elif isinstance(value, Base64):
        yield b'"'
        yield from (b64encode(value.content[start : start + PIECE]) for start in range(0, len(value.content), PIECE))
        yield b'"'
    elif isinstance(value, str) and len(value) > LONG_TEXT:
        yield b'"'
        yield from (write(value[start : start + PIECE], level)[1:-1] for start in range(0, len(value), PIECE))
        yield b'"'
    else:
        yield write(value, level)


def _leniently_spaced(value: JSON) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _finite(value: JSON) -> JSON:
    match value:
        case list():
            return [_finite(each) for each in value]
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case float() if not math.isfinite(value):
            return None if math.isnan(value) else math.copysign(sys.float_info.max, value)
    return value


VALUE = 8
"""Bytes that `exceeds` counts for a value besides its characters."""


def exceeds(value: JSON, size: int) -> bool:
    """Return whether a value takes more than `size` bytes, roughly; it costs no more than a value of that size."""
    values = [value]
    while values and size >= 0:
        each, size = values.pop(), size - VALUE
        if isinstance(each, str):
            size -= len(each)
        elif isinstance(each, int):
            size -= each.bit_length() // 4
        elif isinstance(each, list):
            values += each
        elif isinstance(each, dict):
            size -= sum(map(len, each))
            values += each.values()
    return size < 0


def texts(value: JSON) -> Iterator[str]:
    """Yield the texts in a value, and the names."""
    values = [value]
    while values:
        each = values.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            values += each
        elif isinstance(each, dict):
            values += [*each, *each.values()]


LEVELS = 60
"""Levels of a value that every JSON parser reads."""


def portable(value: JSON, levels: int = LEVELS) -> JSON:
    """Return a value that every JSON parser reads, and that the control API takes: what JSON cannot hold is text.

    That is a number beyond the range of a double, a lone surrogate, which becomes its escape, and what is nested
    deeper than `levels`, which becomes its JSON. NaN is null.
    """
    match value:
        case str():
            return portable_text(value)
        case bool() | None:
            return value
        case list() | dict() if not levels:
            return portable_text(standard(value, ensure_ascii=False))
        case list():
            return [portable(each, levels - 1) for each in value]
        case dict():
            return {portable_text(name): portable(each, levels - 1) for name, each in value.items()}
        case float() if math.isnan(value):
            return None
        case _ if not abs(value) <= sys.float_info.max:
            return str(value) if isinstance(value, int) else "-1e999" if value < 0 else "1e999"
    return value


def portable_text(text: str) -> str:
    """Return a text with lone surrogates, which have no UTF-8 form, as their escapes, such as `\\ud800`."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def escape(key: str) -> str:
    """Return `key` as a reference token of a JSON pointer (RFC 6901 section 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path of keys and indexes; the whole document is the empty string."""
    return "".join(f"/{escape(str(part))}" for part in path)


def find(document: JSON, place: str) -> Any:
    """Return the value at the JSON pointer `place` in `document`; raise LookupError if there is none."""
    node: Any = document
    for step in place.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key.isdecimal():
            node = node[int(key)]
        elif isinstance(node, dict):
            node = node[key]
        else:
            raise LookupError(place)
    return node


def follow(document: JSON, reference: str) -> Any:
    """Return the target of a local reference, `#/a/b` (RFC 6901 section 6); raise LookupError if there is none."""
    if not reference.startswith("#"):
        raise LookupError(reference)
    return find(document, unquote(reference[1:]))
