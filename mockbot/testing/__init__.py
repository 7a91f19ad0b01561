"""A server for tests: in a thread or anywhere else, a world for each test, and what a client did to assert on.

Nothing is imported before it is asked for: the pytest plugin lives in this package and is loaded on every run.
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
