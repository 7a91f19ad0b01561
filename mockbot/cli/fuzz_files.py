"""The files that `mockbot fuzz` writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.fuzz.report import FuzzReport
from mockbot.fuzz.reports.html import html
from mockbot.fuzz.reports.junit import junit
from mockbot.fuzz.reports.phrases import safe_name, saved
from mockbot.written import write


@dataclass(frozen=True, slots=True)
class Files:
    """Where to write what; None: nowhere."""

    save: Path | None = None
    """The folder for a behaviour file of each finding."""
    json: Path | None = None
    junit: Path | None = None
    html: Path | None = None

    def touch(self) -> None:
        """Create the files, so that a mistake in a path is an error before the run; raise UserError."""
        for file in (self.json, self.junit, self.html):
            if file is not None:
                _write(file, "")
        if self.save is not None:
            _folder(self.save)

    def folder(self, client: str, *, several: bool) -> Path | None:
        """Return the folder for the behaviour files of a client; None where they are not saved."""
        return self.save / safe_name(client) if several and self.save is not None else self.save

    def write(self, reports: Sequence[FuzzReport], *, several: bool) -> None:
        """Write reports. With `several` the JSON is a list."""
        if self.json is not None:
            values = [report.as_json() for report in reports]
            _write(self.json, json.dumps(values if several else values[0], indent=2) + "\n")
        if self.junit is not None:
            _write(self.junit, junit(reports))
        if self.html is not None:
            _write(self.html, html(reports))
        for report in reports:
            for finding in report.findings:
                if report.saved is not None and finding.state != "stale":
                    _write(saved(finding, report), finding.behaviour.as_yaml())


def _write(path: Path, text: str) -> None:
    _folder(path.parent)
    write(path, text)


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be made: {error.strerror}") from None
