"""The files in contracts/prepared/, which mockbot/prepared.py reads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockbot import prepared, resources, yamltext
from mockbot.astrbot.versions import VERSIONS, profile_module
from mockbot.contract.directions import Flag, without_required
from mockbot.openapi.document import applied

FLAGS: tuple[Flag, ...] = ("readOnly", "writeOnly")


def texts() -> dict[str, str]:
    """Return the text of each file by its name."""
    documents = {f"astrbot-{each}.json": _document(each) for each in VERSIONS}
    return {name: _written(value) for name, value in {prepared.FILES: _files(), **documents}.items()}


def _files() -> Mapping[str, Any]:
    folder = resources.fixtures("")
    paths = [(path, "fixture") for path in sorted(folder.glob("*.yaml"))]
    paths += [(path, "script") for path in sorted((folder / "scripts").glob("*.yaml"))]
    return {prepared.digest([path.read_bytes()]): _known(path, form) for path, form in paths}


def _known(path: Path, form: str) -> Mapping[str, str]:
    value = yamltext.value_of(yamltext.compose(path.read_text("utf-8")))
    return {"format": form, "value": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


def _document(version: str) -> Mapping[str, Any]:
    files = profile_module(version).SOURCES
    document = applied(*files)
    one_way = any(without_required(document, flag) is not document for flag in FLAGS)
    return {"digest": prepared.digest(path.read_bytes() for path in files), "one_way": one_way, "document": document}


def _written(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
