"""What was worked out before from the files that mockbot ships, so that a start does not work it out again.

It is kept in `contracts/prepared/` as JSON, under the digest of the content that it was made from. A file that has
changed since is read as any other, so what is here is never needed, and never wrong. `python -m docs.generate` writes
it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from mockbot import resources
from mockbot.jsontext import JSON

FILES = "files.json"
"""The values of YAML files, and the formats that they fit."""


class Known(NamedTuple):
    """The value of a file, and the format in contracts/formats/ that it fits."""

    value: JSON
    format: str


class Effective(NamedTuple):
    """An effective contract."""

    document: dict[str, Any]
    one_way: bool
    """Whether it has properties that are only read or only written."""


def digest(contents: Iterable[bytes]) -> str:
    """Return the digest of several contents, in their order."""
    found = sha256()
    for each in contents:
        found.update(sha256(each).digest())
    return found.hexdigest()


def file(text: str) -> Known | None:
    """Return what is known of a shipped file by its text, each time as a new value; None for any other text."""
    found = files().get(digest([text.encode("utf-8", "surrogatepass")]))
    return None if found is None else Known(json.loads(found["value"]), found["format"])


def document(name: str, contents: Iterable[bytes]) -> Effective | None:
    """Return the effective contract that was made from these contents; None if they have changed since."""
    found = _read(f"{name}.json")
    return Effective(found["document"], found["one_way"]) if found.get("digest") == digest(contents) else None


@cache
def files() -> Mapping[str, Any]:
    """Return what is known of files, by the digests of their contents; it is read once."""
    return _read(FILES)


def _read(name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(resources.prepared(name).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
