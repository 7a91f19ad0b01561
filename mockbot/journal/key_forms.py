"""The forms in which a key can occur in a text, and one expression for those of many keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

SHORTEST = 6
"""Characters of the shortest key that is masked inside other texts; shorter ones may be ordinary words."""
PIECE = 512
"""Characters of a form that are searched for at once."""
ESCAPED = re.compile("%[0-9A-F]{2}")


FEW = 64
"""How many forms are one expression; the time of an expression grows with their number, that of an index does not."""
Span = tuple[int, int]
"""The offsets of the first character and of the one after the last."""
Finder = Callable[[str], Iterator[Span]]
"""Finds the spans of keys in a text, from left to right and without overlaps."""


Found = tuple[Finder | None, int]
"""What finds the forms of keys, None if there are none; and the length of the longest form."""
MANY = 16 * 1024
"""Characters of keys from which on what finds them takes so much memory that only the last two are kept."""


def finder(keys: frozenset[str]) -> Found:
    """Return what finds all forms of all keys, the longest at each place, and the length of the longest form."""
    return _finder_of_few(keys) if sum(map(len, keys)) < MANY else _finder_of_many(keys)


def _finder(keys: frozenset[str]) -> Found:
    forms = sorted({piece for key in keys for piece in pieces(key)}, key=len, reverse=True)
    longest = max([64, *map(len, forms)])
    if len(forms) > FEW:
        return _indexed(forms), longest
    return spans_of(re.compile(_branches(forms, SHORTEST))) if forms else None, longest


_finder_of_few, _finder_of_many = lru_cache(128)(_finder), lru_cache(2)(_finder)


def spans_of(pattern: re.Pattern[str]) -> Finder:
    """Return what finds the matches of an expression."""
    return lambda text: (match.span() for match in pattern.finditer(text))


def _indexed(forms: Sequence[str]) -> Finder:
    """Return what finds forms by their first SHORTEST characters, then by their lengths."""
    known, lengths = frozenset(forms), dict[str, list[int]]()
    for form in forms:
        of_prefix = lengths.setdefault(form[:SHORTEST], [])
        if len(form) not in of_prefix[-1:]:
            of_prefix.append(len(form))

    def find(text: str) -> Iterator[Span]:
        free = 0
        for at in [at for at in range(len(text) - SHORTEST + 1) if text[at : at + SHORTEST] in lengths]:
            if at >= free:
                for length in lengths[text[at : at + SHORTEST]]:
                    if at + length <= len(text) and text[at : at + length] in known:
                        free = at + length
                        yield at, free
                        break

    return find


def _branches(forms: Sequence[str], depth: int) -> str:
    """Return an expression of forms as a tree of their first `depth` characters, so that few are tried at a place."""
    if not depth or len(forms) == 1:
        return "|".join(map(re.escape, forms))
    tree: dict[str, list[str]] = {}
    for form in forms:
        tree.setdefault(form[0], []).append(form[1:])
    return "|".join(f"{re.escape(first)}(?:{_branches(rest, depth - 1)})" for first, rest in tree.items())


def _forms(word: str) -> Iterator[str]:
    """Yield the forms of a word in plain text, in JSON and in a query, and their UTF-8 bytes read as Latin-1."""
    quoted = quote(word, safe="", errors="replace")
    for form in (word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]):
        yield form
        yield form.encode("utf-8", "replace").decode("latin-1")
    if " " in word:
        yield word.replace(" ", "+")
        yield quoted.replace("%20", "+")
    yield quoted
    yield ESCAPED.sub(lambda found: found[0].lower(), quoted)


def pieces(word: str) -> Iterator[str]:
    """Yield the forms of a word in pieces of at most about PIECE characters, so that streams need short look-back."""
    for form in _forms(word):
        last = max(len(form) - SHORTEST, 1)
        for start in range(0, last, PIECE):
            yield form[start : start + PIECE if start + PIECE < last else None]
