"""A server for tests, in a thread or elsewhere, with a world for each test and a journal to make assertions on.

The names are imported on first use, because pytest loads the plugin in this package on every run.
"""

from typing import TYPE_CHECKING

from mockbot.testing.names import __getattr__ as __getattr__

__all__ = [
    "Backend",
    "Chunk",
    "Entry",
    "Finding",
    "MockBot",
    "Script",
    "Verdict",
    "Violation",
    "World",
    "check",
    "compare",
    "replay",
]

if TYPE_CHECKING:
    from mockbot.journal.entry import Chunk, Entry
    from mockbot.journal.finding import Finding, Verdict
    from mockbot.testing.backend import Backend
    from mockbot.testing.bot import MockBot
    from mockbot.testing.scripts import Script
    from mockbot.testing.world import World
    from mockbot.verify import check, compare, replay
    from mockbot.violation import Violation
