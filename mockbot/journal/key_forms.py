"""The forms in which a key can occur in a text, and one expression for those of many keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

SHORTEST = 6
"""Characters of the shortest key that is masked inside other texts; shorter ones may be ordinary words."""
PIECE = 512
"""Characters of a form that are searched for at once."""
ESCAPED = re.compile("%[0-9A-F]{2}")


@lru_cache(maxsize=128)
def pattern(keys: frozenset[str]) -> tuple[re.Pattern[str] | None, int]:
    """Return an expression of all forms of all keys, longest first, and the length of its longest match."""
    forms = sorted({piece for key in keys for piece in pieces(key)}, key=len, reverse=True)
    return re.compile(_branches(forms, SHORTEST)) if forms else None, max([64, *map(len, forms)])


def _branches(forms: Sequence[str], depth: int) -> str:
    """Return an expression of forms as a tree of their first `depth` characters, so that few are tried at a place."""
    if not depth or len(forms) == 1:
        return "|".join(map(re.escape, forms))
    tree: dict[str, list[str]] = {}
    for form in forms:
        tree.setdefault(form[0], []).append(form[1:])
    return "|".join(f"{re.escape(first)}(?:{_branches(rest, depth - 1)})" for first, rest in tree.items())


def _forms(word: str) -> Iterator[str]:
    """Yield a word as it is written in plain text, in JSON and in a query, and their UTF-8 bytes read as Latin-1."""
    quoted = quote(word, safe="", errors="replace")
    for form in (word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]):
        yield form
        yield form.encode("utf-8", "replace").decode("latin-1")
    yield quoted
    yield ESCAPED.sub(lambda found: found[0].lower(), quoted)


def pieces(word: str) -> Iterator[str]:
    """Yield the forms of a word in pieces of at most about PIECE characters, so that streams need short look-back."""
    for form in _forms(word):
        last = max(len(form) - SHORTEST, 1)
        for start in range(0, last, PIECE):
            yield form[start : start + PIECE if start + PIECE < last else None]
