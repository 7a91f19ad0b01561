"""Pairs of ids that two servers gave to the same thing, to translate requests from one to the other."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import replace

from mockbot.jsontext import JSON
from mockbot.verify.client import Sent

UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
TOKEN = re.compile(r"[0-9A-Za-z_-]{6,}")
STORED = re.compile(r"[0-9]{17}_[0-9a-f]{4}(?![0-9a-f])")
"""Begins the name under which AstrBot 4.29.3 stores a file (BEHAVIOUR.md section 9.1)."""
MOST = 10_000
"""The most pairs to keep; the oldest are removed first."""


class IdPairs:
    """The ids of the first server with those of the second."""

    def __init__(self, key: str, other_key: str) -> None:
        """Start with the keys of both servers as a pair."""
        self._keys = (key, other_key) if key and other_key else ("", "")
        self._pairs: OrderedDict[str, str] = OrderedDict()

    def add(self, one: JSON, other: JSON, name: str = "") -> None:
        """Add the pairs in two values of the same shape; `name` is the key of these values in their objects."""
        if isinstance(one, dict) and isinstance(other, dict):
            for key in one.keys() & other.keys():
                self.add(one[key], other[key], key)
        elif isinstance(one, list) and isinstance(other, list):
            for left, right in zip(one, other, strict=False):
                self.add(left, right, name)
        elif isinstance(one, str) and isinstance(other, str) and one != other:
            if _is_id(one, name):
                self._keep(one, other)
            elif STORED.match(one) and STORED.match(other):
                self._keep(TOKEN.findall(one)[0], TOKEN.findall(other)[0])

    def _keep(self, one: str, other: str) -> None:
        self._pairs[one] = other
        if len(self._pairs) > MOST:
            self._pairs.popitem(last=False)

    def translated(self, sent: Sent) -> Sent:
        """Return a request to the first server with the key and ids of the second."""
        headers = tuple((name, self._text(value)) for name, value in sent.headers)
        body = self._text(sent.body.decode("latin-1")).encode("latin-1", "replace")
        return replace(sent, target=self._text(sent.target), headers=headers, body=body)

    def _text(self, text: str) -> str:
        key, other = self._keys
        if key:
            text = text.replace(key, other)
        return TOKEN.sub(lambda found: self._pairs.get(found[0], found[0]), text) if self._pairs else text


def _is_id(text: str, name: str) -> bool:
    named = name == "id" or name.endswith(("_id", "_ids"))
    return UUID.fullmatch(text) is not None or (named and TOKEN.fullmatch(text) is not None)
