"""Behaviours for the operations of any document, drawn from its schemas, and fuzzing a client of another API."""

import json
import urllib.request

import pytest
from hypothesis import given, settings

import mockbot
from mockbot.errors import UserError
from mockbot.fuzz import Behaviour, behaviours, legal_behaviours, responses, streams
from mockbot.fuzz.clients.client import Shown, Task
from mockbot.fuzz.fuzzer import Options, run
from mockbot.fuzz.stage import Stage
from mockbot.jsontext import JSON
from mockbot.settings import Settings
from mockbot.sse import Parser
from tests.fuzz.readers import InProcess

pytestmark = pytest.mark.slow

TICK = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 3}}}
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Ticks", "version": "1"},
    "paths": {
        "/ticks": {
            "get": {
                "responses": {
                    "200": {
                        "description": "Ticks",
                        "content": {
                            "text/event-stream": {
                                "itemSchema": {
                                    "type": "object",
                                    "required": ["data"],
                                    "properties": {
                                        "data": {
                                            "type": "string",
                                            "contentMediaType": "application/json",
                                            "contentSchema": TICK,
                                        }
                                    },
                                }
                            }
                        },
                    }
                }
            }
        },
        "/pets": {
            "get": {
                "responses": {
                    "200": {
                        "description": "Pets",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["name"],
                                        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                                    },
                                }
                            }
                        },
                    }
                }
            }
        },
    },
}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("spec") / "openapi.json"
    path.write_text(json.dumps(SPEC))
    return str(path)


def get(base_url: str, path: str) -> bytes:
    with urllib.request.urlopen(base_url + path, timeout=10) as response:
        body: bytes = response.read()
        return body


def test_an_operation_answers_with_any_value_that_fits(spec: str) -> None:
    seen: list[object] = []

    @given(responses("GET /pets", spec=spec))
    @settings(max_examples=10, deadline=None, database=None)
    def answers(behaviour: Behaviour) -> None:
        with mockbot.playing(behaviour, spec=spec) as server:
            pets = json.loads(get(server.base_url, "/pets"))
            assert all(isinstance(pet["name"], str) for pet in pets)
            assert server.expected == [pets]
            seen.append(pets)

    answers()
    assert len({json.dumps(each) for each in seen}) > 3


def test_a_stream_has_the_same_events_in_every_legal_framing() -> None:
    script: dict[str, JSON] = {"run": [{"say": ["Grüße", " 🙂"]}]}

    @given(streams(script))
    @settings(max_examples=15, deadline=None, database=None)
    def same(behaviour: Behaviour) -> None:
        assert behaviour.kind == "legal"
        assert behaviour.script is not None
        assert behaviour.script.written == script

    same()


def test_legal_behaviours_are_legal_and_others_are_not_always() -> None:
    kinds: set[str] = set()

    @given(legal_behaviours(), behaviours())
    @settings(max_examples=50, deadline=None, database=None)
    def drawn(legal: Behaviour, any_: Behaviour) -> None:
        assert legal.kind == "legal"
        kinds.add(any_.kind)

    drawn()
    assert len(kinds) > 1


def test_an_unknown_operation_is_an_error_with_the_nearest(spec: str) -> None:
    with pytest.raises(UserError, match="GET /pets"):
        responses("GET /pet", spec=spec)


class Ticks(InProcess):
    """A reader of another API, which keeps a byte order mark."""

    def run(self, task: Task, stage: Stage) -> Shown:
        try:
            with urllib.request.urlopen(f"{task.base_url}/ticks", timeout=task.deadline / 2) as response:
                if response.headers.get_content_type() != "text/event-stream":
                    return Shown("error", (), "Wrong")
                body = response.read()
        except Exception as error:
            return Shown("error", (), type(error).__name__)
        kept = body.startswith(b"\xef\xbb\xbf")
        events = Parser().feed(body)[1:] if kept else Parser().feed(body)
        return Shown("ok", tuple({"data": event.data} for event in events))


def test_a_client_of_another_api_is_fuzzed_the_same_way(spec: str) -> None:
    options = Options(only=("A", "B14", "C1", "C11"), max_examples=0, deadline=4)
    report = run(lambda: Ticks(), options, Settings(spec=spec))
    assert [each.key for each in report.findings] == ["A7/events/-"]
    assert {each.id for each in report.classes if each.applies and not each.met} <= {"A24"}
