"""Masks keys wherever they occur, before anything is shown or written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice
from urllib.parse import urlencode

from mockbot.journal.credentials import (
    COMMON,
    SHOWN,
    Carriers,
    mask_headers,
    mask_pairs,
    mask_query_of,
    parts,
    query_pairs,
)
from mockbot.journal.key_forms import SHORTEST, Found, Span, finder, pieces, spans_of
from mockbot.journal.unescaped import WIDEST, has_escapes, levels, raw_span
from mockbot.jsontext import JSON
from mockbot.violation import Violation

SHORT, MOST_MASKED = 100, 50
"""How long a text may be whose masked form is kept, and how many of them are."""
MAX_FORMS = 128
"""How many forms of a request's credentials are searched for; no well-behaved client has more."""


def finder_of(keys: Iterable[str]) -> Found:
    """Return what finds those of the keys that are long enough to be masked inside other texts."""
    return finder(frozenset(key for key in keys if len(key) >= SHORTEST))


class Secrets:
    """Masks the keys of a world and the credentials of one request wherever they occur.

    Masked texts keep their length, so that pieces of a stream keep their boundaries. The time is proportional to the
    length of a text: the keys are one expression, compiled once for each set of keys, and of the credentials at most
    MAX_FORMS forms are searched for. If a request has more, every text that could hold a secret is masked completely.
    """

    def __init__(
        self,
        keys: Iterable[str],
        credentials: Iterable[str] = (),
        key_pattern: re.Pattern[str] | None = None,
        carriers: Carriers = COMMON,
        found: Found | None = None,
    ) -> None:
        """Mask `keys`, `credentials`, and all that `key_pattern` matches, whether the world has such a key or not.

        The values of headers and query parameters in `carriers` are masked whatever they are. `found` is what
        `finder_of` returns for the keys, which takes long for many.
        """
        self.key_pattern, self._carriers = key_pattern, carriers
        self._masked: dict[str, str] = {}
        """Short texts that were masked: paths, methods and the names of headers come again and again."""
        known = frozenset(key for key in keys if len(key) >= SHORTEST)
        known_finder, self.longest = finder(known) if found is None else found
        self._finders = [each for each in (known_finder, key_pattern and spans_of(key_pattern)) if each]
        candidates = {word for text in credentials for word in (text, *parts(text))}
        words = {word for word in candidates if len(word) >= SHORTEST} - known
        forms = {piece for word in islice(words, MAX_FORMS + 1) for piece in pieces(word)}
        self.masks_all = len(words) > MAX_FORMS or len(forms) > MAX_FORMS
        """Whether the credentials are too many to search for."""
        self._forms = () if self.masks_all else tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self.longest = max([self.longest, *map(len, self._forms)])

    def spans(self, text: str) -> list[Span]:
        """Return the spans of a text to mask, in order: each run of keys without the SHOWN characters at its start."""
        if self.masks_all:
            return [(0, len(text))] if len(text) >= SHORTEST else []
        found = [raw_span(span, steps) for view, steps in levels(text) for span in self._spans(view)]
        return joined(found) if has_escapes(text) else found

    def look_back(self, text: str) -> int:
        """Return how many characters the longest form may take in a text like this one."""
        return self.longest * (WIDEST if has_escapes(text) else 1)

    @property
    def forms(self) -> int:
        """Return how many forms of credentials are searched for, one after the other."""
        return len(self._forms)

    def _spans(self, text: str) -> list[Span]:
        """Return the spans to mask in a text, with its escapes unread."""
        found = [span for find in self._finders for span in find(text)]
        if self._forms:
            found += list(self._credentials_in(text, found))
        spans: list[Span] = []
        last = -1
        for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
            if start > last:
                spans.append((start + (SHOWN if end - start > 8 else 0), end))
            elif end > last:
                spans[-1] = spans[-1][0], end
            last = max(last, end)
        return spans

    def _credentials_in(self, text: str, found: Iterable[Span]) -> Iterator[Span]:
        """Yield the spans of credentials, longest form first, without those that lie within `found`.

        There is no expression for them: each wrong key would cost a compilation.
        """
        hidden = bytearray(len(text))
        for start, end in found:
            hidden[start:end] = b"*" * (end - start)
        for form in self._forms:
            at = text.find(form)
            while at >= 0:
                end = at + len(form)
                if hidden.find(0, at, end) >= 0:
                    hidden[at:end] = b"*" * len(form)
                    yield at, end
                    at = text.find(form, end)
                else:
                    free = hidden.find(0, end)
                    at = text.find(form, free - len(form) + 1) if free >= 0 else -1

    def text(self, text: str) -> str:
        """Return a text with keys masked."""
        if len(text) > SHORT:
            return with_stars(text, self.spans(text))
        masked = self._masked.get(text)
        if masked is None:
            if len(self._masked) >= MOST_MASKED:
                self._masked.clear()
            masked = self._masked[text] = with_stars(text, self.spans(text))
        return masked

    def texts(self, texts: Sequence[str]) -> list[str]:
        """Return texts with keys masked; many short ones take no longer than one long one."""
        if self.masks_all:
            return [self.text(text) for text in texts]
        masked, lengths = self.text("\n".join(texts)), [len(text) for text in texts]
        starts = accumulate((length + 1 for length in lengths), initial=0)
        return [masked[start : start + length] for start, length in zip(starts, lengths, strict=False)]

    def data(self, data: bytes, kept: int | None = None) -> bytes:
        """Return the first `kept` bytes with keys masked, including a key that ends beyond them."""
        text = (data if kept is None else data[: kept + WIDEST * self.longest]).decode("latin-1")
        return self.text(text)[:kept].encode("latin-1")

    def json(self, value: JSON) -> JSON:
        """Return a JSON value with keys masked in all its texts and names."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.json(item) for item in value]
            case dict():
                return {self.text(name): self.json(item) for name, item in value.items()}
        return value

    def violations(self, violations: Iterable[Violation]) -> tuple[Violation, ...]:
        """Return violations with keys masked in what they quote."""
        return tuple(
            replace(each, at=self.text(each.at), message=self.text(each.message), value=self.json(each.value))
            for each in violations
        )

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
        """Return headers as text with keys masked in all of them."""
        return tuple(_paired(self.texts([text for pair in mask_headers(headers, self._carriers) for text in pair])))

    def query(self, query: bytes) -> str:
        """Return a query string with keys masked in all parameters, however they are escaped."""
        if not query:
            return ""
        pairs = query_pairs(query)
        texts = _flat(pairs)
        if self.texts(texts) == texts:
            return self.text(mask_query_of(query, pairs, self._carriers))
        return urlencode(list(_paired(self.texts(_flat(mask_pairs(pairs, self._carriers))))), safe="*")


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the union of spans, in order."""
    union: list[Span] = []
    for start, end in sorted(spans):
        if union and start <= union[-1][1]:
            union[-1] = union[-1][0], max(end, union[-1][1])
        elif end > start:
            union.append((start, end))
    return union


def with_stars(text: str, spans: Sequence[Span]) -> str:
    """Return a text with stars in place of the characters in `spans`."""
    if not spans:
        return text
    parts, last = [], 0
    for start, end in spans:
        parts += [text[last:start], "*" * (end - start)]
        last = end
    return "".join([*parts, text[last:]])


def _flat(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [text for pair in pairs for text in pair]


def _paired(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(texts[::2], texts[1::2], strict=True)
