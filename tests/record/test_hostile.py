"""Whatever a server sends, a recording is written."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockbot.app import profile_for
from mockbot.record.exchange import Exchange, Piece
from mockbot.record.folder import Folder
from mockbot.record.frames import Frame, essence
from mockbot.record.recording import recording
from mockbot.record.steps import actions
from mockbot.record.texts import Texts
from mockbot.settings import Settings

pytestmark = pytest.mark.slow

WORDS = ["plain", "ok", "s", "a {b}", "1", "2026-01-01T00:00:00+00:00", "\U0001f914 思考: x\n"]
TEXTS = st.text(max_size=8) | st.sampled_from(WORDS)
LISTS = ["bots", "bot_ids", "configs", "info_list", "providers", "provider_sources", "sessions", "history"]
ROWS = ["id", "persona_id", "root_dir_name", "name", "session_id", "creator", "display_name", "created_at", "type"]
OTHERS = ["data", "streaming", "chain_type", "message_id", "args", "result", "ts", "content", "message", "session"]
MORE = ["key", "model", "enable", "path", "attachment_id", "filename", "reasoning", "token_usage", "input_other"]
NAMES = st.sampled_from([*LISTS, *ROWS, *OTHERS, *MORE])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
TYPES = ["plain", "agent_stats", "complete", "image", "file", "session_id", "end", "message_saved", "x"]
KINDS = st.sampled_from(TYPES)
CHAINS = st.sampled_from([None, "reasoning", "tool_call", "tool_call_result", "tool_direct_result"])
INSIDE = st.dictionaries(NAMES, VALUES, max_size=4).map(json.dumps)
FRAMES = st.fixed_dictionaries(
    {"type": KINDS}, optional={"data": VALUES | INSIDE, "streaming": st.booleans(), "chain_type": CHAINS}
)
MESSAGES = st.fixed_dictionaries({"id": VALUES, "content": VALUES, "created_at": VALUES})
SESSIONS = st.just({"session_id": "s", "creator": "a"})
SHOWN = st.fixed_dictionaries({"session": SESSIONS, "history": VALUES | st.lists(MESSAGES | VALUES, max_size=3)})
PATHS = ["im/bots", "configs", "chat/sessions", "chat/configs", "bots", "providers", "provider-sources", "personas"]
OPERATIONS = st.sampled_from([*PATHS, "plugins", "chat/sessions/s", "chat/sessions/new"])
ROW = st.dictionaries(st.sampled_from([*ROWS, *MORE]), VALUES, min_size=1, max_size=6)
LISTED = st.lists(ROW | VALUES, max_size=4)
DATA = VALUES | LISTED | st.dictionaries(st.sampled_from(LISTS), LISTED, min_size=1) | SHOWN


def exchange(number: int, method: str, path: str, body: Any, response: bytes, media_type: str) -> Exchange:
    sent = json.dumps(body).encode() if body is not None else b""
    headers = [(b"content-type", b"application/json")]
    found = Exchange(number, 1000.0 + number, method, path, path.encode(), b"username=a", headers, (), body=sent)
    found.status, found.ended = 200, "complete"
    found.response_headers, found.pieces = [(b"content-type", media_type.encode())], [Piece(0.1, response)]
    return found


@given(st.lists(FRAMES | VALUES, max_size=8))
def test_any_frames_have_actions(rows: list[Any]) -> None:
    frames = [Frame(index / 10, row) for index, row in enumerate(rows)]
    assert actions(frames, 0.0, Texts())[-1].keys() == {"frames"}
    assert len(essence(frames)) <= len(frames)


@settings(max_examples=25)
@given(
    st.sampled_from(["4.19.4", "4.29.3"]),
    st.lists(st.tuples(OPERATIONS, DATA), max_size=4),
    st.lists(st.tuples(VALUES, st.lists(FRAMES | VALUES, max_size=5)), max_size=2),
)
def test_any_answers_are_written_as_a_fixture_that_can_be_used(
    version: str, lists: list[tuple[str, Any]], chats: list[tuple[Any, list[Any]]]
) -> None:
    exchanges = [
        exchange(number, "GET", f"/api/v1/{name}", None, json.dumps({"status": "ok", "data": data}).encode(), JSON)
        for number, (name, data) in enumerate(lists, 1)
    ]
    for message, frames in chats:
        body = {"username": "a", "message": message}
        stream = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames).encode()
        exchanges.append(exchange(len(exchanges) + 1, "POST", "/api/v1/chat", body, stream, "text/event-stream"))
    found = asyncio.run(recording(profile_for(Settings(astrbot=version)), exchanges))
    assert found.fixture["version"] == 1


@pytest.mark.parametrize("levels", [150, 330, 900])
def test_a_deep_response_is_left_out_and_the_others_are_written(levels: int, tmp_path: Path) -> None:
    deep = b'{"a":' * levels + b"1" + b"}" * levels
    exchanges = [
        exchange(1, "GET", "/api/v1/configs", None, b'{"status": "x"}', JSON),
        exchange(2, "GET", "/api/v1/im/bots", None, deep, JSON),
        exchange(3, "GET", "/api/v1/personas", None, b'{"status": "y"}', JSON),
    ]
    found = asyncio.run(recording(profile_for(Settings(astrbot="4.29.3")), exchanges))
    written = [file.name for file in Folder(tmp_path).write(found.fixture, found.scripts, "recorded")]
    assert any("configs" in name for name in written)
    assert any("personas" in name for name in written)
    assert not any("bots" in name for name in written)
    assert [line for line in found.left_out if "im/bots" in line]


JSON = "application/json"
