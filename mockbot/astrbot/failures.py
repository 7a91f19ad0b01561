"""Texts for model calls and plugins that fail, the same in all versions (BEHAVIOUR.md, "LLM failures", "Failures")."""

from __future__ import annotations

from mockbot.script.model import Fail, Raise
from mockbot.script.template import Values, fill

# Exceptions of the openai package by status; 500 and above is InternalServerError, any other APIStatusError.
STATUS_ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
FILTERED = "API 返回的 completion 由于内容安全过滤被拒绝(非 AstrBot)。"
"""The message of a failure because of a content filter."""
UNREADABLE = Fail("API 返回的 completion 无法解析。", error="Exception")
"""How a version fails that cannot read the call of a tool which does not exist."""


def status_error(status: int) -> str:
    """Return the name of the exception for a status."""
    return "InternalServerError" if status >= 500 else STATUS_ERRORS.get(status, "APIStatusError")


def all_failed(name: str, text: str) -> str:
    """Return the text for a failed model call."""
    return f"LLM 响应错误: All chat models failed: {name}: {text}"


def plugin_error(step: Raise, values: Values) -> str:
    """Return the text for a plugin's handler that raised an exception."""
    plugin, handler, error = (fill(text, values) for text in (step.plugin, step.handler, step.error))
    return f":(\n\n在调用插件 {plugin} 的处理函数 {handler} 时出现异常：{error}"
