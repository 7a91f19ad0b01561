"""Bundles an OpenAPI document and the files that it refers to into one document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from mockbot.errors import UserError
from mockbot.jsontext import escape, follow
from mockbot.openapi.fetch import read

FILES = "x-mockbot-files"
"""The key of the other files in the bundled document, which holds them by their relative paths."""
MOST_FILES = 1000
NAMED = {
    *("paths", "webhooks", "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "variables"),
    *("securitySchemes", "links", "callbacks", "pathItems", "content", "encoding"),
    *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
}
"""Keywords whose value is an object with names chosen by the author as keys."""
DATA = {"example", "default", "enum", "const", "value", "mapping", "scopes", "dependentRequired"}
"""Keywords whose value is data and contains no keywords."""


def rewritten(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]], named: bool = False) -> Any:
    """Return a copy of a document, with `change` applied to each object that is neither data nor a map of names."""
    if isinstance(node, list):
        return [rewritten(item, change) for item in node]
    if not isinstance(node, dict):
        return node
    result = {
        key: value if not named and _is_data(key, value) else rewritten(value, change, not named and key in NAMED)
        for key, value in node.items()
    }
    return result if named else change(result)


def _is_data(key: str, value: Any) -> bool:
    return key in DATA or (key == "examples" and isinstance(value, list))


def bundled(document: dict[str, Any], name: str, folder: Path | None) -> dict[str, Any]:
    """Return `document` with only local references; the files that it refers to are added as `x-mockbot-files`.

    Only files below `folder` are read, none at all if that is None. Raise UserError for any other reference.
    """
    bundle = _Bundle(folder, name)
    result: dict[str, Any] = bundle.moved(document, name)
    if bundle.files:
        result[FILES] = bundle.files
    if isinstance(result.get("paths"), dict):
        result["paths"] = {path: _inlined(result, item, name) for path, item in result["paths"].items()}
    return result


def _inlined(document: dict[str, Any], item: Any, name: str) -> Any:
    """Return a path item with its `$ref` resolved, because some readers of documents do not follow it there."""
    for _ in range(100):
        if not (isinstance(item, dict) and "$ref" in item):
            break
        item = _at(document, item["$ref"], name) | {key: value for key, value in item.items() if key != "$ref"}
    return item


class _Bundle:
    def __init__(self, folder: Path | None, root: str) -> None:
        self._folder: Path | None = folder.resolve() if folder else None
        self._root = root
        self.files: dict[str, Any] = {}

    def moved(self, node: Any, base: str) -> Any:
        """Return a node of the file `base`, with its references changed to those of the bundle."""

        def change(found: dict[str, Any]) -> dict[str, Any]:
            if isinstance(found.get("$ref"), str):
                found["$ref"] = self._target(found["$ref"], base)
            mapping = found.get("mapping")
            if "propertyName" in found and isinstance(mapping, dict):
                found["mapping"] = {key: self._mapped(target, base) for key, target in mapping.items()}
            return found

        return rewritten(node, change)

    def _mapped(self, target: Any, base: str) -> Any:
        is_reference = isinstance(target, str) and ("#" in target or target.endswith((".json", ".yaml", ".yml")))
        return self._target(target, base) if is_reference else target

    def _target(self, reference: str, base: str) -> str:
        file, _, fragment = reference.partition("#")
        name = self._load(file, base, reference) if file else base
        return f"#{fragment}" if name == self._root else f"#/{FILES}/{quote(escape(name), safe='~')}{fragment}"

    def _load(self, file: str, base: str, reference: str) -> str:
        where = f"{base}: $ref {reference!r}"
        if self._folder is None or ":" in file:
            raise UserError(f"{where}: only files beside the document are read; put it all into one file first")
        beside = self._folder if base == self._root else (self._folder / base).parent
        path = (beside / unquote(file)).resolve()
        if path == Path(self._root).resolve():
            return self._root
        if not path.is_relative_to(self._folder):
            raise UserError(f"{where}: leads out of the document's folder {self._folder}; move the file into it")
        name = path.relative_to(self._folder).as_posix()
        if name not in self.files:
            if len(self.files) >= MOST_FILES:
                raise UserError(f"{where}: more than {MOST_FILES} files; bundle them first")
            self.files[name] = None
            self.files[name] = self.moved(read(str(path)).value, name)
        return name


def _at(document: dict[str, Any], reference: str, name: str) -> dict[str, Any]:
    try:
        found = follow(document, reference)
    except LookupError:
        found = None
    if not isinstance(found, dict):
        raise UserError(f"{name}: $ref {reference!r} is not a path item")
    return found
