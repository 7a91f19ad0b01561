"""No process outlives the test that started it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import run, started

PARENT = "import subprocess as s, sys; print(s.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"


def alive(pid: int) -> bool:
    """Return whether a process runs; one that is killed and not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")
def test_children_end_with_the_process() -> None:
    with started([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        assert os.getpgid(child) == process.pid
        assert alive(child)
    deadline = time.monotonic() + 60
    while alive(child):  # a signal takes a moment
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_command_that_takes_too_long_is_killed() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run([sys.executable, "-c", PARENT], timeout=1, stdin=subprocess.PIPE)
