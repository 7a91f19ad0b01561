"""mockbot: a stand-in and reference server for AstrBot's Open API."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["__version__", "create_app"]

if TYPE_CHECKING:
    from mockbot.app import create_app


def __getattr__(name: str) -> object:
    """Import the application when it is asked for: it takes half a second that `mockbot --version` need not spend."""
    if name != "create_app":
        raise AttributeError(f"module 'mockbot' has no attribute {name!r}")
    from mockbot.app import create_app

    return create_app
