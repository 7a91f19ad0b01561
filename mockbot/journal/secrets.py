"""Keys never leave: what carries one is masked before it is kept or shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice
from urllib.parse import parse_qsl, urlencode

from mockbot.journal.entry import KEPT, TAIL, Chunk
from mockbot.journal.forms import SHORTEST, pattern, pieces
from mockbot.jsontext import JSON
from mockbot.violation import Violation

HEADERS = frozenset(
    {b"x-api-key", b"api-key", b"authorization", b"proxy-authorization", b"cookie", b"set-cookie", b"x-auth-token"}
)
QUERY = frozenset({"api_key", "key", "token", "apikey", "access_token"})
MASK = "***"
SHOWN = 4
"""Characters that are shown of a key longer than eight: enough to tell a key from a password."""
MOST = 128
"""Forms of what a request carries, each at most PIECE long, that are looked for; no client has so many secrets."""


def mask(secret: str) -> str:
    """Return what may be shown of a key: a scheme and the first four characters of a long one."""
    scheme, blank, rest = secret.partition(" ")
    shown, hidden = (f"{scheme} ", rest) if blank and scheme.isalpha() else ("", secret)
    return shown + (hidden[:SHOWN] if len(hidden) > 8 else "") + MASK


def credentials(query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """Return the secrets that a request carries where secrets belong, as they are; never to be kept or shown."""
    named = [value.decode("latin-1").strip() for name, value in headers if name.lower() in HEADERS]
    asked = [value.strip() for name, value in _pairs(query) if name.lower() in QUERY]
    return (*named, *asked)


class Secrets:
    """Masks a world's `keys`, and what one request has `carried`, wherever they stand.

    What is masked keeps its length, so that pieces of a stream stay pieces. A text costs what it is long: the keys are
    one expression, made once for a set of keys, and of what is carried at most MOST forms are looked for. Where a
    request carries more, no text that is long enough to hold a secret is shown.
    """

    def __init__(self, keys: Iterable[str], carried: Iterable[str] = (), like: re.Pattern[str] | None = None) -> None:
        """`like` matches any other key, whether the world has it or not."""
        self._like = like
        known = frozenset(key for key in keys if len(key) >= SHORTEST)
        self._known, self.longest = pattern(known)
        words = {word for text in carried for word in (text, text.rpartition(" ")[2]) if len(word) >= SHORTEST} - known
        forms = {piece for word in islice(words, MOST + 1) for piece in pieces(word)}
        self.blind = len(words) > MOST or len(forms) > MOST
        self._carried = () if self.blind else tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self.longest = max([self.longest, *map(len, self._carried)])

    def runs(self, text: str) -> list[tuple[int, int]]:
        """Return where a text is masked, as offsets in order: of each run of keys all but what is SHOWN."""
        if self.blind:
            return [(0, len(text))] if len(text) >= SHORTEST else []
        found = [each.span() for keys in (self._known, self._like) if keys for each in keys.finditer(text)]
        if self._carried:
            found += list(self._carried_in(text, found))
        runs: list[tuple[int, int]] = []
        last = -1
        for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
            if start > last:
                runs.append((start + (SHOWN if end - start > 8 else 0), end))
            elif end > last:
                runs[-1] = runs[-1][0], end
            last = max(last, end)
        return runs

    def _carried_in(self, text: str, found: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Yield where what is carried stands, the longest first; what lies within what is `found` is passed over.

        No expression is made of it: each wrong key would cost a compilation.
        """
        hidden = bytearray(len(text))
        for start, end in found:
            hidden[start:end] = b"*" * (end - start)
        for form in self._carried:
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
        """Return a text without keys."""
        return _veil(text, self.runs(text))

    def texts(self, texts: Sequence[str]) -> list[str]:
        """Return texts without keys; many short ones cost no more than one long one."""
        if self.blind:
            return [self.text(text) for text in texts]
        masked, lengths = self.text("\n".join(texts)), [len(text) for text in texts]
        starts = accumulate((length + 1 for length in lengths), initial=0)
        return [masked[start : start + length] for start, length in zip(starts, lengths, strict=False)]

    def data(self, data: bytes, kept: int | None = None) -> bytes:
        """Return the first `kept` bytes, without keys, also without one that ends beyond them."""
        text = (data if kept is None else data[: kept + self.longest]).decode("latin-1")
        return self.text(text)[:kept].encode("latin-1")

    def json(self, value: JSON) -> JSON:
        """Return a JSON value without keys in its texts."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.json(item) for item in value]
            case dict():
                return {self.text(name): self.json(item) for name, item in value.items()}
        return value

    def violations(self, violations: Iterable[Violation]) -> tuple[Violation, ...]:
        """Return violations without keys in what they quote."""
        return tuple(
            replace(each, at=self.text(each.at), message=self.text(each.message), value=self.json(each.value))
            for each in violations
        )

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
        """Return headers as text without keys, whatever header they are in."""
        return tuple(_paired(self.texts([text for pair in mask_headers(headers) for text in pair])))

    def query(self, query: bytes) -> str:
        """Return a query string without keys, whatever parameter they are in and however they are escaped."""
        pairs = _pairs(query)
        parts = [part for pair in pairs for part in pair]
        if self.texts(parts) == parts:
            return self.text(mask_query(query))
        masked = [part for name, value in pairs for part in (name, mask(value) if name.lower() in QUERY else value)]
        return urlencode(list(_paired(self.texts(masked))), safe="*")


class MaskedStream:
    """Masks the pieces of a response as they come, and the beginning of a key in those before it.

    `chunks` gets the first `kept` bytes; `tail` is the end of a response that is longer, else None. What a piece costs
    depends on its own length, not on how many there were.
    """

    def __init__(self, secrets: Secrets, chunks: list[Chunk], kept: int = KEPT) -> None:
        self.tail: Chunk | None = None
        self._secrets, self._chunks, self._kept = secrets, chunks, kept
        self._held = b""
        self._seen = 0

    def add(self, at: float, data: bytes) -> None:
        """Take the next piece, `at` seconds from the beginning."""
        longest, room = self._secrets.longest, max(self._kept - self._seen, 0)
        if self._seen < self._kept + longest:
            before = self._held[-2 * longest :]
            self._add(at, before, data[: room + longest], room)
        if len(data) > room:
            end = (self._held + data[-TAIL - longest :])[-TAIL - longest :]
            self.tail = Chunk(at, self._secrets.data(end)[-TAIL:])
        hold = max(2 * longest, TAIL + longest)
        self._held = (self._held + data[-hold:])[-hold:]
        self._seen += len(data)

    def _add(self, at: float, before: bytes, data: bytes, room: int) -> None:
        if self._secrets.blind:
            before, runs = b"", [(0, len(data))]
        else:
            runs = self._secrets.runs((before + data).decode("latin-1"))
        for start, end in runs:
            if start < len(before) < end:
                self._mask(len(before) - start)
        if room:
            runs = [(max(start - len(before), 0), end - len(before)) for start, end in runs if end > len(before)]
            self._chunks.append(Chunk(at, _veil(data.decode("latin-1"), runs)[:room].encode("latin-1")))

    def _mask(self, length: int) -> None:
        """Mask the last `length` bytes that came, as far as they are kept."""
        end = self._seen
        left = length - max(end - self._kept, 0)
        for index in reversed(range(len(self._chunks))):
            if left <= 0:
                return
            chunk = self._chunks[index]
            cut = max(len(chunk.data) - left, 0)
            left -= len(chunk.data)
            if chunk.data[cut:].strip(b"*"):
                self._chunks[index] = Chunk(chunk.at, chunk.data[:cut] + b"*" * (len(chunk.data) - cut))


def mask_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Return headers as text, secrets masked."""
    return tuple(
        (name.decode("latin-1"), mask(value.decode("latin-1")) if name.lower() in HEADERS else value.decode("latin-1"))
        for name, value in headers
    )


def mask_query(query: bytes) -> str:
    """Return a query string, secrets masked; the rest stays as it was sent."""
    pairs = _pairs(query)
    if not any(name.lower() in QUERY for name, _ in pairs):
        return query.decode("latin-1")
    return urlencode([(name, mask(value) if name.lower() in QUERY else value) for name, value in pairs], safe="*")


def _pairs(query: bytes) -> Sequence[tuple[str, str]]:
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True)


def _paired(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(parts[::2], parts[1::2], strict=True)


def _veil(text: str, runs: Sequence[tuple[int, int]]) -> str:
    """Return a text with stars for the characters of `runs`."""
    if not runs:
        return text
    parts, last = [], 0
    for start, end in runs:
        parts += [text[last:start], "*" * (end - start)]
        last = end
    return "".join([*parts, text[last:]])
