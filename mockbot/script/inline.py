"""Scripts made complete without the files that they name."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path
from typing import Any


def inline(item: Any, folder: Path | None, media_type: str = "") -> Any:
    """Return a script whose answer has the content of its file, which is relative to `folder`, as `base64`.

    `media_type` is its Content-Type; by default the one that the name suggests. Return the script unchanged if it names
    no file that can be read.
    """
    answer = item.get("answer") if isinstance(item, dict) else None
    if folder is None or not isinstance(answer, dict) or not isinstance(answer.get("file"), str):
        return item
    try:
        content = base64.b64encode((folder / answer["file"]).read_bytes()).decode("ascii")
    except (OSError, ValueError):
        return item
    headers = {**(answer.get("headers") or {})}
    guessed = media_type or mimetypes.guess_type(answer["file"])[0]
    if guessed and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = guessed
    rest = {key: value for key, value in answer.items() if key not in ("file", "headers")}
    return item | {"answer": rest | ({"headers": headers} if headers else {}) | {"base64": content}}
