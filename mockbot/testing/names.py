"""Where the names of `mockbot.testing` come from, so that each is imported when it is asked for."""

from importlib import import_module

HOMES = {
    "Backend": "mockbot.testing.backend",
    "Chunk": "mockbot.journal.entry",
    "Entry": "mockbot.journal.entry",
    "Finding": "mockbot.journal.finding",
    "MockBot": "mockbot.testing.bot",
    "Script": "mockbot.testing.scripts",
    "Verdict": "mockbot.journal.finding",
    "Violation": "mockbot.violation",
    "World": "mockbot.testing.world",
    "check": "mockbot.verify",
    "compare": "mockbot.verify",
    "replay": "mockbot.verify",
}


def __getattr__(name: str) -> object:
    """Import what `mockbot.testing` hands out."""
    if name not in HOMES:
        raise AttributeError(f"module 'mockbot.testing' has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
