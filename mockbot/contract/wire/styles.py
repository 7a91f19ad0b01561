"""One text in a style of OpenAPI (3.1, 4.8.12.6) read as a value that is then cast by its schema.

Every function returns the readings of a text, the likeliest first: a style writes `1,2` for an array and for the
string "1,2", and versions of OpenAPI differ in where they put commas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mockbot.contract.wire.casting import CONTAINERS, Raw
from mockbot.contract.wire.shapes import ALL

Decode = Callable[[str], str]


def simple(text: str, types: frozenset[str], explode: bool, decode: Decode) -> list[Raw]:
    """Read `blue,black`, `R,100,G,200` or, exploded, `R=100,G=200`."""
    return delimited(text, ",", types, decode, "=" if explode else None)


def label(text: str, types: frozenset[str], explode: bool, decode: Decode) -> list[Raw]:
    """Read `.blue,black` or, exploded, `.blue.black` and `.R=100.G=200`; OpenAPI 3.0 has points everywhere."""
    if not text.startswith("."):
        raise ValueError("it must begin with a point")
    if explode:
        return delimited(text[1:], ".", types, decode, "=")
    return [reading for mark in (",", ".") for reading in delimited(text[1:], mark, types, decode)]


def matrix(name: str, text: str, types: frozenset[str], explode: bool, decode: Decode) -> list[Raw]:
    """Read `;color=blue,black` or, exploded, `;color=blue;color=black` and `;R=100;G=200`."""
    if not text.startswith(";"):
        raise ValueError("it must begin with a semicolon")
    pairs = [piece.partition("=") for piece in text[1:].split(";")]
    values = [value for key, _, value in pairs if decode(key) == name]
    if explode and values and types - {"object"}:
        return [tuple(map(decode, values))]
    if explode and "object" in types:
        return [_object((decode(key), decode(value)) for key, _, value in pairs)]
    if not values:
        raise ValueError(f"it must begin with `;{name}=`")
    return delimited(values[0], ",", types, decode)


def delimited(text: str, mark: str, types: frozenset[str], decode: Decode, equals: str | None = None) -> list[Raw]:
    """Read values with `mark` between them; with `equals`, an object has `name=value` between its marks.

    An escaped mark belongs to a value, but many clients escape all marks: that is the second reading.
    """
    plain = decode(text)
    readings: list[Raw] = []
    if types != ALL and types & CONTAINERS:
        pieces = [decode(piece) for piece in text.split(mark)]
        again = plain.split(mark) if len(pieces) == 1 else pieces
        for each in [pieces] if again == pieces else [pieces, again]:
            readings += _containers(each, types, equals)
        if text == "":
            readings += [each for each, name in (([], "array"), ({}, "object")) if name in types]
    if not readings or types - CONTAINERS:
        readings.insert(0 if mark not in plain and types - CONTAINERS - {"null"} else len(readings), plain)
    return readings


def _containers(pieces: list[str], types: frozenset[str], equals: str | None) -> Iterable[Raw]:
    if "array" in types:
        yield list(pieces)
    if "object" in types:
        pairs = [piece.partition("=") for piece in pieces]
        if equals and all(sign for _, sign, _ in pairs):
            yield _object((key, value) for key, _, value in pairs)
        elif not equals and len(pieces) % 2 == 0:
            yield _object(zip(pieces[::2], pieces[1::2], strict=True))


def _object(pairs: Iterable[tuple[str, str]]) -> dict[str, Raw]:
    found: dict[str, Raw] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
