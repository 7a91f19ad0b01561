"""The texts that AstrBot sends when a model call or a plugin's handler fails (BEHAVIOUR.md 8.5, "LLM failures")."""

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


def llm_error(fail: Fail, values: Values) -> str:
    """Return the text for a failed model call of a blocking run; a streaming run sends none."""
    message = fill(fail.message, values)
    if fail.status is None:
        return _all_failed(fail.error, message)
    name = "InternalServerError" if fail.status >= 500 else STATUS_ERRORS.get(fail.status, "APIStatusError")
    # The openai package formats the body with repr(), not as JSON.
    body = {"error": {"message": message, "type": fail.type, "code": fail.code, "param": None}}
    return _all_failed(name, f"Error code: {fail.status} - {body}")


def plugin_error(step: Raise, values: Values) -> str:
    """Return the text for a plugin's handler that raised an exception."""
    plugin, handler, error = (fill(text, values) for text in (step.plugin, step.handler, step.error))
    return f":(\n\n在调用插件 {plugin} 的处理函数 {handler} 时出现异常：{error}"


def _all_failed(name: str, text: str) -> str:
    return f"LLM 响应错误: All chat models failed: {name}: {text}"
