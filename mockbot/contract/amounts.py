"""How many values a body has, counted before anything reads it: to read very many holds up all other requests."""

from __future__ import annotations

from mockbot.contract.media_types import is_json, parse_content_type
from mockbot.contract.wire.described import FORM

MOST_VALUES, USUAL = 100_000, 4 * 1024 * 1024
"""How many values a JSON text may have; names, brackets and commas count, too. With a larger `max_json` than the usual
one, there is no limit."""
MOST_FIELDS = 10_000
"""How many fields an urlencoded form may have."""
OTHERS = (b",", b"[", b"{")


def too_many(content_type: bytes, body: bytes, limit: int = USUAL) -> str:
    """Return why a body has more values than are read, as the end of a sentence; empty if it has not.

    `limit` is the number of bytes that a JSON text may have.
    """
    if len(body) <= MOST_FIELDS:
        return ""
    media_type, _ = parse_content_type(content_type.decode("latin-1"))
    if media_type == FORM and body.count(b"&") >= MOST_FIELDS:
        return f"have at most {MOST_FIELDS} fields"
    if is_json(media_type) and limit <= USUAL and has_more(body, MOST_VALUES):
        return f"have at most {MOST_VALUES} values; a larger --max-json than {USUAL} allows more"
    return ""


def has_more(text: bytes, most: int) -> bool:
    """Return whether a JSON text has more than `most` strings, opening brackets and commas outside of strings."""
    if len(text) <= most or sum(map(text.count, (b'"', *OTHERS))) <= most:
        return False
    without_escapes = text.replace(rb"\\", b"").replace(rb"\"", b"")
    strings = without_escapes.count(b'"') // 2
    if strings > most:
        return True
    outside = b"".join(without_escapes.split(b'"')[::2])
    return strings + sum(map(outside.count, OTHERS)) > most
