"""Which client a run has, as the command line or a file gives it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from mockbot.fuzz.clients.adapter import Adapter
from mockbot.fuzz.clients.client import Client
from mockbot.fuzz.clients.command import Command


@dataclass(frozen=True, slots=True)
class Choice:
    """One client; one of the fields has a value."""

    command: tuple[str, ...] = ()
    """The name and arguments of a command that runs once for each case."""
    adapter: str = ""
    """A command that lives on."""

    def client(self) -> Client:
        """Return a new client."""
        return Adapter(self.adapter) if self.adapter else Command(self.command)

    @property
    def options(self) -> str:
        """Return the options that give this client to `mockbot fuzz`."""
        return f"--adapter {shlex.quote(self.adapter)}" if self.adapter else f"-- {shlex.join(self.command)}"
