"""Why streams of AstrBot 4.19.4 and 4.29.3 differ."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from mockbot.jsontext import JSON
from mockbot.verify.diff.answers import body_of
from mockbot.verify.diff.causes import Cause, at, content
from mockbot.verify.diff.differences import Difference
from mockbot.verify.diff.play import Pair, kind_of


def text_of(pair: Pair) -> str:
    """Return both answers as text."""
    return json.dumps([pair.old.content, pair.new.content], ensure_ascii=False)


def kinds(frames: JSON) -> list[str]:
    """Return the kinds of the frames of a stream."""
    return [kind_of(frame) for frame in frames] if isinstance(frames, list) else []


def during(start: str) -> Callable[[Pair], bool]:
    """Return a test for pairs with a certain request during the stream."""
    return lambda pair: any(re.match(start, each) for each in pair.meanwhile)


def says(pattern: str) -> Callable[[Pair], bool]:
    """Return a test for pairs with a certain text in one of the answers."""
    expression = re.compile(pattern)
    return lambda pair: bool(expression.search(text_of(pair)))


def unequal(kind: str) -> Callable[[Pair], bool]:
    """Return a test for pairs whose streams have different numbers of such frames."""
    return lambda pair: kinds(pair.old.content).count(kind) != kinds(pair.new.content).count(kind)


def _streams_otherwise(pair: Pair) -> bool:
    """Return whether only one of the two runs streams, though the request says how."""
    asks = body_of(pair).keys() & {"enable_streaming", "flags"}
    return "run_started" in kinds(pair.new.content) and unequal("complete")(pair) and bool(asks)


def _media_alone(pair: Pair) -> bool:
    asks = re.search(r'"type": "(record|video)"', pair.request.body.decode("utf-8", "replace"))
    return bool(asks) and unequal("complete")(pair)


def _pushed(pair: Pair) -> bool:
    frames = pair.new.content if isinstance(pair.new.content, list) else []
    return any(isinstance(each, dict) and each.get("type") == "complete" and "chain_type" in each for each in frames)


def _captured(pair: Pair) -> bool:
    return "follow_up_captured" in kinds(pair.new.content) or "[SYSTEM NOTICE]" in text_of(pair)


def _stats(pair: Pair, found: Difference) -> bool:
    if found.at == "order of frames":
        return True
    if found.at == "frames agent_stats":
        return bool(found.old) or pair.cut
    return found.at.startswith("agent_stats /data/token_usage") and found.new != "0"


CAUSES: tuple[Cause, ...] = (
    Cause(
        "stream-headers",
        "The media type of a stream has `charset=utf-8` and comes after `cache-control` and `connection`.",
        "11.3",
        ("`HTTP/1.1 200 `",),
        at("header content-type", "order of headers", "header connection", "header cache-control"),
    ),
    Cause(
        "user-message-saved",
        "`user_message_saved` is the second frame of every stream.",
        "11.4",
        ("| user_message_saved",),
        at("frames user_message_saved"),
    ),
    Cause(
        "run-started",
        "`run_started` begins each run of the model.",
        "11.4",
        ("| run_started",),
        at("frames run_started"),
    ),
    Cause(
        "attachment-saved",
        "`attachment_saved` follows each media frame.",
        "11.4",
        ("| attachment_saved",),
        at("frames attachment_saved"),
    ),
    Cause(
        "checkpoint",
        "`message_saved` has `llm_checkpoint_id`.",
        "11.4",
        ("| message_saved",),
        at("message_saved /data/llm_checkpoint_id"),
    ),
    Cause(
        "context-tokens",
        "`agent_stats` has `current_context_tokens`.",
        "11.4",
        ("| agent_stats",),
        at("agent_stats /data/current_context_tokens"),
    ),
    Cause(
        "media-names",
        "Media frames have stored names with the real extension; that of a file is followed by its own name.",
        "11.4",
        ("| image / record / file",),
        at("image /data", "record /data", "file /data"),
    ),
    Cause(
        "stop",
        "A run can be stopped; its stream then ends early.",
        "11.9",
        ("### 11.9",),
        content(during(r"POST .*/stop$")),
    ),
    Cause(
        "deleted-in-mid-run",
        "The stream of a session that is deleted in the midst of a run just ends.",
        "6.2",
        ("### 6.2",),
        content(during(r"DELETE ")),
    ),
    Cause(
        "follow-up",
        "A request during a tool call is captured by the run.",
        "11.4",
        ("| follow_up_captured",),
        content(_captured),
    ),
    Cause(
        "push",
        "A pushed text is a streaming frame with a `complete` of its own and `message_saved`.",
        "11.4",
        ("| complete (push)", "* Open run(s)"),
        content(_pushed),
    ),
    Cause(
        "blanks",
        "After an answer of the model with blanks only, a stream asks the model again, 128 times.",
        "11.7",
        ("### 11.7",),
        content(lambda pair: kinds(pair.new.content).count("plain") > 100),
    ),
    Cause(
        "invented-tool",
        "A tool that the model invents has no result, and the run goes on.",
        "11.5",
        (),
        content(says("toolmissing|no_such_tool|无法解析")),
    ),
    Cause(
        "stats-per-round",
        "`agent_stats` comes once a round, with sums, and before the text of a blocking run.",
        "11.5",
        ("| agent_stats", "* block-run:"),
        _stats,
    ),
    Cause(
        "failures",
        "A failing model is reported in the stream, in a shorter text, after several tries.",
        "11.7",
        ("### 11.7",),
        content(says("LLM 响应错误|LLM 请求失败")),
    ),
    Cause(
        "reasoning",
        "Reasoning is shown by default.",
        "11.6",
        ("### 11.6",),
        content(lambda pair: unequal("plain/reasoning")(pair) or says("🤔 思考")(pair)),
    ),
    Cause(
        "flags",
        "`flags` beat the fields of the same name.",
        "11.2",
        ("| flags",),
        content(lambda pair: "flags" in body_of(pair) and _streams_otherwise(pair)),
    ),
    Cause(
        "enable-streaming",
        "`enable_streaming` null streams, and a text such as `false` is read as a boolean.",
        "11.2",
        ("| enable_streaming",),
        content(_streams_otherwise),
    ),
    Cause(
        "media-alone",
        "A record or video alone is sent to the model.",
        "11.2",
        ("Only blanks:",),
        content(_media_alone),
    ),
    Cause(
        "unreadable-image",
        "The model receives no image that cannot be read.",
        "11.2",
        ("Text is a command",),
        content(says("Image Attachment")),
    ),
    Cause(
        "names-in-requests",
        "The model receives the `filename` of the request.",
        "11.2",
        ("| media part",),
        content(says("File Attachment")),
    ),
    Cause(
        "tool-media",
        "A tool call that sends media fails without a sandbox.",
        "11.5",
        (),
        content(says("Sandbox runtime is disabled")),
    ),
    Cause(
        "parallel-tools",
        "Each of several tool calls has its result.",
        "11.5",
        (),
        at("frames plain/tool_call_result"),
    ),
    Cause(
        "messages-of-tools",
        "What a tool sends, or a run without text, is saved as a message of its own in a blocking run.",
        "11.5",
        (),
        at("frames message_saved"),
    ),
)
"""The causes, in the order in which they are tried."""
