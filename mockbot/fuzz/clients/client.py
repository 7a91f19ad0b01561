"""What every kind of client has in common: it gets a task, and what it showed is a value."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import field
from typing import Literal, Protocol

from mockbot.dataclass import dataclass
from mockbot.fuzz.stage import Stage
from mockbot.jsontext import JSON
from mockbot.steady import steady

Ended = Literal["ok", "error", "crash", "hang"]
ERROR = re.compile(r"(?:^|[\s\[(])((?:[A-Za-z_]\w*[.$])*[A-Z]\w*(?:Error|Exception|Timeout|Closed|Warning))\b")
START_SECONDS = 60.0
"""How long a client may need until its first request, and at most for a case."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a client is asked to do in one case."""

    case: str
    base_url: str
    key: str
    deadline: float
    """Seconds in which the client should give up a response that does not go on."""
    op: str = "chat"
    """One of chat, sessions, configs, file, send and bots; commands do not read it."""
    message: str = "hello"
    args: Mapping[str, JSON] = field(default_factory=dict)
    """More arguments of the operation."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client did: how it ended, and the events that it reported."""

    ended: Ended
    reported: tuple[object, ...] | None = None
    """The events, or the one result; None: it reports none."""
    error_type: str = ""
    message: str = ""
    seconds: float = 0.0


class Client(Protocol):
    """A client that can be run again and again."""

    @property
    def name(self) -> str:
        """Return its name in reports."""

    @property
    def ops(self) -> tuple[str, ...]:
        """Return the operations that it can be asked for; none if it decides itself."""

    def run(self, task: Task, stage: Stage) -> Shown:
        """Run one case to its end, which comes `task.deadline` seconds after the last byte at the latest."""

    def usage(self) -> Mapping[str, int]:
        """Return the memory in bytes and the file handles of a client that lives on; empty for others."""

    def close(self) -> None:
        """End the client."""


MOST_REQUESTS = 300
"""Requests of one case; right clients send a handful of them."""


def never_ends(stage: Stage) -> bool:
    """Return whether a client has sent so many requests in one case that it goes on for ever."""
    return stage.requests >= MOST_REQUESTS


def hangs(stage: Stage, started: float, deadline: float) -> bool:
    """Return whether a client that was started then has waited too long: for its first request, or for the server.

    A client that has the whole response is busy with it, and gets more time.
    """
    if never_ends(stage):
        return True
    now, last = steady(), stage.last
    if last is None or now - started > max(START_SECONDS, 4 * deadline):
        return now - started > START_SECONDS
    return now - max(last, started) > deadline and not stage.is_done


def signal_name(number: int) -> str:
    """Return the name of a signal, or its number if it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def error_type(text: str, otherwise: str) -> str:
    """Return the name of the last error in what a program wrote, or `otherwise`."""
    found = ERROR.findall(text[-20_000:])
    return found[-1].rpartition(".")[2] if found else otherwise
