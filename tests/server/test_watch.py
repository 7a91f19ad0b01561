"""Files that change while the server runs. Each test waits for what a reload shows, never for a time."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from mockbot.app import create_app
from mockbot.errors import UserError
from mockbot.reads import Reads, noting
from mockbot.server.watch import Watch, watching
from mockbot.settings import Settings
from mockbot.source import load

pytestmark = pytest.mark.anyio
SECONDS = 60
"""Limit for one line of the log, after which the test fails."""


def script(name: str, text: str = "x") -> str:
    return f"- name: {name}\n  when: {{message: {name}}}\n  run: [{{say: {text}}}]\n"


def write(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")


def remove(file: Path) -> None:
    file.unlink()


def make(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


class Lines(logging.Handler):
    """The lines of the log, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.put_nowait(record.getMessage())

    async def next(self) -> str:
        async with asyncio.timeout(SECONDS):
            return await self._lines.get()


@asynccontextmanager
async def watched(scripts: Path | None = None, **options: Path) -> AsyncIterator[Lines]:
    """Watch the files of a server, and yield its log."""
    names = {"fixture": "empty"} | {option: str(path) for option, path in options.items()}
    app = create_app(Settings(scripts=scripts, **names), log=lambda _: None)  # type: ignore[arg-type]
    log, lines = logging.getLogger("mockbot"), Lines()
    log.addHandler(lines)
    level = log.level
    log.setLevel(logging.INFO)
    task = asyncio.create_task(watching(app.serving).run())
    try:
        yield lines
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        log.setLevel(level)
        log.removeHandler(lines)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "a.yaml").write_text(script("a"))
    return folder


async def test_edits_of_a_file_and_files_that_are_made_and_removed(scripts: Path) -> None:
    async with watched(scripts=scripts) as log:
        write(scripts / "a.yaml", script("a", "y"))
        assert await log.next() == "reload: scripts: 1 changed (a)"
        write(scripts / "b.yaml", script("b"))
        assert await log.next() == "reload: scripts: 1 new (b)"
        (scripts / "b.yaml").unlink()
        assert await log.next() == "reload: scripts: 1 removed (b)"


async def test_an_editor_that_writes_a_new_file_and_renames_it(scripts: Path) -> None:
    async with watched(scripts=scripts / "a.yaml") as log:
        for text in ("y", "z"):
            write(scripts / ".a.yaml.swp", script("a", text))
            (scripts / ".a.yaml.swp").rename(scripts / "a.yaml")
            assert await log.next() == "reload: scripts: 1 changed (a)"


async def test_a_bad_edit_is_named_and_the_log_says_when_it_is_mended(scripts: Path) -> None:
    async with watched(scripts=scripts) as log:
        write(scripts / "a.yaml", "- run: [{sai: x}]\n")
        assert (await log.next()).startswith(f"reload: {scripts}/a.yaml:1: /0/run/0/sai: ")
        assert "unhealthy until this is mended" in await log.next()
        write(scripts / "a.yaml", script("a"))
        assert await log.next() == "reload: mended; nothing has changed"


async def test_a_folder_that_is_removed_and_made_again(scripts: Path) -> None:
    async with watched(scripts=scripts) as log:
        shutil.rmtree(scripts)
        assert await log.next() == f"reload: {scripts}: cannot be read: No such file or directory"
        await log.next()
        for name in ("b", "c"):
            make(scripts)
            write(scripts / f"{name}.yaml", script(name))
            assert f"1 new ({name})" in await log.next()


async def test_a_fixture_the_files_that_it_names_and_a_file_that_is_named_later(tmp_path: Path) -> None:
    fixture, base, named = tmp_path / "mine.yaml", tmp_path / "base.yaml", tmp_path / "more" / "named.yaml"
    named.parent.mkdir()
    write(base, "keys: []\n")
    write(fixture, "extends: base.yaml\n")
    async with watched(fixture=fixture) as log:
        write(base, "keys: [{key: k}]\n")
        assert await log.next() == "reload: fixture: keys changed, so the default world starts anew"
        write(fixture, "extends: base.yaml\nscripts: [more/named.yaml]\n")
        assert "there is no file or folder" in await log.next()
        await log.next()
        write(named, script("named"))
        assert await log.next() == "reload: mended; scripts: 1 new (named)"
        write(named, script("named", "y"))
        assert await log.next() == "reload: scripts: 1 changed (named)"


async def test_a_document_and_a_file_that_it_refers_to(tmp_path: Path) -> None:
    spec, part = tmp_path / "api.yaml", tmp_path / "part.yaml"
    write(spec, "openapi: 3.1.0\ninfo: {title: t, version: v}\npaths: {/a: {$ref: part.yaml}}\n")
    write(part, "get: {responses: {'200': {description: a}}}\n")
    async with watched(spec=spec) as log:
        write(part, "get: {responses: {'201': {description: a}}}\n")
        assert await log.next() == "reload: document: changed, operations: 1 changed (GET /a)"
        write(
            spec,
            "openapi: 3.1.0\ninfo: {title: t, version: v}\npaths: {/a: {$ref: part.yaml}, /b: {$ref: part.yaml}}\n",
        )
        assert await log.next() == "reload: document: changed, operations: 1 new (GET /b)"


class Counted:
    """A watch whose looks a test makes itself; `texts` are the contents that each reload has found."""

    def __init__(self, *files: Path) -> None:
        self.files, self.texts = files, list[str | None]()
        self.reads = self._read()
        self.watch = Watch(lambda: self.reads, self.reload)

    async def reload(self) -> None:
        self.reads = self._read()
        self.texts.append(self.files[0].read_text() if self.files[0].exists() else None)

    def _read(self) -> Reads:
        with noting() as reads:
            for file in self.files:
                with suppress(UserError):
                    load(file)
        return reads

    async def look(self, *paths: Path) -> None:
        await self.watch.look([str(path) for path in paths])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    write(path, "1")
    return path


async def test_a_file_that_is_truncated_first_is_read_when_it_is_written(file: Path) -> None:
    seen = Counted(file)
    await seen.look(file)
    write(file, "")
    await seen.look(file)
    await seen.look(file)  # notifications of the same
    write(file, "22")
    await seen.look(file)
    assert seen.texts == ["1", "22"]


@pytest.mark.parametrize("gone", [True, False])
async def test_a_file_that_stays_empty_or_away_is_read_at_the_next_look(file: Path, gone: bool) -> None:
    seen = Counted(file)
    await seen.look(file)
    if gone:
        remove(file)
    else:
        write(file, "")
    await seen.look(file)
    assert len(seen.texts) == 1
    for _ in range(2):
        await seen.look()
    assert seen.texts == ["1", None if gone else ""]


async def test_a_change_that_no_notification_names_is_seen(file: Path) -> None:
    seen = Counted(file)
    await seen.look(file)
    await seen.look()
    os.utime(file, ns=(1, 1))
    await seen.look()
    assert len(seen.texts) == 2


async def test_a_change_during_a_reload_is_read_by_the_next(file: Path) -> None:
    seen = Counted(file)

    async def edited() -> None:
        await seen.reload()
        if len(seen.texts) < 3:
            write(file, f"{seen.texts[-1]}1")

    seen.watch = Watch(lambda: seen.reads, edited)
    for _ in range(4):
        await seen.look()
    assert seen.texts == ["1", "11", "111"]


async def test_other_files_are_not_read(file: Path) -> None:
    seen = Counted(file)
    await seen.look(file)
    other = file.with_name("b.yaml")
    write(other, "1")
    await seen.look(other)
    assert seen.texts == ["1"]


async def test_a_reload_that_fails_for_another_reason_does_not_end_the_watch(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen = Counted(file)
    failures: list[Exception] = [RuntimeError("a bug"), UserError("a mistake")]

    async def failing() -> None:
        if failures:
            raise failures.pop(0)
        await seen.reload()

    seen.watch = Watch(lambda: seen.reads, failing)
    for _ in range(3):
        await seen.look(file)
    assert seen.texts == ["1"]
    assert "please report this" in caplog.text
