"""How model calls fail: the text, and the time for which AstrBot tries again (BEHAVIOUR.md section 11.7)."""

from __future__ import annotations

from mockbot.astrbot.failures import all_failed, status_error
from mockbot.dataclass import dataclass
from mockbot.script.model import Fail
from mockbot.script.template import Values, fill

NO_MODEL = "LLM 响应错误: All available chat models are unavailable."
"""Sent when a streamed answer is empty."""
NO_PROVIDER = "LLM 请求失败：未找到任何可用的对话模型（提供商）。请先在 WebUI 中配置并启用可用模型。"
UNKNOWN_PROVIDER = "LLM 请求失败：未找到指定的提供商 `{id}`。请检查提供商配置或重新选择可用模型。"
RETRIED = (429, 500, 502, 503, 504)
LONG, SHORT = 15.0, 3.0
"""Seconds between five tries (1, 2, 4 and 8), and between three."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed model call; `retries` are the seconds until AstrBot gives up."""

    text: str
    retries: float = 0.0


def failed(fail: Fail, values: Values) -> Failed:
    """Return the text and the time for a failure of a script."""
    message = fill(fail.message, values)
    if fail.status is None:
        return Failed(all_failed(fail.error, message), LONG if fail.error == "APIConnectionError" else 0.0)
    text = all_failed(status_error(fail.status), f"Error code: {fail.status} - {message}")
    return Failed(text, LONG if fail.status in RETRIED else 0.0)


EMPTY = Failed(
    all_failed(
        "EmptyModelOutputError",
        "OpenAI completion has no usable output. response_id=chatcmpl-fake1, finish_reason=stop",
    ),
    SHORT,
)
"""The failure of a blocking run whose answer is empty."""
