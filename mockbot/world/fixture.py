"""Fixtures: the files that worlds start from, parsed into values.

The format is `contracts/formats/fixture.schema.json`; `fixtures/default.yaml` shows it.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from mockbot.bounded import owned
from mockbot.contract import formats
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.jsontext import JSON
from mockbot.reads import note
from mockbot.source import Source, load
from mockbot.wording import closest, printable
from mockbot.world.blueprint import Blueprint, FixtureRow
from mockbot.world.clock import time_of
from mockbot.world.doubts import doubts
from mockbot.world.fixture_scripts import ChatScripts, scripts_of
from mockbot.world.records import Attachment, Key
from mockbot.world.resources import stored_resources
from mockbot.world.rows import StoredResource

if TYPE_CHECKING:
    from mockbot.script.model import Script

log = logging.getLogger("mockbot")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment and its content; None if the file is missing."""

    record: Attachment
    content: bytes | None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session of a fixture; times in seconds since 1970, None for the time at which the world starts."""

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
    """A message of a fixture."""

    conversation: str
    sender: Literal["user", "bot"]
    parts: tuple[dict[str, JSON], ...]
    created_at: float | None
    id: int | None
    author: str = ""
    checkpoint: str | None = None
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fixture:
    """Everything that a world starts from; immutable."""

    name: str = "empty"
    server: str | None = None
    """The only server that it is for; None: every server of its kind."""
    keys: tuple[Key, ...] = ()
    sessions: tuple[StoredSession, ...] = ()
    history: tuple[StoredMessage, ...] = ()
    attachments: tuple[StoredFile, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    ids_given: int = 0
    """In a snapshot: the number of identifiers that its world had given."""
    scripts: Sequence[Script] = ()
    resources: tuple[StoredResource, ...] = ()
    """The collections of a document and their rows."""
    weight: int = 0
    """Bytes in memory, of one that a client sent; the others are shared by all worlds."""
    own: Any = None
    """The part that only this kind of server has; see `Blueprint.read_own`."""

    @property
    def has_replies(self) -> bool:
        """Return whether a script may be for an operation, and not for chat messages."""
        return bool(self.scripts) and not isinstance(self.scripts, ChatScripts)


class Fixtures:
    """Reads fixtures: the shipped ones of a blueprint by name, others by path."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint
        self._shipped: dict[str, Fixture] = {}
        self.names = tuple(sorted(blueprint.fixtures))

    def load(self, name: str) -> Fixture:
        """Return the shipped fixture `name`, or the file at that path; raise UserError if it cannot be used."""
        return self.parse(load(self.find(name, Path())))

    def shipped(self, name: str) -> Fixture:
        """Return the shipped fixture `name`, read only once; raise UserError if there is none."""
        if name not in self.names:
            raise UserError(f"{name}: no such fixture; {self._others(name)}")
        if name not in self._shipped:
            self._shipped[name] = self.load(name)
        return self._shipped[name]

    def _others(self, name: str) -> str:
        meant = closest(name, self.names)
        return f"{f'did you mean {meant}? ' if meant else ''}{'Use' if meant else 'use'} one of {', '.join(self.names)}"

    def find(self, name: str, beside: Path) -> Path:
        """Return the file of the shipped fixture `name`, or the path `name` relative to the folder `beside`."""
        if name in self.names:
            return self._blueprint.fixtures[name]
        path = beside / name
        try:
            exists = path.is_file()
        except OSError:  # for example, the name is too long
            exists = False
        if not exists:
            note(path, None)
            raise UserError(f"{name}: no such fixture; {self._others(name)}, or the path of a file")
        return path

    def parse(self, source: Source, seen: tuple[str, ...] = (), *, files: bool = True) -> Fixture:
        """Return the fixture in a file; each property replaces that of the fixture it extends.

        `files=False` is for a fixture sent by a client: it can extend a shipped fixture, but no path in it is opened.
        `seen` are the files that extend this one. Raise UserError with file and line if it cannot be used.
        """
        if source.name in seen:
            raise UserError(f"{source.place('/extends')}: /extends: {source.name} extends itself")
        if source.value is None:
            source = Source(source.name, {}, source.lines)
        formats.check(source, "fixture")
        rows = cast(FixtureRow, source.value)
        _check_server(rows, source, self._blueprint.server)
        folder = Path(source.name).parent
        base = Fixture()
        if "extends" in rows:
            if files:
                base = self.parse(load(self._extended(rows["extends"], source)), (*seen, source.name))
            else:
                base = self.shipped(rows["extends"])
        given: dict[str, Any] = {name: parse(rows[name]) for name, parse in _VALUES.items() if name in rows}
        for name, parse_row in _ROWS.items():
            if name in rows:
                given[name] = tuple(parse_row(row, source, f"/{name}/{index}") for index, row in enumerate(rows[name]))
        if "attachments" in rows:
            given["attachments"] = tuple(self._attachments(rows["attachments"], source))
        if "scripts" in rows:
            given["scripts"] = scripts_of(rows["scripts"], source, folder if files else None, self._blueprint.contract)
        if "resources" in rows:
            given["resources"] = tuple(stored_resources(rows["resources"], source, self._blueprint))
        own = self._blueprint.read_own(rows, source, base.own)
        weight = 0 if files else owned(given, own)
        fixture = replace(base, name=Path(source.name).stem, own=own, weight=weight, **given)
        if Path(source.name) not in self._blueprint.fixtures.values():
            sessions = {session.session_id for session in fixture.sessions}
            for doubt in doubts(rows, source, sessions, self._blueprint.scopes):
                log.warning("%s", printable(doubt))
        return fixture

    def _extended(self, name: str, source: Source) -> Path:
        try:
            return self.find(name, Path(source.name).parent)
        except UserError as error:
            raise UserError(f"{source.place('/extends')}: /extends: {error}") from None

    def _attachments(self, rows: list[FixtureRow], source: Source) -> Iterator[StoredFile]:
        for index, row in enumerate(rows):
            content: bytes | None = row.get("text", "").encode("utf-8", "replace")
            if "base64" in row:
                content = _base64(row["base64"], source, f"/attachments/{index}/base64")
            name = row["filename"].replace("/", "_")
            path = row.get("path", f"{self._blueprint.folder}/{name}")
            created = time_of(row.get("created_at"), source, f"/attachments/{index}/created_at")
            record = Attachment(row["id"], name, row["type"], path, row.get("content_type", ""), created)
            yield StoredFile(record, None if row.get("gone") else content)


def _check_server(rows: FixtureRow, source: Source, server: str) -> None:
    """Raise UserError for a fixture of another server."""
    if rows.get("server", server) != server:
        raise UserError(
            f"{source.place('/server')}: /server: this fixture is for {rows['server']}, and the server is {server}; "
            f"use another fixture, or serve {rows['server']}"
        )


def _key(row: FixtureRow, source: Source, at: str) -> Key:
    scopes = row.get("scopes")
    expires = time_of(row.get("expires"), source, f"{at}/expires")
    return Key(row["key"], None if scopes is None else frozenset(scopes), expires, row.get("revoked", False))


def _session(row: FixtureRow, source: Source, at: str) -> StoredSession:
    created = time_of(row.get("created_at"), source, f"{at}/created_at")
    updated = time_of(row.get("updated_at"), source, f"{at}/updated_at")
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


def _message(row: FixtureRow, source: Source, at: str) -> StoredMessage:
    parts = row.get("parts", [{"type": "plain", "text": row["text"]}] if "text" in row else [])
    created = time_of(row.get("created_at"), source, f"{at}/created_at")
    more = {name: row[name] for name in ("author", "checkpoint", "extra") if name in row}
    return StoredMessage(row["conversation"], row["sender"], tuple(parts), created, row.get("id"), **more)


def _base64(text: str, source: Source, at: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UserError(f"{source.place(at)}: {at}: not Base64: {error}") from None


_ROWS: Mapping[str, Callable[[FixtureRow, Source, str], Any]] = {
    "keys": _key,
    "sessions": _session,
    "history": _message,
}
"""Parses a row of each list; the text is its JSON pointer, for error messages."""
_VALUES: Mapping[str, Callable[[Any], Any]] = {"server": str, "states": dict, "ids_given": int}
"""Parses any other property."""
