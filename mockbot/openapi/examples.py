"""The named examples of an operation's responses, and the order in which its statuses are tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation


@dataclass(frozen=True, slots=True)
class NamedExample:
    """One of the `examples` of a response."""

    name: str
    code: str
    """The key of its response: `200`, `4XX` or `default`."""
    media_type: str
    value: JSON


def named_examples(document: Document, operation: Operation) -> Iterator[NamedExample]:
    """Yield the named examples of all responses, those of successes first; `externalValue` is never fetched."""
    for code in codes(operation):
        response = document.resolved(operation.definition["responses"][code])
        for media_type, reference in (response.get("content") or {}).items():
            media = document.resolved(reference)
            for name, each in (media.get("examples") or {}).items() if isinstance(media, dict) else ():
                example: Any = document.resolved(each)
                if isinstance(example, dict) and "value" in example:
                    yield NamedExample(str(name), code, media_type, example["value"])


def codes(operation: Operation) -> list[str]:
    """Return the keys of the operation's responses: successes, `default`, redirects, then errors."""
    known = [code for code in operation.definition.get("responses", {}) if not code.startswith("x-")]
    ranks = ("2", "d", "3")
    return sorted(known, key=lambda code: (ranks.index(code[0]) if code[0] in ranks else len(ranks), code))


def status_of(code: str) -> int:
    """Return the status of a response's key: that of `404`, the first of `4XX`, 200 for `default`."""
    return int(code) if code.isdecimal() else int(code[0]) * 100 if code[0].isdecimal() else 200


def code_for(operation: Operation, status: int) -> str | None:
    """Return the key of the response that describes a status: itself, its range or `default`; None if there is none."""
    known = operation.definition.get("responses", {})
    candidates = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
    return next((code for code in candidates if code in known), None)
