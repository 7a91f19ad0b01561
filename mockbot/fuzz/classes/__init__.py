"""The catalogue: 68 classes of bugs that real clients had, in the order in which they are tried."""

from collections.abc import Mapping

from mockbot.fuzz.classes.bug_class import BugClass
from mockbot.fuzz.classes.framing import CLASSES as FRAMING
from mockbot.fuzz.classes.http import CLASSES as HTTP
from mockbot.fuzz.classes.life import CLASSES as LIFE
from mockbot.fuzz.classes.model import CLASSES as MODEL

__all__ = ["CATALOGUE", "CHOICES", "BugClass"]

CATALOGUE: Mapping[str, BugClass] = {each.id: each for each in (*FRAMING, *LIFE, *HTTP, *MODEL)}
CHOICES: tuple[str, ...] = ("A", "B", "C", "D", *CATALOGUE)
"""The classes, and their families A, B, C and D."""
