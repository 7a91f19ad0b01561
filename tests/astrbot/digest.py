"""Frames written down in short, for tests that show whole streams."""

import re
from typing import Any

MARKS = {(True, None): "+", (True, "reasoning"): "~", (False, None): "="}


def digest(frame: dict[str, Any]) -> str:
    """A frame as one line: `+delta`, `~reasoning`, `=text`, `tool_call {...}`, `stats other/cached/output`, ..."""
    data = frame["data"]
    match frame["type"]:
        case "plain" if mark := MARKS.get((frame["streaming"], frame["chain_type"])):
            return mark + data
        case "plain":
            return f"{frame['chain_type']} " + re.sub(r'(, )?"ts": [\d.]+', "", data)
        case "agent_stats":
            return "stats " + "/".join(str(count) for count in data["token_usage"].values())
        case "complete":
            return f"complete {data} | {frame['reasoning']}"
        case _:
            return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", data)
