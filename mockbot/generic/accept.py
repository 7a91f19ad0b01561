"""Content negotiation: which of a response's media types a request asks for (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mockbot.contract.media_types import parse_content_type

RANGES = {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain"}
"""The media type to send where a document has a range and the request names none in it."""
RANGE = re.compile(r"[A-Za-z0-9!#$&^_.+*-]{1,127}/[A-Za-z0-9!#$&^_.+*-]{1,127}")
"""A media type or range (RFC 6838, 4.2)."""
ELEMENT = re.compile(r'(?:[^,"]+|"[^"]*(?:"|$))+')
"""What is between commas outside of quotes; it never backtracks, so that a long header takes linear time."""


def ordered(offered: Sequence[str], accept: str) -> list[tuple[str, str]]:
    """Return pairs of a documented media type or range and the media type to send for it, the best first.

    The order is that of the quality in `accept`, then JSON first, then the document's. Media types that the request
    does not accept come last, so that a client which asks for something else gets the first one (RFC 9110, 15.5.7).
    """
    wanted = _wanted(accept)
    pairs = sorted(((name, _concrete(name, wanted)) for name in offered), key=lambda pair: not is_json(pair[1]))
    return sorted(pairs, key=lambda pair: -_quality(pair[1], wanted))


def is_json(media_type: str) -> bool:
    """Return whether bodies of a media type are JSON texts."""
    name = bare(media_type)
    return name in ("application/json", "text/json") or name.endswith("+json")


def bare(media_type: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def _wanted(accept: str) -> list[tuple[str, float]]:
    """Return the ranges of an Accept header with their qualities; everything when there is none."""
    found = []
    for each in ELEMENT.findall(accept):
        name, parameters = parse_content_type(each)
        if RANGE.fullmatch(name):
            found.append((name, _number(parameters.get("q", "1"))))
    return found or [("*/*", 1.0)]


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 1.0


def _quality(media_type: str, wanted: Sequence[tuple[str, float]]) -> float:
    """Return the quality that the most specific fitting range gives to a media type; 0 when none fits."""
    name = bare(media_type)
    for pattern in (name, f"{name.partition('/')[0]}/*", "*/*"):
        qualities = [quality for each, quality in wanted if each == pattern]
        if qualities:
            return max(qualities)
    return 0.0


def _concrete(name: str, wanted: Sequence[tuple[str, float]]) -> str:
    """Return a media type for a documented range: one that the request names, or else a plausible one."""
    if "*" not in bare(name):
        return name
    start = bare(name).partition("*")[0]
    asked = sorted((each for each in wanted if "*" not in each[0] and each[1] > 0), key=lambda each: -each[1])
    return next((each for each, _ in asked if each.startswith(start)), RANGES.get(bare(name), name.replace("*", "x")))
