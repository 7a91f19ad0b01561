"""Drives a client against behaviours of a server, finds those that it does not survive, and makes them small.

For tests: `@given(behaviours())` draws behaviours, and `with playing(behaviour) as server:` plays one.
"""

from typing import TYPE_CHECKING

__all__ = ["Behaviour", "behaviours", "legal_behaviours", "playing", "responses", "streams"]

if TYPE_CHECKING:
    from mockbot.behaviour import Behaviour
    from mockbot.fuzz.answers import responses, streams
    from mockbot.fuzz.playing import playing
    from mockbot.fuzz.strategies import behaviours, legal_behaviours


def __getattr__(name: str) -> object:
    """Import what is asked for: `mockbot fuzz --help` needs no Hypothesis."""
    if name == "Behaviour":
        from mockbot.behaviour import Behaviour

        return Behaviour
    if name == "playing":
        from mockbot.fuzz.playing import playing

        return playing
    if name in ("responses", "streams"):
        from mockbot.fuzz import answers

        return getattr(answers, name)
    if name in __all__:
        from mockbot.fuzz import strategies

        return getattr(strategies, name)
    raise AttributeError(f"module 'mockbot.fuzz' has no attribute {name!r}")
