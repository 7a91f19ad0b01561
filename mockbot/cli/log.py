"""The records of mockbot's logger on a stream: as text, in colour on a terminal, or as JSON."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any, TextIO

import click

from mockbot.settings import LogStyle
from mockbot.wording import readable


class _JsonLines(logging.Formatter):
    """Formats records as JSON objects: time (Unix seconds), level, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": round(record.created, 3), "level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


class _Text(logging.Formatter):
    """Formats records as lines of text, the level of a warning or an error in colour if that is wanted."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
        self._colour = colour

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = readable(super().formatMessage(record))
        if not self._colour or record.levelno < logging.WARNING:
            return line
        level = click.style(record.levelname, fg="red" if record.levelno >= logging.ERROR else "yellow")
        return line.replace(record.levelname, level, 1)

    def formatException(self, ei: Any) -> str:
        """Return the lines of a traceback."""
        return readable(super().formatException(ei))


def coloured(stream: TextIO | None, variables: Mapping[str, str]) -> bool:
    """Return whether to write to a stream in colour: if it is a terminal, or as NO_COLOR or else FORCE_COLOR says.

    Both are as at https://no-color.org and https://force-color.org: any value but the empty one counts.
    """
    if variables.get("NO_COLOR"):
        return False
    if variables.get("FORCE_COLOR"):
        return True
    understands = variables.get("TERM") != "dumb" and (os.name != "nt" or "WT_SESSION" in variables)
    return understands and stream is not None and stream.isatty()


def configure_log(stream: TextIO, style: LogStyle, *, colour: bool = False) -> None:
    """Write all records of the logger `mockbot` to `stream`, and to no other handler."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines() if style == "json" else _Text(colour=colour))
    log = logging.getLogger("mockbot")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
