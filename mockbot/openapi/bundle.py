"""Bundles an OpenAPI document and the files that it refers to into one document."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.jsontext import escape
from mockbot.openapi.fetch import Text, content_of_file, is_url, read
from mockbot.openapi.identifiers import anchors, with_near_definitions, without_identifiers
from mockbot.openapi.keywords import rewritten
from mockbot.reads import note
from mockbot.source import Source

FILES = "x-mockbot-files"
"""The key of the other files in the bundled document, which holds them by their relative paths."""
MOST_BYTES = 256 * 1024 * 1024
"""Bytes of all files together."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A document with only local references, as far as their targets could be read."""

    document: dict[str, Any] = field(repr=False)
    """With the other files as `x-mockbot-files`, if there are any."""
    sources: Mapping[str, Source] = field(repr=False)
    """Where lines are found: of the document itself under the empty name, of the other files by their names."""
    unread: Mapping[str, str]
    """References whose files were not read, as they are in `document`, and why not."""

    @property
    def is_one_file(self) -> bool:
        """Return whether the document refers to no other file."""
        return FILES not in self.document

    def place(self, pointer: str) -> str:
        """Return `file:line: pointer` of what is at `pointer` in the bundled document."""
        _, _, rest = pointer.partition(f"/{FILES}/")
        if rest and pointer.startswith(f"/{FILES}/"):
            name, slash, inner = rest.partition("/")
            source = self.sources.get(name.replace("~1", "/").replace("~0", "~"))
            if source is not None:
                return f"{source.place(slash + inner)}: {slash + inner or '/'}"
        return f"{self.sources[''].place(pointer)}: {pointer or '/'}"


def bundled(text: Text) -> Bundle:
    """Return the bundle of a document, whose value is an object.

    Only files below its folder are read, none if it comes from a URL.
    """
    folder = None if is_url(text.name) else Path(text.name).parent
    reader = _Reader(folder, text)
    document: dict[str, Any] = reader.moved(text, text.name)
    while reader.waiting:
        file, name = reader.waiting.pop()
        reader.files[name] = reader.moved(file, name)
    if reader.files:
        document[FILES] = reader.files
    return Bundle(document, reader.sources, reader.unread)


class _Reader:
    def __init__(self, folder: Path | None, root: Text) -> None:
        self._folder: Path | None = folder.resolve() if folder else None
        self._root = root.name
        self._root_file = None if folder is None else Path(root.name).resolve()
        self._left = MOST_BYTES
        self.files: dict[str, Any] = {}
        self.waiting: list[tuple[Text, str]] = []
        self.sources = {"": root.source}
        self.unread: dict[str, str] = {}
        self._anchors = {root.name: anchors(root.value, root.data)}
        self._resolved: dict[tuple[str, str], str] = {}
        self._folders: dict[tuple[Path, str], Path] = {}

    def moved(self, text: Text, base: str) -> Any:
        """Return the value of the file `base`, with its references changed to those of the bundle."""

        def change(found: dict[str, Any]) -> dict[str, Any]:
            if isinstance(found.get("$ref"), str):
                found["$ref"] = self._target(found["$ref"], base)
            mapping = found.get("mapping")
            if "propertyName" in found and isinstance(mapping, dict):
                found["mapping"] = {key: self._mapped(target, base) for key, target in mapping.items()}
            return found

        own = text.value.get("$self", "") if isinstance(text.value, dict) else ""
        near = with_near_definitions(text.value, text.data)
        plain = without_identifiers(near, text.data, own if isinstance(own, str) else "")
        return rewritten(plain, change)

    def _mapped(self, target: Any, base: str) -> Any:
        is_reference = isinstance(target, str) and ("#" in target or target.endswith((".json", ".yaml", ".yml")))
        return self._target(target, base) if is_reference else target

    def _target(self, reference: str, base: str) -> str:
        file, _, fragment = reference.partition("#")
        name = base
        if file:
            try:
                name = self._load(file, base)
            except UserError as error:
                self.unread[reference] = str(error)
                return reference
        if fragment and not fragment.startswith("/"):
            fragment = quote(self._anchors[name].get(fragment, fragment), safe="/~$")
        return f"#{fragment}" if name == self._root else f"#/{FILES}/{quote(escape(name), safe='~')}{fragment}"

    def _load(self, file: str, base: str) -> str:
        """Return the name of the file that `base` calls `file`, and read it if it is new; raise UserError."""
        known = "/" if base == self._root else base.rpartition("/")[0], file
        if known not in self._resolved:
            self._resolved[known] = self._opened(file, base)
        return self._resolved[known]

    def _path(self, beside: Path, file: str) -> Path:
        """Return the resolved path of a file; many are in few folders, so a folder is resolved once."""
        folder, slash, name = file.rpartition("/")
        if name in ("", ".", ".."):
            return (beside / file).resolve()
        known = beside, folder + slash
        if known not in self._folders:
            self._folders[known] = (beside / (folder + slash)).resolve()
        path = self._folders[known] / name
        return path.resolve() if path.is_symlink() else path

    def _opened(self, file: str, base: str) -> str:
        if self._folder is None or ":" in file:
            raise UserError("only files beside the document are read, so put it all into one file first")
        beside = self._folder if base == self._root else (self._folder / base).parent
        try:
            path, name = self._path(beside, unquote(file)), os.path.abspath(beside / unquote(file))
            if name != str(path):
                content_of_file(name)  # where a link leads may change
            if path == self._root_file:
                return self._root
            if not path.is_relative_to(self._folder):
                raise UserError(f"it leads out of the document's folder {self._folder}, so move the file into it")
            name = path.relative_to(self._folder).as_posix()
            if name in self.files:
                return name
            if not path.is_file():
                note(path, None)
                raise UserError(f"{path} cannot be read: there is no such file")
        except (OSError, ValueError, RuntimeError) as error:  # a name that no file can have
            raise UserError(f"{file[:80]!r} cannot be read: {error}") from None
        text = read(str(path))
        self._left -= len(text.data)
        if self._left < 0:
            raise UserError(f"its files are larger than {MOST_BYTES} bytes together")
        self.files[name] = None
        self.sources[name] = text.source
        self._anchors[name] = anchors(text.value, text.data)
        self.waiting.append((text, name))
        return name
