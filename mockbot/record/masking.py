"""Keeps keys and passwords out of everything that is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mockbot.journal.credentials import Carriers, credentials, parts
from mockbot.journal.secrets import Secrets
from mockbot.jsontext import JSON
from mockbot.record.exchange import Exchange

SECRET_NAMES = re.compile(
    r"(?i)(?:^|[_-])(?:password|passwd|passphrase|secret|client_?secret|api_?keys?|private_?key|access_?key|authorization)$"
    r"|(?:^|[_-])(?<!page_)(?<!next_)(?<!page-)(?<!next-)(?<!continuation_)token$"
)
"""The names of properties whose texts are secret wherever they are."""
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
    """Return a value with keys masked, and without the texts of properties whose names say that they are secret."""
    hidden = set(_secret(value))
    more = Secrets(hidden, (), None) if hidden else None
    cleared = secrets.json(_hidden(value))
    return cleared if more is None else more.json(cleared)


def _secret(value: JSON) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _secret(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and SECRET_NAMES.search(name):
                yield item
            else:
                yield from _secret(item)


def _hidden(value: JSON) -> JSON:
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        return {
            name: MASK if isinstance(item, str) and item and SECRET_NAMES.search(name) else _hidden(item)
            for name, item in value.items()
        }
    return value
