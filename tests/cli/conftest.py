"""The command in this process, without the variables of the machine."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from mockbot import cli

Outcome = tuple[int, str, str]
Run = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run the command and return its exit status and output."""
    for name in [name for name in os.environ if name.startswith("MOCKBOT_")]:
        monkeypatch.delenv(name)
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def command(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert isinstance(ended.value.code, int | None)
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    yield command
    for each, handler in handlers.items():
        signal.signal(each, handler)
