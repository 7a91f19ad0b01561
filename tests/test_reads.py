"""Files are read without waiting for what may never come."""

import os
import threading
from pathlib import Path

import pytest

from mockbot import source
from mockbot.errors import UserError
from mockbot.openapi import fetch
from mockbot.reads import opened


@pytest.mark.skipif(os.name != "posix", reason="Windows has no named pipes in folders")
def test_a_pipe_into_which_nothing_writes_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert source.read(tmp_path / "pipe") == ""
    assert fetch.content(str(tmp_path / "pipe")) == b""


def test_a_pipe_is_read_to_its_end() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(b"a" * 100_000)

    writing = threading.Thread(target=write)
    with opened(f"/dev/fd/{reader}") as file:
        writing.start()
        assert len(file.read()) == 100_000
    writing.join()
    os.close(reader)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Is a directory"):
        source.read(tmp_path)
