"""How AstrBot 4.29.3 writes its responses (BEHAVIOUR.md sections 1 and 3)."""

from __future__ import annotations

from functools import partial

from mockbot.astrbot.envelope import Envelope
from mockbot.astrbot.handler import Answers
from mockbot.jsontext import JSON, standard


def encoded(value: JSON) -> bytes:
    """Return JSON without blanks, as raw UTF-8 where it has that form."""
    try:
        return standard(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate
        return standard(value, ensure_ascii=True).encode("ascii")


ENVELOPE = Envelope(encoded, errors_have_data=False)
CRASHED = partial(ENVELOPE.error, "Internal server error", 500)
ANSWERS = Answers(ENVELOPE, CRASHED)
REFUSING = Answers(ENVELOPE, CRASHED, failure=400)
"""For operations whose business errors have status 400."""
