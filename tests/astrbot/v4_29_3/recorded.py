"""Responses that AstrBot 4.29.3 sent, one in each line of recorded.jsonl."""

import json
from pathlib import Path
from typing import Any

_ROWS = [json.loads(line) for line in Path(__file__).with_name("recorded.jsonl").read_text("utf-8").splitlines()]

STREAMS: dict[str, dict[str, Any]] = {row["name"]: row for row in _ROWS if "events" in row}
RESPONSES: dict[str, dict[str, Any]] = {row["name"]: row for row in _ROWS if "events" not in row}
