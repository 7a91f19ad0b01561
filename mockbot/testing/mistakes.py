"""Mistakes in the scripts and fixtures of a test: the sentence first, then the file and the line that a test wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.source import Source

LINE = re.compile(r"(?P<name>[^\n]+?):(?P<line>\d+): (?P<at>/\S*): (?P<sentence>.*)", re.DOTALL)
"""Matches one mistake as files and the control API report it: `file:line: /pointer: sentence`."""
INDEX = re.compile(r"/(\d{1,9})(.*)", re.DOTALL)
SENT = ("scripts", "fixture")
"""What the control API calls the scripts and the fixture of a request, which has no lines."""


@dataclass(frozen=True, slots=True)
class Written:
    """A script of a test, and where it is written."""

    script: Any
    file: Source | None = None
    """The script file; None for a script in the test itself."""
    at: str = ""
    """The JSON pointer of the script in the file."""


def sentences_first(text: str, scripts: Sequence[Written] = ()) -> str:
    """Return a text of mistakes, one in each line, as `sentence (file:line: /pointer)`; other lines are unchanged.

    `scripts` are those that were sent, for mistakes in them that the server reports.
    """
    return "\n".join(_sentence_first(line, scripts) for line in text.split("\n"))


def _sentence_first(line: str, scripts: Sequence[Written]) -> str:
    found = LINE.fullmatch(line)
    if found is None:
        return line
    name, at = found["name"], found["at"]
    place = name if name in SENT else f"{name}:{found['line']}"
    index = INDEX.fullmatch(at)
    if name == "scripts" and index is not None and int(index[1]) < len(scripts):
        written = scripts[int(index[1])]
        if written.file is not None:
            at = written.at + index[2]
            place = written.file.place(at)
    return f"{found['sentence']} ({place}: {at})"
