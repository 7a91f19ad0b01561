"""Fixtures: the files worlds start from, parsed into what a world is made of.

The format is `contracts/fixture.schema.json`; `fixtures/default.yaml` shows it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from mockbot import resources
from mockbot.contract import schemas
from mockbot.errors import UserError
from mockbot.jsontext import JSON
from mockbot.script.model import Script, Usage
from mockbot.script.reading import load as load_scripts
from mockbot.script.reading import read
from mockbot.source import Source, load
from mockbot.world.attachments import FOLDER
from mockbot.world.records import DATA, Attachment, Bot, Config, Key, Provider

Row = dict[str, Any]
"""One item of a fixture's list, already checked against the schema."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment and its content; None when the file is gone."""

    record: Attachment
    content: bytes | None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session's row as a fixture gives it; times in seconds since 1970, None for the world's start."""

    session_id: str
    creator: str
    platform_id: str
    display_name: str | None
    created_at: float | None
    updated_at: float | None
    turns: int = 0
    model_calls: int = 0


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A history row as a fixture gives it."""

    conversation: str
    sender: Literal["user", "bot"]
    parts: tuple[dict[str, JSON], ...]
    created_at: float | None
    id: int | None


@dataclass(frozen=True, slots=True)
class Fixture:
    """All that a world starts from; nothing in it ever changes."""

    name: str = "empty"
    keys: tuple[Key, ...] = ()
    bots: tuple[Bot, ...] = ()
    configs: tuple[Config, ...] = ()
    """In the order they are listed, the default one last; an empty id is given by the world."""
    providers: tuple[Provider, ...] = ()
    tools: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    sessions: tuple[StoredSession, ...] = ()
    history: tuple[StoredMessage, ...] = ()
    attachments: tuple[StoredFile, ...] = ()
    routes: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    ids_given: int = 0
    """How many identifiers a world had given whose snapshot this is."""
    scripts: tuple[Script, ...] = ()


def names() -> list[str]:
    """Return the names of the fixtures that mockbot brings."""
    return sorted(path.stem for path in resources.fixtures("").glob("*.yaml"))


def load_fixture(name: str) -> Fixture:
    """Read the fixture called `name` (one of `names()`) or the file at that path; UserError when it cannot be used."""
    return parse_fixture(load(find(name, Path())))


@cache
def shipped_fixture(name: str) -> Fixture:
    """Return the fixture of that name that mockbot brings, read once; UserError when there is none."""
    if name not in names():
        raise UserError(f"{name}: no such fixture; use one of {', '.join(names())}")
    return load_fixture(name)


def find(name: str, beside: Path) -> Path:
    """Return the file of a fixture that is named or lies at a path, which counts from the folder `beside`."""
    if name in names():
        return resources.fixtures(f"{name}.yaml")
    path = beside / name
    try:
        there = path.is_file()
    except OSError:  # a name that no file can have
        there = False
    if not there:
        raise UserError(f"{name}: no such fixture; use one of {', '.join(names())}, or the path of a file")
    return path


def parse_fixture(source: Source, seen: tuple[str, ...] = (), *, files: bool = True) -> Fixture:
    """Turn a file into a fixture: what it says replaces, list by list, what the one it extends says.

    Without `files` it comes from a client: it may extend what mockbot brings, but no path in it is ever opened.
    """
    if source.name in seen:
        raise UserError(f"{source.place('/extends')}: /extends: {source.name} extends itself")
    if source.value is None:
        source = Source(source.name, {}, source.lines)
    schemas.check(source, "fixture")
    rows = cast(Row, source.value)
    folder = Path(source.name).parent
    base = Fixture(configs=(Config("default", "default", f"{DATA}/cmd_config.json"),))
    if "extends" in rows:
        if files:
            base = parse_fixture(load(find(rows["extends"], folder)), (*seen, source.name))
        else:
            base = shipped_fixture(rows["extends"])
    given: dict[str, Any] = {name: parse(rows[name]) for name, parse in _VALUES.items() if name in rows}
    for name, parse_row in _ROWS.items():
        if name in rows:
            given[name] = tuple(parse_row(row, source, f"/{name}/{index}") for index, row in enumerate(rows[name]))
    if "configs" in rows:
        given["configs"] = _configs(rows["configs"], base.configs[-1])
    if "scripts" in rows:
        given["scripts"] = tuple(_scripts(rows["scripts"], source, folder if files else None))
    return replace(base, name=Path(source.name).stem, **given)


def _scripts(items: list[Any], source: Source, folder: Path | None) -> Iterator[Script]:
    """Read script files, where there is a folder to find them in, and the scripts written in the fixture itself."""
    nothing: JSON = {"command": []}  # holds the place of a file, so that all others keep theirs
    written = read(
        Source(source.name, {"scripts": [nothing if isinstance(each, str) else each for each in items]}, source.lines)
    )
    for index, (item, script) in enumerate(zip(items, written, strict=True)):
        if not isinstance(item, str):
            yield script
        elif folder is not None:
            yield from load_scripts(folder / item)
        else:
            at = f"/scripts/{index}"
            raise UserError(f"{source.place(at)}: {at}: a fixture sent over HTTP names no files; write the script here")


def _configs(rows: list[Row], default: Config) -> tuple[Config, ...]:
    own = next((row for row in rows if row.get("id") == "default"), {})
    default = _config({**own, "id": "default"}, default)
    return (*(_config(row, default) for row in rows if row.get("id") != "default"), default)


def _key(row: Row, source: Source, at: str) -> Key:
    scopes = row.get("scopes")
    expires = _time(row.get("expires"), source, f"{at}/expires")
    return Key(row["key"], None if scopes is None else frozenset(scopes), expires, row.get("revoked", False))


def _config(row: Row, default: Config) -> Config:
    identifier = row.get("id", "")
    path = default.path if identifier == default.id else f"abconf_{identifier}.json"
    limit = row.get("rate_limit", {})
    return Config(
        id=identifier,
        name=row.get("name", default.name).strip(),
        path=row.get("path", path if identifier else ""),
        streaming=row.get("streaming", default.streaming),
        reasoning=row.get("reasoning", default.reasoning),
        admins=tuple(row.get("admins", default.admins)),
        rate_limit=replace(default.rate_limit, **limit),
    )


def _bot(row: Row, _source: Source, _at: str) -> Bot:
    return Bot(**row)


def _provider(row: Row, _source: Source, _at: str) -> Provider:
    return Provider(row["id"], str(row.get("model", row["id"])), row.get("down", False))


def _session(row: Row, source: Source, at: str) -> StoredSession:
    created = _time(row.get("created_at"), source, f"{at}/created_at")
    updated = _time(row.get("updated_at"), source, f"{at}/updated_at")
    return StoredSession(
        row["session_id"],
        row["creator"],
        row.get("platform_id", "webchat"),
        row.get("display_name"),
        created,
        created if updated is None else updated,
        row.get("turns", 0),
        row.get("model_calls", 0),
    )


def _message(row: Row, source: Source, at: str) -> StoredMessage:
    parts = row.get("parts", [{"type": "plain", "text": row["text"]}] if "text" in row else [])
    created = _time(row.get("created_at"), source, f"{at}/created_at")
    return StoredMessage(row["conversation"], row["sender"], tuple(parts), created, row.get("id"))


def _attachment(row: Row, source: Source, at: str) -> StoredFile:
    content: bytes | None = row.get("text", "").encode("utf-8", "replace")
    if "base64" in row:
        try:
            content = base64.b64decode(row["base64"], validate=True)
        except binascii.Error as error:
            where = f"{at}/base64"
            raise UserError(f"{source.place(where)}: {where}: not Base64: {error}") from None
    name = row["filename"].replace("/", "_")
    record = Attachment(row["id"], name, row["type"], row.get("path", f"{FOLDER}/{name}"))
    return StoredFile(record, None if row.get("gone") else content)


def _time(text: str | None, source: Source, at: str) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UserError(f"{source.place(at)}: {at}: not a time with offset, such as 2026-01-31T12:00:00+00:00")
    return moment.timestamp()


_ROWS: Mapping[str, Callable[[Row, Source, str], Any]] = {
    "keys": _key,
    "bots": _bot,
    "providers": _provider,
    "sessions": _session,
    "history": _message,
    "attachments": _attachment,
}
"""What a row of each list becomes; the text is its place, for complaints."""
_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "tools": tuple,
    "usage": lambda row: Usage(**row),
    "routes": dict,
    "states": dict,
    "ids_given": int,
}
"""What any other part of the file becomes."""
