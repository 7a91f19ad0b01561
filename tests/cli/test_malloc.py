"""The memory of large objects is returned, though small ones that live long come in between."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from mockbot.cli.malloc import return_large
if sys.argv[1] == "returned":
    return_large()
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
def serve():
    large = []
    for _ in range(10):
        large.append(bytes(6_000_000))
        kept.append(bytes(100_000))
bytes(30_000_000)  # glibc keeps blocks of this size from now on
kept, before = [], resident()
for _ in range(20):
    serve()
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read in /proc")
def test_a_long_life_of_small_objects_does_not_keep_the_memory_of_large_ones() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, "returned"], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50_000_000  # what is kept has 20 million bytes
