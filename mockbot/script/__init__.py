"""The replies: which script a chat request gets, and the frames that AstrBot's agent would send for it."""

from mockbot.script.agent import play
from mockbot.script.matching import ChatRequest
from mockbot.script.model import Script, Usage, echo
from mockbot.script.reading import load, read
from mockbot.script.scripts import Chosen, NearMiss, Scripts
from mockbot.script.turn import Cue, Frame, Played, Turn, Verbatim, Wait

__all__ = [
    "ChatRequest",
    "Chosen",
    "Cue",
    "Frame",
    "NearMiss",
    "Played",
    "Script",
    "Scripts",
    "Turn",
    "Usage",
    "Verbatim",
    "Wait",
    "echo",
    "load",
    "play",
    "read",
]
