"""What is stored can be shown again: answers are JSON for strict parsers, and snapshots make equal worlds."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockbot.app import create_app
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock
from tests.astrbot.v4_29_3.api import api
from tests.conftest import KEY, Client, make_client
from tests.control.conftest import LOCAL

PARAMETER = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
TAG = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"anyOf": [{"type": ["boolean", "null", "number"]}, {"type": "array", "items": {"type": "string"}}]},
}
ROW = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
ROWS = {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}
SENT = {"content": {"application/json": {"schema": {"type": "object"}}}}
PLACE = {"Location": {"schema": {"type": "string"}}}
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {"responses": {"200": ROWS}},
            "post": {"requestBody": SENT, "responses": {"201": {**ROW, "headers": PLACE}}},
        },
        "/pets/{id}": {
            "parameters": [PARAMETER],
            "get": {"responses": {"200": ROW}},
            "put": {"requestBody": SENT, "responses": {"200": ROW}},
        },
        "/tags": {"get": {"responses": {"200": ROWS}}},
        "/tags/{id}": {
            "parameters": [TAG],
            "get": {"responses": {"200": ROW}},
            "put": {"requestBody": SENT, "responses": {"200": ROW, "201": ROW}},
        },
    },
}
CHAT = '{"username": "alice", "session_id": "s", "message": %s}'
ASTRBOT = [
    ("POST", "/api/v1/chat", CHAT % '[{"type": "plain", "text": "x"}, {"type": "reply", "message_id": RAW}]'),
    ("POST", "/api/v1/chat", CHAT % '[{"type": "reply", "message_id": 1, "selected_text": RAW}]'),
    ("POST", "/api/v1/chat", CHAT % '[{"type": "plain", "text": RAW}]'),
    ("POST", "/api/v1/chat", CHAT % "RAW"),
    ("POST", "/api/v1/chat", '{"username": RAW, "session_id": "t", "message": "x"}'),
    ("POST", "/api/v1/chat", '{"username": "alice", "session_id": RAW, "message": "x"}'),
    ("POST", "/api/v1/chat", '{"username": "alice", "message": "x", "config_id": RAW, "selected_model": RAW}'),
    ("POST", "/api/v1/chat", '{"username": "alice", "session_id": "u", "message": "x", "_llm_checkpoint_id": RAW}'),
    ("POST", "/api/v1/im/message", '{"umo": "webchat:FriendMessage:s", "message": [{"type": "plain", "text": RAW}]}'),
    ("POST", "/api/v1/im/message", '{"umo": RAW, "message": "x"}'),
    ("PATCH", "/api/v1/chat/sessions/s/messages/1", '{"content": {"type": "user", "message": [{"a": RAW}]}}'),
]
PETS = [
    ("POST", "/pets", '{"id": RAW}'),
    ("POST", "/pets", '{"id": false}'),
    ("POST", "/pets", '{"v": RAW}'),
    *(("PUT", f"/tags/{tag}", '{"v": RAW}') for tag in ("true", "null", "a,b", "3")),
    ("POST", "/pets", '{"id": 7, "RAW": RAW}'),
    ("PUT", "/pets/7", '{"v": RAW}'),
]
CONTROL = ("", "/snapshot", "/state", "/scripts", "/journal?bodies=true", "/journal.har", "/verdict", "/faults")
"""What the control API shows of a world."""


def _nested(depth: int, kind: str, inner: str) -> str:
    before, after = ("[", "]") if kind == "list" else ('{"a":', "}")
    return before * depth + inner + after * depth


NUMBERS = st.sampled_from(
    ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "-0.0", "1e-400", "1.0", "1e20", "1e308", "1" * 25]
)
WILD = st.one_of(
    NUMBERS,
    st.integers(300, 5000).map(lambda digits: "9" * digits),
    st.builds(_nested, st.sampled_from([50, 58, 62, 70, 450, 3000]), st.sampled_from(["list", "dict"]), NUMBERS),
    st.sampled_from([r'"\ud800"', r'"a\udfffb"', r'"\u0000"', r'{"\ud800": 1}', '{"a": 1, "a": 2}', r'"\ud83d\ude00"']),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ).map(json.dumps),
)
"""JSON texts, and texts that are nearly JSON."""


def pets(contract: str) -> Client:
    with TemporaryDirectory() as folder:
        document = Path(folder) / "pets.json"
        document.write_text(json.dumps(SPEC))
        clock, entries = FrozenClock(), list[Any]()
        chosen = Settings(spec=str(document), stateful=True, contract=contract, pace_ms=0.0)  # type: ignore[arg-type]
        return Client(create_app(chosen, clock=clock, log=entries.append), clock, entries)


MAKE: dict[str, tuple[Callable[[str], Client], list[tuple[str, str, str]]]] = {
    "4.19.4": (lambda contract: make_client(contract=contract), ASTRBOT),
    "4.29.3": (lambda contract: api(contract=contract), ASTRBOT),
    "spec": (pets, PETS),
}


def strict(text: bytes) -> Any:
    """Return the value of a JSON text as the strictest parsers read it."""

    def constant(name: str) -> None:
        raise ValueError(name)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        assert len(found) == len(pairs), "a key occurs twice"
        return found

    value = json.loads(text.decode(), parse_constant=constant, object_pairs_hook=members)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # no lone surrogates, no infinity
    return value


async def shown_again(client: Client, requests: list[tuple[str, str, bytes]]) -> None:
    for method, target, body in requests:
        sent = client.begin(method, target, body, headers=[KEY, ("Content-Type", "application/json")])
        await client.settle()
        sent.leave()
        await sent.reply()
    assert not [entry.why for entry in client.entries if "traceback" in entry.why]
    base = "/__mockbot__/worlds/default"
    for path in CONTROL:
        reply = await client.get(f"{base}{path}", headers=[LOCAL])
        assert reply.status == 200
        strict(reply.body)
    saved = (await client.get(f"{base}/snapshot", headers=[LOCAL])).body
    made = await client.request(
        "PUT", "/__mockbot__/worlds/again", {"fixture": strict(saved)}, headers=[LOCAL, ("X", "y")]
    )
    assert made.status == 201, made.body
    again = (await client.get("/__mockbot__/worlds/again/snapshot", headers=[LOCAL])).body
    assert strict(again) == strict(saved)
    await client.app.close()


@pytest.mark.parametrize("contract", ["enforce", "observe"])
@pytest.mark.parametrize("server", MAKE)
def test_every_answer_is_strict_json_and_every_snapshot_makes_an_equal_world(server: str, contract: str) -> None:
    make, requests = MAKE[server]

    @settings(max_examples=40)
    @given(st.lists(st.tuples(st.sampled_from(requests), WILD), min_size=1, max_size=4))
    def holds(chosen: list[tuple[tuple[str, str, str], str]]) -> None:
        sent = [
            (method, target, body.replace('"RAW"', raw if raw.startswith('"') else '"k"').replace("RAW", raw).encode())
            for (method, target, body), raw in chosen
        ]
        asyncio.run(shown_again(make(contract), sent))

    holds()
