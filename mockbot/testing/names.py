"""The modules of the names in `mockbot.testing`, which are imported on first use."""

from importlib import import_module

MODULES = {
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
    """Import a name of `mockbot.testing`."""
    if name not in MODULES:
        raise AttributeError(f"module 'mockbot.testing' has no attribute {name!r}")
    found: object = getattr(import_module(MODULES[name]), name)
    if isinstance(found, type):
        from mockbot.dataclass import complete

        complete(found)
    return found
