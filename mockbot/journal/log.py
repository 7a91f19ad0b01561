"""The log: one line for each exchange, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TextIO

from mockbot.journal.entry import Entry
from mockbot.settings import LogStyle
from mockbot.violation import Violation
from mockbot.wording import printable

Log = Callable[[Entry], None]


def text_log(stream: TextIO) -> Log:
    """Return a log that writes `POST /chat?… 200 12 chunks 0.61 s, script weather`, and a line for each violation."""

    def write(entry: Entry) -> None:
        query = f"?{entry.query}" if entry.query else ""
        pieces = f" {len(entry.chunks)} chunks" if len(entry.chunks) > 1 else ""
        ended = "" if entry.ended == "complete" else f" [{entry.ended}{': ' if entry.why else ''}{entry.why}]"
        head = f"{entry.method} {entry.path}{query} {entry.status or '-'}{pieces} {entry.seconds:.3f} s"
        lines = [f"{head}{_answered_by(entry)}{ended}"]
        lines += [f"  refused: {entry.refused}"] if entry.refused else []
        lines += [f"  request breaks the contract: {_place(v)}: {v.message}" for v in entry.violations]
        lines += [f"  response breaks the contract: {_place(v)}: {v.message}" for v in entry.defects]
        stream.write("".join(f"{printable(line)}\n" for line in lines))
        stream.flush()

    return write


def json_log(stream: TextIO) -> Log:
    """Return a log that writes one JSON object per line."""

    def write(entry: Entry) -> None:
        line = {
            "entry": entry.id,
            "world": entry.world,
            "began": entry.began,
            "seconds": round(entry.seconds, 6),
            "method": entry.method,
            "path": entry.path,
            "query": entry.query,
            "operation": entry.operation,
            "status": entry.status,
            "chunks": len(entry.chunks),
            "bytes": entry.response_size,
            "script": entry.script,
            "faults": list(entry.faults),
            "refused": entry.refused,
            "ended": entry.ended,
            "why": entry.why,
            "violations": [violation.as_json() for violation in entry.violations],
            "defects": [violation.as_json() for violation in entry.defects],
        }
        stream.write(json.dumps(line) + "\n")
        stream.flush()

    return write


LOGS: Mapping[LogStyle, Callable[[TextIO], Log]] = {"text": text_log, "json": json_log}
"""The log for each style of `--log`."""


def _answered_by(entry: Entry) -> str:
    """Return the script and the faults of a response, as the end of a line."""
    script = f", script {entry.script}" if entry.script else ""
    faults = f", fault{'' if len(entry.faults) == 1 else 's'} {', '.join(entry.faults)}" if entry.faults else ""
    return script + faults


def _place(violation: Violation) -> str:
    return f"{violation.part} {violation.at}".rstrip()
