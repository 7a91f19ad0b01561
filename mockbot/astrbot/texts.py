"""Texts of AstrBot's agent that are the same in all versions (BEHAVIOUR.md, the chapters on the order of frames)."""

from __future__ import annotations

from collections.abc import Sequence

NO_RETURN_VALUE = "The tool has no return value, or has sent the result directly to the user."
TOOL_IMAGE = (
    "Image returned and cached at path='{path}'. Review the image below. Use send_message_to_user to send it to the "
    "user if satisfied, with type='image' and path='{path}'."
)
FOLLOW_UP = (
    "\n\n[SYSTEM NOTICE] User sent follow-up messages while tool execution was in progress. Prioritize these follow-up "
    "instructions in your next actions. In your very next action, briefly acknowledge to the user that their follow-up "
    "message(s) were received before continuing.\n"
)


def follow_up_notice(messages: Sequence[str]) -> str:
    """Return what AstrBot appends to the result of a tool while which messages arrived; empty if there were none."""
    lines = [f"{number}. {text}" for number, text in enumerate(messages, 1)]
    return FOLLOW_UP + "\n".join(lines) if lines else ""


def split_thoughts(text: str) -> tuple[str, str]:
    """Return what is inside `<think>…</think>` and what is outside, in linear time."""
    inside, outside, at = [], [], 0
    while (begin := text.find("<think>", at)) >= 0 and (end := text.find("</think>", begin)) >= 0:
        outside.append(text[at:begin])
        inside.append(text[begin + len("<think>") : end])
        at = end + len("</think>")
    return "".join(inside), "".join(outside) + text[at:]
