"""Which files something was read from, so that a change to one of them is noticed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from mockbot.dataclass import dataclass

Stamp: TypeAlias = tuple[int, int, int] | None
"""Time of the last change in nanoseconds, bytes and number of a file; None if there is none."""
SUFFIXES = (".yaml", ".yml", ".json")
"""How the files in a folder of script files end."""


@dataclass
class Reads:
    """What was read, and what was looked for and not found; all names are absolute paths or URLs."""

    digests: dict[str, bytes | None] = field(default_factory=dict)
    """The digest of each content; None if the file could not be read."""
    folders: set[str] = field(default_factory=set)
    """Folders whose files were all read."""

    def __or__(self, other: Reads) -> Reads:
        return Reads(self.digests | other.digests, self.folders | other.folders)

    @property
    def files(self) -> list[str]:
        """Return the paths of the files, without URLs."""
        return [name for name in self.digests if "://" not in name]

    @property
    def names(self) -> list[str]:
        """Return the paths of all files, and of one that may be there in each folder."""
        return [*self.files, *(os.path.join(folder, "*") for folder in self.folders)]

    def concerns(self, path: str) -> bool:
        """Return whether a file was read, or would be if it were there."""
        return path in self.digests or (os.path.dirname(path) in self.folders and path.endswith(SUFFIXES))

    def stamps(self) -> Mapping[str, Stamp]:
        """Return the present state of each file, also of files that are new in the folders."""
        found = {name: _stamp(name) for name in self.files}
        for folder in self.folders:
            try:
                names = os.listdir(folder)
            except OSError:
                continue
            found |= {path: _stamp(path) for name in names if self.concerns(path := os.path.join(folder, name))}
        return found


_READS: ContextVar[tuple[Reads, ...]] = ContextVar("reads", default=())


@contextmanager
def noting() -> Iterator[Reads]:
    """Yield what is read until the end of the block, in this task and in the threads that it waits for."""
    reads = Reads()
    token = _READS.set((*_READS.get(), reads))
    try:
        yield reads
    finally:
        _READS.reset(token)


def note(path: Path | str, content: bytes | None) -> None:
    """Note that a file, or a URL, was read; without `content`, that it could not be read."""
    noted = _READS.get()
    if noted:
        name = path if isinstance(path, str) and "://" in path else os.path.abspath(path)
        found = None if content is None else digest(content)
        for reads in noted:
            reads.digests[name] = found


def note_folder(path: Path) -> None:
    """Note that all script files in a folder were read."""
    for reads in _READS.get():
        reads.folders.add(os.path.abspath(path))


def opened(path: Path | str) -> BinaryIO:
    """Return a file to read from. A pipe into which nothing writes is empty: it is not waited for."""

    def at_once(name: str, flags: int) -> int:
        descriptor = os.open(name, flags | os.O_NONBLOCK)
        os.set_blocking(descriptor, True)
        return descriptor

    return open(path, "rb", opener=at_once if os.name == "posix" else None)


def digest(content: bytes) -> bytes:
    """Return the digest that shows whether a content has changed."""
    return hashlib.sha256(content).digest()


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
