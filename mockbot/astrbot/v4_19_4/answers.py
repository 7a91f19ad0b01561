"""How AstrBot 4.19.4 writes its responses."""

from __future__ import annotations

from functools import partial

from mockbot.astrbot.envelope import Envelope
from mockbot.astrbot.handler import Answers
from mockbot.astrbot.v4_19_4.pages import page

ENVELOPE = Envelope(ensure_ascii=True, end=b"\n", errors_have_data=True)
ANSWERS = Answers(ENVELOPE, partial(page, 500))
