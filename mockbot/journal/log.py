"""The log: one line for each exchange, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Protocol, TextIO

from mockbot.journal.browser import made_by_browser
from mockbot.journal.entry import Entry
from mockbot.jsontext import JSON
from mockbot.settings import LogStyle
from mockbot.violation import Violation
from mockbot.wording import printable

Log = Callable[[Entry], None]
MAX_BODY = 2000
"""Characters of a body that the log shows."""
BOLD, RED, GREEN, YELLOW, CYAN, DIM = 1, 31, 32, 33, 36, 2
"""Styles of ANSI terminals (ECMA-48, SGR)."""
STATUS = {2: GREEN, 3: CYAN, 4: YELLOW}
"""The colour of a status by its first digit; any other, and a missing response, is red."""


class MakeLog(Protocol):
    """Makes a log that writes to a stream, in colour if it is a terminal, and with bodies if they are wanted."""

    def __call__(self, stream: TextIO, *, colour: bool = False, bodies: bool = False) -> Log:
        """Return the log."""


def text_log(stream: TextIO, *, colour: bool = False, bodies: bool = False) -> Log:
    """Return a log that writes `POST /chat?… 200 12 chunks 0.61 s, script weather`, and a line for each violation.

    With `bodies`, lines with `>` and `<` show the bodies of request and response, at most MAX_BODY characters of each.
    """

    def paint(text: str, style: int) -> str:
        shown = printable(text)
        return f"\x1b[{style}m{shown}\x1b[0m" if colour and shown else shown

    def write(entry: Entry) -> None:
        if not (colour or bodies) and entry.is_plain:
            script = printable(_answered_by(entry)) if entry.script else ""
            stream.write(f"{entry.line} {entry.status}{_pieces(entry)} {entry.seconds:.3f} s{script}\n")
            stream.flush()
            return
        lines = [_head(entry, paint)]
        lines += [paint(f"  refused: {entry.refused}", YELLOW)] if entry.refused and not made_by_browser(entry) else []
        lines += [paint(f"  request breaks the contract: {_place(v)}: {v.message}", YELLOW) for v in entry.violations]
        lines += [paint(f"  response breaks the contract: {_place(v)}: {v.message}", RED) for v in entry.defects]
        if bodies:
            lines += [paint(f"  > {line}", DIM) for line in _body(entry.body, entry.body_size).splitlines()]
            answer = _body(entry.response_body, entry.response_size)
            lines += [paint(f"  < {line}", DIM) for line in answer.splitlines() if line.strip()]
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()

    return write


def _head(entry: Entry, paint: Callable[[str, int], str]) -> str:
    """Return the line of an exchange."""
    query = f"?{entry.query}" if entry.query else ""
    ended = "" if entry.ended == "complete" else f" [{entry.ended}{': ' if entry.why else ''}{entry.why}]"
    status = paint(f"{entry.status or '-'}", STATUS.get(entry.status // 100, RED))
    first = f"{paint(entry.method, BOLD)} {printable(f'{entry.path}{query}')} {status}"
    return f"{first}{_pieces(entry)} {entry.seconds:.3f} s{paint(_answered_by(entry), CYAN)}{paint(ended, RED)}"


def _pieces(entry: Entry) -> str:
    return f" {count} chunks" if (count := entry.pieces) > 1 else ""


def _body(data: bytes, size: int) -> str:
    """Return a body for the log: its first MAX_BODY characters if it is text, else its size."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" and size <= len(data):
            return f"({size} bytes that are no text)"
        text = data.decode("utf-8", "replace")
    return text if len(text) <= MAX_BODY and size <= len(data) else f"{text[:MAX_BODY]}… ({size} bytes)"


def json_log(stream: TextIO, *, colour: bool = False, bodies: bool = False) -> Log:  # noqa: ARG001  # never coloured
    """Return a log that writes one JSON object per line; with `bodies` it has `request_body` and `response_body`."""

    def write(entry: Entry) -> None:
        line: dict[str, JSON] = {
            "entry": entry.id,
            "world": entry.world,
            "began": entry.began,
            "seconds": round(entry.seconds, 6),
            "method": entry.method,
            "path": entry.path,
            "query": entry.query,
            "operation": entry.operation,
            "status": entry.status,
            "chunks": entry.pieces,
            "bytes": entry.response_size,
            "script": entry.script,
            "faults": list(entry.faults),
            "refused": entry.refused,
            "ended": entry.ended,
            "why": entry.why,
            "violations": [violation.as_json() for violation in entry.violations],
            "defects": [violation.as_json() for violation in entry.defects],
        }
        if bodies:
            line["request_body"] = _body(entry.body, entry.body_size)
            line["response_body"] = _body(entry.response_body, entry.response_size)
        stream.write(json.dumps(line) + "\n")
        stream.flush()

    return write


LOGS: Mapping[LogStyle, MakeLog] = {"text": text_log, "json": json_log}
"""The log for each style of `--log`."""


def _answered_by(entry: Entry) -> str:
    """Return the script and the faults of a response, as the end of a line."""
    script = f", script {entry.script}" if entry.script else ""
    faults = f", fault{'' if len(entry.faults) == 1 else 's'} {', '.join(entry.faults)}" if entry.faults else ""
    return script + faults


def _place(violation: Violation) -> str:
    return f"{violation.part} {violation.at}".rstrip()
