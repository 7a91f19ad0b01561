"""The text for a failed model call of a blocking run (BEHAVIOUR.md 8.5, "LLM failures")."""

from __future__ import annotations

from mockbot.astrbot.failures import all_failed, status_error
from mockbot.script.model import Fail
from mockbot.script.template import Values, fill


def llm_error(fail: Fail, values: Values) -> str:
    """Return the text for a failed model call of a blocking run; a streaming run sends none."""
    message = fill(fail.message, values)
    if fail.status is None:
        return all_failed(fail.error, message)
    # The openai package formats the body with repr(), not as JSON.
    body = {"error": {"message": message, "type": fail.type, "code": fail.code, "param": None}}
    return all_failed(status_error(fail.status), f"Error code: {fail.status} - {body}")
