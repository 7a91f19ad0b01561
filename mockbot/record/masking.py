"""Keeps keys and passwords out of everything that is written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TypeAlias

from mockbot.journal.credentials import Carriers, credentials, parts
from mockbot.journal.secrets import Secrets
from mockbot.jsontext import JSON
from mockbot.record.exchange import Exchange

SECRET_NAMES = re.compile(
    r"(?:password|passwd|passphrase|passcode|pwd|secret|secretkey|apikeys?|privatekey|accesskey|accesskeyid"
    r"|authorization|credentials?|jwt|(?<!page)(?<!next)(?<!continuation)(?<!max)token)$"
)
"""The ends of the names of properties that are secret wherever they are, in lower case and without `-` and `_`."""
MASK = "***"


def masker(exchanges: Iterable[Exchange], key_pattern: re.Pattern[str] | None, carriers: Carriers) -> Secrets:
    """Return what masks all secrets that the requests and the responses of a recording carry."""
    found: set[str] = set()
    for exchange in exchanges:
        in_response = credentials(b"", exchange.response_headers, carriers)
        for text in (*exchange.credentials, *in_response):
            found |= {text, *parts(text)}
    return Secrets(found, (), key_pattern, carriers)


def masked(value: JSON, secrets: Secrets) -> JSON:
    """Return a value with keys masked, and without the texts and numbers of secret properties."""
    hidden = set(_secret(value))
    more = Secrets(hidden, (), None) if hidden else None
    cleared = _masked_across(secrets.json(_hidden(value)), secrets)
    return cleared if more is None else more.json(cleared)


Path: TypeAlias = tuple[str, ...]


def _masked_across(value: JSON, secrets: Secrets) -> JSON:
    """Return a value with keys masked that begin in one item of a list and go on in the next, as deltas can have them.

    The texts at one place in all items are searched together.
    """
    if isinstance(value, dict):
        return {name: _masked_across(item, secrets) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_masked_across(item, secrets) for item in value]
    together: dict[Path, list[str]] = defaultdict(list)
    for item in items:
        for path, text in _texts(item):
            together[path].append(text)
    for path, texts in together.items():
        if len(texts) > 1 and (text := "".join(texts)) != (clean := secrets.text(text)):
            ends = [*accumulate(map(len, texts))]
            pieces = iter([clean[end - len(text) : end] for text, end in zip(texts, ends, strict=True)])
            items = [_replaced(item, path, pieces) for item in items]
    return items


def _texts(value: JSON, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the texts of a value that are in no list, with their places."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, (*path, name))


def _replaced(value: JSON, path: Path, texts: Iterator[str]) -> JSON:
    """Return a value with the next of the texts at a place, if it has a text there."""
    if not path:
        return next(texts) if isinstance(value, str) else value
    if not isinstance(value, dict) or path[0] not in value:
        return value
    return {**value, path[0]: _replaced(value[path[0]], path[1:], texts)}


def is_secret(name: str) -> bool:
    """Return whether the name of a property says that its value is secret: `accessToken`, `new-password`, `api_key`."""
    return SECRET_NAMES.search(name.lower().replace("-", "").replace("_", "")) is not None


def _secret(value: JSON, *, named: bool = False) -> Iterator[str]:
    """Yield the texts and numbers of secret properties; `named` says that this value belongs to one."""
    match value:
        case dict():
            for name, item in value.items():
                yield from _secret(item, named=is_secret(name))
        case list():
            for item in value:
                yield from _secret(item, named=named)
        case str() if named:
            yield value
        case int() | float() if named and not isinstance(value, bool):
            yield str(value)


def _hidden(value: JSON, *, named: bool = False) -> JSON:
    """Return a value without secret texts and numbers; numbers become 0, so that they keep their type."""
    match value:
        case dict():
            return {name: _hidden(item, named=is_secret(name)) for name, item in value.items()}
        case list():
            return [_hidden(item, named=named) for item in value]
        case str() if named and value:
            return MASK
        case int() | float() if named and not isinstance(value, bool):
            return 0
    return value
