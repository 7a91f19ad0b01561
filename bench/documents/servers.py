"""The servers that documents are tried on: mockbot, and Prism where it is installed."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Running, free_port, listens, started


@contextmanager
def mockbot(document: Path) -> Iterator[Running]:
    """Serve a document with `mockbot serve --spec`; raise NotStarted if that fails."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        options = ["--spec", str(document), "--port", "0", "--ready-file", str(ready)]
        with started([sys.executable, "-m", "mockbot", "serve", *options], ready.exists) as pid:
            yield Running(json.loads(ready.read_text())["base_url"].removeprefix("http://"), pid)


@contextmanager
def prism(document: Path) -> Iterator[Running]:
    """Serve a document with `prism mock`, which must be on the PATH; raise NotStarted if that fails."""
    port = free_port()
    with started(["prism", "mock", "-h", "127.0.0.1", "-p", str(port), str(document)], lambda: listens(port)) as pid:
        yield Running(f"127.0.0.1:{port}", pid)


SERVERS = {"mockbot": mockbot, "prism": prism}
