"""The signals that end the server."""

from __future__ import annotations

import signal
from collections.abc import Callable


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` on the first SIGINT, SIGTERM or SIGHUP, unless it is ignored; the second ends the process at once."""

    def first(*_: object) -> None:
        for each in ending_signals():
            signal.signal(each, signal.SIG_DFL)
        stop()

    for each in ending_signals():
        signal.signal(each, first)


def interrupt_on_signals() -> None:
    """Raise KeyboardInterrupt on each of these signals, as SIGINT does: before there is a server to stop."""
    for each in ending_signals():
        if each is not signal.SIGINT:  # a shell ignores it for commands in the background
            signal.signal(each, signal.default_int_handler)


def ending_signals() -> list[signal.Signals]:
    """Return the signals that end the server; `nohup` has SIGHUP ignored, and then it stays so."""
    hangup: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN:
        return [signal.SIGINT, signal.SIGTERM]
    return [signal.SIGINT, signal.SIGTERM, hangup]
