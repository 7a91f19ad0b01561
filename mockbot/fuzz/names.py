"""The names that `mockbot.fuzz` has for tests, imported on first use: Hypothesis takes half a second to load."""

from __future__ import annotations

from importlib import import_module

MODULES = {
    "Behaviour": "mockbot.behaviour",
    "behaviours": "mockbot.fuzz.strategies",
    "legal_behaviours": "mockbot.fuzz.strategies",
    "playing": "mockbot.fuzz.playing",
    "responses": "mockbot.fuzz.answers",
    "streams": "mockbot.fuzz.answers",
}
"""The module of each name."""


def __getattr__(name: str) -> object:
    """Return one of the names."""
    if name in MODULES:
        return getattr(import_module(MODULES[name]), name)
    raise AttributeError(f"module 'mockbot.fuzz' has no attribute {name!r}")
