"""Page through the sessions of a user and print one line for each: `pager.py [NAME]`, with NAME of a planted bug.

Exit status 0: all sessions were read.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from http1 import Exchange, Wrong

USER = "alice"


class Pager(Exchange):
    """Reads page after page, until one is empty or has nothing new, or the total is reached."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.seen: set[str] = set()

    def work(self) -> None:
        """Read all pages, and print the sessions that are new."""
        page, more = 1, True
        while more:
            data = self.page(page)
            rows = self.rows(data)
            for row in rows:
                self.show(row)
            more = self.is_more(rows, data)
            page += 1

    def page(self, number: int) -> Mapping[str, Any]:
        """Return the `data` of a page."""
        query = f"page={number}&page_size=1&username={USER}"
        response = self.ask("GET", f"{self.prefix}/api/v1/chat/sessions?{query}")
        self.check(response, "application/json")
        envelope = self.parsed(b"".join(self.content(response)))
        data = envelope.get("data") if isinstance(envelope, dict) else None
        if not isinstance(data, dict) or envelope.get("status") != "ok":
            raise Wrong("not a page of sessions")
        return data

    def parsed(self, body: bytes) -> Any:
        """Return the JSON of a body."""
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Wrong(f"not JSON: {error}") from None

    def rows(self, data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the sessions of a page that were not on an earlier one."""
        rows = data.get("sessions")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Wrong("a page has no list of sessions")
        found = [row for row in rows if str(row.get("session_id")) not in self.seen]
        self.seen |= {str(row.get("session_id")) for row in found}
        return list({str(row.get("session_id")): row for row in found}.values())

    def show(self, row: Mapping[str, Any]) -> None:
        """Print a session."""
        created = row.get("created_at")
        date = None if created is None else self.date(created).isoformat()
        sys.stdout.write(json.dumps({"session_id": row.get("session_id"), "created_at": date}) + "\n")

    def date(self, text: str) -> datetime:
        """Return a date and time, which has any number of digits and letters in any case."""
        try:
            return datetime.fromisoformat(text.upper())
        except (ValueError, AttributeError) as error:
            raise Wrong(f"not a date: {error}") from None

    def is_more(self, rows: list[dict[str, Any]], data: Mapping[str, Any]) -> bool:
        """Return whether to ask for another page."""
        total = data.get("total")
        return bool(rows) and (not isinstance(total, int) or len(self.seen) < total)


class UntilTotal(Pager):
    def is_more(self, rows: list[dict[str, Any]], data: Mapping[str, Any]) -> bool:
        return len(self.seen) < int(data["total"])


class LastRow(Pager):
    def is_more(self, rows: list[dict[str, Any]], data: Mapping[str, Any]) -> bool:
        self.last = rows[-1]
        return super().is_more(rows, data)


class HalfJson(Pager):
    def parsed(self, body: bytes) -> Any:
        try:
            return super().parsed(body)
        except Wrong:
            return {"status": "ok", "data": {"sessions": []}}


class StrictDate(Pager):
    def date(self, text: str) -> datetime:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


PLANTED = {"until-total": UntilTotal, "last-row": LastRow, "half-json": HalfJson, "strict-date": StrictDate}

if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        sys.stdout.write("\n".join(PLANTED))
    else:
        pager = PLANTED[sys.argv[1]] if len(sys.argv) > 1 else Pager
        sys.exit(pager(os.environ).run())
