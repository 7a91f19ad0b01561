"""What a client did, as the journal tells it over the control API."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any, Self

from mockbot.sse import Parser

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the contract; the fields are those of `data.violations` in an answer of mockbot."""

    part: str
    """Where in the message: `query`, `header`, `body` ..."""
    at: str
    """JSON pointer inside that part; empty for the whole of it."""
    rule: str
    """The broken keyword of the contract: `required`, `minimum` ..."""
    message: str
    value: Any
    """The offending value, cut short when long."""

    @classmethod
    def read(cls, row: dict[str, Any]) -> Self:
        """Read the JSON of the control API."""
        return cls(row["in"], row["at"], row["rule"], row["message"], row["value"])

    def __str__(self) -> str:
        return f"{self.part} {self.at}".rstrip() + f": {self.message} ({self.rule})"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer and when it left, in seconds from the entry's beginning."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange; secrets are masked in all of it. Times are seconds by the world's clock."""

    id: str
    """Unique in its world: `e1`, `e2` ... in order of arrival."""
    operation: str | None
    """Such as `POST /api/v1/chat`; None where the contract has none."""
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    """The request's, at most 256 KiB of it."""
    status: int
    """0 while there is no answer."""
    response_headers: Headers
    chunks: tuple[Chunk, ...]
    """The answer as it left, at most 256 KiB of it."""
    violations: tuple[Violation, ...]
    """What the request broke."""
    defects: tuple[Violation, ...]
    """What the answer broke: the fault of mockbot, of a fixture or of a script."""
    script: str | None
    """Name of the script that spoke."""
    faults: tuple[str, ...]
    """Names of the faults that bent the answer."""
    began: float
    seconds: float
    ended: str
    """`open`, `complete`, `client left`, `cut`, `reset` or `defect`."""
    why: str
    """What to know about an end that is not `complete`."""

    @property
    def json(self) -> Any:
        """Return the request's body as JSON; ValueError when it is none."""
        return json.loads(self.body)

    @property
    def response_body(self) -> bytes:
        """Return what is kept of the answer's body."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def events(self) -> tuple[Any, ...]:
        """Return the JSON of each event of a chat stream."""
        return tuple(json.loads(event.data) for event in Parser().feed(self.response_body))

    def header(self, name: str) -> str | None:
        """Return the value of a request header, whatever its case; None when it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def __str__(self) -> str:
        end = "" if self.ended == "complete" else f", {self.ended}"
        return f"{self.id} {self.method} {self.path} -> {self.status or 'no answer'}{end}"

    @classmethod
    def read(cls, row: dict[str, Any]) -> Self:
        """Read the JSON of the control API."""
        asked, answer = row["request"], row["response"]
        return cls(
            row["id"],
            row["operation"],
            asked["method"],
            asked["path"],
            asked["query"],
            _headers(asked["headers"]),
            _data(asked["body"]),
            answer["status"],
            _headers(answer["headers"]),
            tuple(Chunk(chunk["at"], _data(chunk)) for chunk in answer["chunks"]),
            tuple(Violation.read(each) for each in row["violations"]),
            tuple(Violation.read(each) for each in row["defects"]),
            row["script"],
            tuple(row["faults"]),
            row["began"],
            row["seconds"],
            row["ended"],
            row["why"],
        )


def _headers(rows: list[dict[str, str]]) -> Headers:
    return tuple((row["name"], row["value"]) for row in rows)


def _data(content: dict[str, str]) -> bytes:
    return b64decode(content["base64"]) if "base64" in content else content["text"].encode()
