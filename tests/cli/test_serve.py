import io
import sys
from threading import Event

import pytest

from mockbot.cli import serve


class Terminal(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.written = Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        count = super().write(text)
        self.written.set()
        return count


def test_a_document_that_takes_long_is_named_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    terminal = Terminal()
    with serve.patience("big.yaml", terminal):
        assert terminal.written.wait(10)
    assert terminal.getvalue() == "mockbot: reading big.yaml ...\n"


@pytest.mark.parametrize("spec", [None, "small.yaml"])
def test_nothing_is_written_for_a_document_that_is_soon_read(spec: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    terminal = Terminal()
    with serve.patience(spec, terminal):
        pass
    assert terminal.getvalue() == ""
