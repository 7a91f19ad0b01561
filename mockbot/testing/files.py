"""Real files for mockbot while a test has fake ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def real_files() -> Iterator[None]:
    """Pause pyfakefs, if it is active in this process, so that mockbot finds the files that it ships."""
    module = sys.modules.get("pyfakefs.fake_filesystem_unittest")
    patcher: Any = None if module is None else module.Patcher.PATCHER
    if patcher is None:
        yield
        return
    patcher.pause()
    try:
        yield
    finally:
        patcher.resume()
