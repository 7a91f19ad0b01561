"""Stock schemathesis, which validates each event of a stream by `itemSchema`, with `/openapi.3.2.json`."""

import re
import subprocess
import sys

import pytest

from mockbot.server.listen import listen
from mockbot.server.server import Server
from tests.verify.broken import Bend, Bent, Whole

pytestmark = pytest.mark.slow


def as_it_is(whole: Whole) -> Whole:
    return whole


def without_a_field(whole: Whole) -> Whole:
    return whole.with_frames([frame.replace(b'"message_id"', b'"id_of_message"') for frame in whole.frames()] or [])


def with_text_for_json(whole: Whole) -> Whole:
    return whole.with_frames([*whole.frames(), b"data: [DONE]"])


def with_a_named_event(whole: Whole) -> Whole:
    return whole.with_frames([b"event: chunk\n" + frame for frame in whole.frames()])


def only_in_streams(bend: Bend) -> Bend:
    return lambda whole: bend(whole) if whole.frames() else whole


@pytest.mark.parametrize(
    ("bend", "passes"),
    [(as_it_is, True), (without_a_field, False), (with_text_for_json, False), (with_a_named_event, False)],
)
def test_stock_schemathesis_validates_each_event(bend: Bend, passes: bool) -> None:
    app = Bent(only_in_streams(bend))
    server = Server(app, listen("127.0.0.1", 0))
    server.start()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"{server.base_url}/openapi.3.2.json",
             "-H", f"X-API-Key: {app.key}", "--include-path", "/api/v1/chat", "--phases", "examples",
             "--checks", "response_schema_conformance,content_type_conformance", "--no-color"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    finally:
        server.stop()
    assert done.returncode == (0 if passes else 1), done.stdout + done.stderr
    assert (re.search("SSE event .*violates", done.stdout) is None) is passes, done.stdout
