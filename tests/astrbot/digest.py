"""Frames in a short form, for tests that show complete streams."""

import re
from typing import Any

MARKS = {(True, None): "+", (True, "reasoning"): "~", (False, None): "="}


def digest(frame: dict[str, Any]) -> str:
    """Return a frame in one line: `+delta`, `~reasoning`, `=text`, `tool_call {...}`, `stats input/cached/output`."""
    data = frame["data"]
    match frame["type"]:
        case "plain" if mark := MARKS.get((frame["streaming"], frame["chain_type"])):
            return f"{mark}{data}"
        case "plain":
            return f"{frame['chain_type']} " + re.sub(r'(, )?"ts": [\d.]+', "", data)
        case "agent_stats":
            return "stats " + "/".join(str(count) for count in data["token_usage"].values())
        case "complete":
            return f"complete {data} | {frame['reasoning']}"
        case _:
            return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", data)
