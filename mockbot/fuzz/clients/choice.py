"""Which client a run has, as the command line or a file gives it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mockbot.dataclass import dataclass
from mockbot.fuzz.clients.adapter import Adapter
from mockbot.fuzz.clients.browser import Browser, served
from mockbot.fuzz.clients.chromium import Chromium
from mockbot.fuzz.clients.client import Client
from mockbot.fuzz.clients.command import Command


@dataclass(frozen=True, slots=True)
class Choice:
    """One client; one of the fields has a value."""

    command: tuple[str, ...] = ()
    """The name and arguments of a command that runs once for each case."""
    adapter: str = ""
    """A command that lives on."""
    browser: Path | None = None
    """A page."""

    @contextmanager
    def clients(self) -> Iterator[Callable[[], Client]]:
        """Yield a function that returns a new client, and end what the clients share; raise UserError."""
        if self.browser is not None:
            name = str(self.browser)
            with served(self.browser) as url, closing(Chromium()) as chromium:
                yield lambda: Browser(name, url, chromium)
        elif self.adapter:
            yield lambda: Adapter(self.adapter)
        else:
            yield lambda: Command(self.command)

    @property
    def options(self) -> str:
        """Return the options that give this client to `mockbot fuzz`."""
        if self.browser is not None:
            return f"--browser {shlex.quote(str(self.browser))}"
        return f"--adapter {shlex.quote(self.adapter)}" if self.adapter else f"-- {shlex.join(self.command)}"
