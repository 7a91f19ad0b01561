"""Serving goes on whoever reads the log: slowly, not at all, or not any more."""

import io
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockbot.cli.lines import Lines, patient

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a pipe cannot be asked whether it takes more")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def line(number: int) -> bytes:
    return b"%d %s\n" % (number, b"." * 1000)


def drain(end: int) -> bytes:
    os.set_blocking(end, False)
    read = b""
    while True:
        try:
            read += os.read(end, 65536)
        except BlockingIOError:
            return read


def test_a_pipe_that_nobody_reads_loses_lines_and_says_how_many(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    lines = Lines(writer, patience=0)
    log = logging.getLogger("mockbot")
    handler = logging.StreamHandler(io.TextIOWrapper(lines, write_through=True))
    log.addHandler(handler)
    try:
        for number in range(200):
            lines.write(line(number))
        kept = drain(reader).split(b"\n")
        lines.write(b"later\n")
        rest = drain(reader)
    finally:
        log.removeHandler(handler)
    whole = len(kept) - 1
    assert 0 < whole < 200
    assert kept[:whole] == [line(number)[:-1] for number in range(whole)]
    begun = kept[-1] + rest.split(b"\n")[0] + b"\n"
    assert begun == line(whole), "a line that was begun is finished before the next"
    assert rest.endswith(b"\n%d lines of the log are lost: nobody read them\nlater\n" % (199 - whole))


def test_a_reader_that_has_gone_is_no_fault_of_the_server(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    with os.fdopen(os.dup(writer), "w") as stream:
        log = patient(stream)
        assert log.write("a\n") == log.write("b\n") == 2


def test_what_is_no_file_is_written_to_as_it_is_and_nothing_at_all_is_no_error() -> None:
    stream = io.StringIO()
    assert patient(stream) is stream
    assert patient(None).write("nobody\n") == 7


def test_a_file_gets_every_line_whatever_its_characters(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        patient(stream).write("caf\u00e9 \ud800\n")
    assert (tmp_path / "log").read_text("utf-8") == "caf\u00e9 \\ud800\n"
