"""How AstrBot 4.29.3 writes its responses (BEHAVIOUR.md sections 1 and 3)."""

from __future__ import annotations

from functools import partial

from mockbot.astrbot.envelope import Envelope
from mockbot.astrbot.handler import Answers

ENVELOPE = Envelope(ensure_ascii=False, end=b"", errors_have_data=False)
CRASHED = partial(ENVELOPE.error, "Internal server error", 500)
ANSWERS = Answers(ENVELOPE, CRASHED)
REFUSING = Answers(ENVELOPE, CRASHED, failure=400)
"""For operations whose business errors have status 400."""
