"""The log never blocks the server, even if its reader is slow or closed."""

import asyncio
import io
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import TextIO, cast

import pytest

from mockbot.cli.lines import LineWriter, drained, nonblocking

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="select does not support pipes there")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def line(number: int) -> str:
    return f"{number} {'.' * 1000}\n"


def drain(end: int) -> bytes:
    os.set_blocking(end, False)
    read = b""
    while True:
        try:
            read += os.read(end, 65536)
        except BlockingIOError:
            return read


def test_a_pipe_that_is_not_read_loses_lines_and_the_number_is_logged(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    lines = LineWriter(writer, wait_seconds=0)
    log = logging.getLogger("mockbot")
    handler = logging.StreamHandler(lines)
    log.addHandler(handler)
    try:
        for number in range(200):
            lines.write(line(number))
        kept = drain(reader).split(b"\n")
        lines.write("later\n")
        rest = drain(reader)
    finally:
        log.removeHandler(handler)
    whole = len(kept) - 1
    assert 0 < whole < 200
    assert kept[:whole] == [line(number)[:-1].encode() for number in range(whole)]
    begun = kept[-1] + rest.split(b"\n")[0] + b"\n"
    assert begun == line(whole).encode(), "a line that was begun is completed before the next"
    assert rest.endswith(b"\n%d lines of the log were dropped because they were not read\nlater\n" % (199 - whole))


def test_a_closed_reader_causes_no_error(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    with os.fdopen(os.dup(writer), "w") as stream:
        log = nonblocking(stream)
        assert log.write("a\n") == log.write("b\n") == 2


def test_streams_without_a_file_and_no_stream_at_all() -> None:
    stream = io.StringIO()
    assert nonblocking(stream) is stream
    assert nonblocking(None).write("ignored\n") == 8


def test_a_file_gets_lines_with_any_characters(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        nonblocking(stream).write("caf\u00e9 \ud800\n")
    assert (tmp_path / "log").read_text("utf-8") == "caf\u00e9 \\ud800\n"


def test_the_lines_of_a_loop_that_has_ended_are_written_with_the_next_or_at_the_end(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    lines = LineWriter(writer)

    async def one(text: str) -> None:
        lines.write(text)

    with drained(cast(TextIO, lines)):
        asyncio.run(one("first\n"))
        assert drain(reader) == b""
        lines.write("second\n")
        assert drain(reader) == b"first\nsecond\n"
        asyncio.run(one("third\n"))
        asyncio.run(one("fourth\n"))
    assert drain(reader) == b"third\nfourth\n"


def test_lines_of_several_threads_are_whole(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        lines = nonblocking(stream)
        threads = [Thread(target=lambda: [lines.write(f"{'x' * 50}\n") for _ in range(200)]) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert (tmp_path / "log").read_text() == f"{'x' * 50}\n" * 800
