"""Keeps what a user's document became in the user's cache folder, so that the next start does not work it out again.

An entry is a line with the digest of the rest, which is JSON: `reads` are the digests of the other files that the
document was made of (null: the file was not there), `effective`, `written`, `warnings` and `one_way` those of the
Document; `written` is true if it is the document itself. Its name is a digest of the document's place and bytes, of how
it is read, and of mockbot's version. Whatever is wrong with an entry, with the folder or with a file, the document is
read as if there were none.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from mockbot import __version__, resources
from mockbot.openapi.document import Document
from mockbot.openapi.fetch import content, content_of_file
from mockbot.reads import digest, noting
from mockbot.settings import FETCH_SECONDS

MOST, MOST_BYTES = 32, 32 * 1024 * 1024
"""How many entries are kept, those that were used last, and how many bytes one may have."""
HEAD = 65
"""Bytes of the first line of an entry."""
SUFFIX = ".json"


def kept(spec: str, how: str, make: Callable[[bytes], Document], seconds: float = FETCH_SECONDS) -> Document:
    """Return what `make` returns for the bytes of the document at `spec`, or returned at an earlier start.

    `how` is how it makes the document. A URL must give it within `seconds`. Raise UserError if it cannot be read.
    """
    data = content(spec, seconds)
    folder = cache_folder(os.environ)
    if folder is None:
        return make(data)
    place = spec if "://" in spec else os.path.abspath(spec)
    key = place, os.path.realpath(place), spec, how, __version__, _code()
    path = folder / (digest("\0".join(key).encode("utf-8", "surrogateescape") + digest(data)).hex() + SUFFIX)
    found = _found(path, data)
    if found is None:
        with noting() as reads:
            found = make(data)
        others = {each: seen for each, seen in reads.digests.items() if each != place}
        _keep(path, found, {each: None if seen is None else seen.hex() for each, seen in others.items()})
    return found


def cache_folder(variables: Mapping[str, str]) -> Path | None:
    """Return the folder of the entries (XDG Base Directory Specification); None if the user has none."""
    given = variables.get("XDG_CACHE_HOME") or variables.get("LOCALAPPDATA", "")
    try:
        base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "mockbot" / "documents"


def _code() -> str:
    """Return what changes with the code of a checkout, which has the same version for long."""
    if resources.root() != resources.PACKAGE.parent:
        return ""
    changes = [path.stat().st_mtime_ns for path in resources.PACKAGE.rglob("*.py")]
    return f"{len(changes)} {max(changes)}"


def _found(path: Path, data: bytes) -> Document | None:
    """Return the document of an entry whose files have not changed."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        head, _, text = path.read_bytes().partition(b"\n")
        if head != digest(text).hex().encode():
            return None
        entry = json.loads(text)
        os.utime(path)
    except (OSError, ValueError):
        return None
    for name, seen in entry["reads"].items():
        now = content_of_file(name)
        if (None if now is None else digest(now).hex()) != seen:
            return None
    written = entry["written"]
    written = data if written is True else written and written.encode()
    return Document(data, entry["effective"], written, tuple(entry["warnings"]), entry["one_way"])


def _keep(path: Path, document: Document, reads: Mapping[str, str | None]) -> None:
    """Write an entry, unless it is too large, or JSON would change the document."""
    written = document.written
    entry = {
        "reads": reads,
        "effective": document.effective,
        "written": True if written == document.upstream_bytes else written and written.decode(),
        "warnings": document.warnings,
        "one_way": document.one_way,
    }
    try:
        text = json.dumps(entry)
        if len(text) > MOST_BYTES - HEAD or json.loads(text)["effective"] != document.effective:
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, f"{digest(text.encode()).hex()}\n{text}")
        _tidy(path.parent)
    except (OSError, ValueError, TypeError, RecursionError):
        return


def _write(path: Path, text: str) -> None:
    """Write a file that is there completely or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as file:
        try:
            file.write(text)
            file.close()
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


def _tidy(folder: Path) -> None:
    """Remove the entries that were not used for longest, and what an interrupted start has left."""
    entries = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.lstat().st_mtime_ns)
    for path in (*entries[:-MOST], *folder.glob("*.part")):
        with suppress(OSError):
            path.unlink()
