"""Endpoints for the files that the server was started with: read, check and write them.

A file is named by an id, never by a path, so that a client can reach no other file.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

from mockbot import behaviour, source
from mockbot.control.reload import read_again
from mockbot.control.reply import problem, reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.control.scripts import mistakes
from mockbot.control.serving import Serving
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.script import load as scripts
from mockbot.world.fixture import Fixtures
from mockbot.written import refuse_others

LARGEST = 1024 * 1024
"""Bytes of a file that can be read and written here."""


@dataclass(frozen=True, slots=True)
class _File:
    kind: Literal["scripts", "fixture", "behaviour"]
    path: Path

    @property
    def id(self) -> str:
        """Return a name that stays the same while the file has its path."""
        return f"{self.kind}-{hashlib.sha256(bytes(self.path)).hexdigest()[:12]}"

    def check(self, text: str, serving: Serving) -> None:
        """Raise UserError with file and line of each mistake in a text for this file.

        The text may not name other files: a client must not choose what is opened.
        """
        read, contract = source.parse(text, str(self.path)), serving.profile.contract
        if self.kind == "scripts":
            scripts.read(read, contract)
        elif self.kind == "behaviour":
            behaviour.parse(read, contract)
        else:
            Fixtures(serving.profile.blueprint).parse(read, files=False)


@endpoint("listFiles")
async def list_files(request: ControlRequest) -> Response:
    """List the files, with their texts."""
    rows = await request.serving.turns.in_thread(lambda: [*_rows(request.serving)])
    return reply({"files": rows})


@endpoint("checkFile")
async def check_file(request: ControlRequest) -> Response:
    """Return the mistakes in a text for a file."""
    file = _file(request)
    if isinstance(file, Response):
        return file
    text = request.text
    check = await request.serving.turns.in_thread(mistakes, lambda: file.check(text, request.serving), str(file.path))
    return reply({"mistakes": check})


@endpoint("putFile")
async def put_file(request: ControlRequest) -> Response:
    """Write a file and load it; raise UserError, with the file as it was, if not all files can be used then."""
    file = _file(request)
    if isinstance(file, Response):
        return file
    text, serving = request.text, request.serving
    await serving.turns.in_thread(file.check, text, serving)
    async with serving.writing:
        before = await serving.turns.in_thread(_write, file.path, text.encode("utf-8"))
        try:
            await read_again(serving)
        except UserError:
            await serving.turns.in_thread(_write, file.path, before)
            raise
    return reply({"status": "ok"})


def _file(request: ControlRequest) -> _File | Response:
    found = next((each for each in _files(request.serving) if each.id == request.path["file"]), None)
    return found or problem(404, "The server was not started with such a file")


def _rows(serving: Serving) -> Iterator[JSON]:
    for file in _files(serving):
        try:
            text = file.path.read_text(encoding="utf-8") if file.path.stat().st_size <= LARGEST else None
        except (OSError, UnicodeDecodeError):
            text = None
        if text is not None:
            yield {"id": file.id, "kind": file.kind, "name": str(file.path), "text": text}


def _files(serving: Serving) -> Iterator[_File]:
    """Yield the files that the settings name; the fixtures that mockbot ships are not for writing."""
    settings = serving.settings
    if settings.scripts is not None:
        yield from (_File("scripts", path) for path in scripts.files(settings.scripts))
    if settings.fixture not in serving.profile.blueprint.fixtures:
        yield _File("fixture", Path(settings.fixture))
    if settings.behaviour is not None:
        yield _File("behaviour", settings.behaviour)


def _write(path: Path, data: bytes) -> bytes:
    """Write a regular file as a whole, so that another program sees the old or the new one; return the old one."""
    try:
        found = path.lstat()
        refuse_others(path, links=False)
        before = path.read_bytes()
        with ExitStack() as undo:
            with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
                undo.callback(Path(draft.name).unlink, missing_ok=True)
                draft.write(data)
            os.chmod(draft.name, stat.S_IMODE(found.st_mode))
            os.replace(draft.name, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
    return before
