"""`python -m bench.speed.counted FILE MODULE ARGUMENT...`: run a module whose tasks are counted on SIGUSR1."""

from __future__ import annotations

import asyncio
import os
import runpy
import signal
import sys
from pathlib import Path
from types import FrameType


def main() -> None:
    """Run a module as `python -m` does; on SIGUSR1, write the number of tasks of its event loop to the file."""
    file, module = sys.argv[1:3]
    del sys.argv[:2]

    def write(_: int, __: FrameType | None) -> None:
        Path(f"{file}.new").write_text(str(len(asyncio.all_tasks())))
        os.replace(f"{file}.new", file)

    signal.signal(signal.SIGUSR1, write)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
