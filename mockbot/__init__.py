"""mockbot: a stand-in and reference server for AstrBot's Open API."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["MockBot", "__version__", "create_app", "playing"]

if TYPE_CHECKING:
    from mockbot.app import create_app
    from mockbot.fuzz.playing import playing
    from mockbot.testing.bot import MockBot


def __getattr__(name: str) -> object:
    """Import what is asked for: it takes half a second that `mockbot --version` need not spend."""
    if name == "create_app":
        from mockbot.app import create_app

        return create_app
    if name == "MockBot":
        from mockbot.testing.bot import MockBot

        return MockBot
    if name == "playing":
        from mockbot.fuzz.playing import playing

        return playing
    raise AttributeError(f"module 'mockbot' has no attribute {name!r}")
