"""Drives a client against behaviours of a server, finds those that it does not survive, and makes them small.

For tests: `@given(behaviours())` draws behaviours, and `with playing(behaviour) as server:` plays one.
"""

from typing import TYPE_CHECKING

from mockbot.fuzz.names import __getattr__ as __getattr__

__all__ = ["Behaviour", "behaviours", "legal_behaviours", "playing", "responses", "streams"]

if TYPE_CHECKING:
    from mockbot.behaviour import Behaviour
    from mockbot.fuzz.answers import responses, streams
    from mockbot.fuzz.playing import playing
    from mockbot.fuzz.strategies import behaviours, legal_behaviours
