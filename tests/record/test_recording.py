"""What is written of a recording: scripts for any document, without keys, and what drifted."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import httpx
import pytest
import yaml

from mockbot.app import create_app
from mockbot.journal.secrets import Secrets
from mockbot.jsontext import JSON
from mockbot.record.drift import Drift
from mockbot.record.exchange import Tape
from mockbot.record.frames import Frame, essence
from mockbot.record.masking import masked
from mockbot.record.recording import Recording
from mockbot.record.report import entry_of, summary
from mockbot.record.steps import actions
from mockbot.record.texts import Texts, duration
from mockbot.settings import Settings
from tests.record.stage import Recorded, mockbot, recording_of
from tests.record.test_round_trip import client_of, record_and_play, scripts_in
from tests.record.upstream import Connection, upstream

SHOP = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Shop-Key}}
paths:
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: A thing
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
        "404": {description: No such thing}
  /things:
    get:
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses:
        "200":
          description: Things
          content: {application/json: {schema: {type: array, items: {type: object}}}}
    post:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "201":
          description: Made
          headers: {Location: {schema: {type: string}}}
          content: {application/json: {schema: {type: object}}}
  /news:
    get:
      responses:
        "200":
          description: News
          content: {text/event-stream: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}
  /logo:
    get:
      responses: {"200": {description: A picture, content: {image/png: {}}}}
"""
THING = "{type: object, required: [id], properties: {id: {type: integer}, name: {type: string}}}"
SHOP = SHOP.replace("  securitySchemes:", f"  schemas: {{Thing: {THING}}}\n  securitySchemes:")
ANSWERS = """
- {when: {operation: "GET /things/{id}", path: {id: 13}}, answer: {status: 404}}
- {when: {operation: "GET /things/{id}"}, answer: {json: {id: "{path.id}", name: "a {{brace}}"}}}
- {when: {operation: "GET /things", query: {page: 2}}, answer: {json: []}}
- {when: {operation: "GET /things"}, times: 1, answer: {json: [{n: 1}]}}
- {when: {operation: "GET /things"}, answer: {json: [{n: 2}]}}
- {when: {operation: "POST /things"}, answer: {status: 201, headers: {Location: "/things/7"}, json: {id: "{uuid}"}}}
- {when: {operation: "GET /news"}, events: [{data: {n: 1}}, {event: done, id: "2", data: {n: 2}}]}
- {when: {operation: "GET /logo"}, answer: {base64: iVBORwoA}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    return Settings(spec=str(tmp_path / "shop.yaml"), scripts=tmp_path / "answers.yaml")


def visit(client: httpx.Client) -> Iterator[httpx.Response]:
    """Ask for everything that the shop has."""
    for path in ("/things/7", "/things/13", "/things?page=2", "/things", "/things", "/things", "/news", "/logo"):
        yield client.get(path)
    yield client.post("/things", json={"name": "x"})


def test_any_document_is_recorded_as_answers(shop: Settings, tmp_path: Path) -> None:
    found, before, after = record_and_play(visit, tmp_path / "to", shop)
    for one, other in zip(before[:-1], after[:-1], strict=True):
        assert (other.status_code, other.headers["content-type"] if other.content else "") == (
            one.status_code,
            one.headers["content-type"] if one.content else "",
        )
        assert other.content == one.content
    assert after[-1].headers["location"] == "/things/7"
    assert re.fullmatch(r'\{"id":"[0-9a-f-]{36}"\}', after[-1].text.strip())
    assert (found.unlike, found.left_out, found.drift) == ([], [], [])
    assert [script["when"] for script in scripts_in(tmp_path / "to").values() if "news" in script["name"]] == [
        {"operation": "GET /news"}
    ]


def test_a_parameter_that_was_missing_is_a_condition(shop: Settings, tmp_path: Path) -> None:
    record_and_play(visit, tmp_path / "to", shop)
    whens = [script["when"] for script in scripts_in(tmp_path / "to").values()]
    assert {"operation": "GET /things", "query": {"page": None}} in whens
    assert {"operation": "GET /things", "query": {"page": "2"}} in whens


def answering(response: bytes) -> Any:
    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(response)

    return serve


def json_response(value: Any, status: int = 200, headers: bytes = b"") -> bytes:
    body = json.dumps(value).encode()
    head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"
    return head % (status, headers, len(body)) + body


def recorded_shop(response: bytes, shop: Settings, path: str = "/things/7", **options: Any) -> Recorded:
    settings = Settings(spec=shop.spec)
    with upstream(answering(response)) as url, recording_of(url, settings) as recorded, recorded.client() as client:
        client.get(path, **options)
    return recorded


@pytest.mark.parametrize(
    ("path", "response", "drift"),
    [
        ("/nowhere", json_response({}), ['GET /nowhere: request: the document has no path "/nowhere"']),
        ("/things/7", json_response({"id": "x"}), ["GET /things/{id}: response body /id: "]),
        ("/things/7", json_response({}, 418), ["GET /things/{id}: response status: "]),
        ("/things/x", json_response({"id": 1}), ["GET /things/{id}: request path /id: "]),
    ],
)
def test_what_the_document_does_not_have_is_drift(
    path: str, response: bytes, drift: list[str], shop: Settings, tmp_path: Path
) -> None:
    found = recorded_shop(response, shop, path).written(tmp_path / "to")
    assert [str(each)[: len(start)] for each, start in zip(found.drift, drift, strict=True)] == drift


def test_a_field_that_the_document_does_not_have_is_drift(shop: Settings, tmp_path: Path) -> None:
    found = recorded_shop(json_response({"id": 1, "nmae": "x", "name": "y"}), shop).written(tmp_path / "to")
    assert [str(each) for each in found.drift] == [
        'GET /things/{id}: response body: the document does not describe "nmae" (did you mean name?)'
    ]


def test_a_response_that_breaks_the_document_is_played_again(shop: Settings, tmp_path: Path) -> None:
    found = recorded_shop(json_response({"id": "x"}), shop).written(tmp_path / "to")
    assert found.unlike == []
    with mockbot(Settings(spec=shop.spec, fixture=str(tmp_path / "to" / "fixture.yaml"))) as url:
        assert httpx.get(f"{url}/things/7").json() == {"id": "x"}


SECRET = "s3cr3t-Key-0123456789"


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-Shop-Key": SECRET}},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"params": {"api_key": SECRET}},
        {"headers": {"Cookie": f"session={SECRET}"}},
    ],
)
def test_keys_are_never_written(options: dict[str, Any], shop: Settings, tmp_path: Path) -> None:
    response = json_response({"id": 1, "name": f"you are {SECRET}"}, headers=f"x-echo: {SECRET}\r\n".encode())
    recorded = recorded_shop(response, shop, **options)
    found = recorded.written(tmp_path / "to")
    files = [file.read_text("utf-8") for file in (tmp_path / "to").rglob("*.yaml")]
    blueprint = create_app(Settings(spec=shop.spec), log=lambda _: None).profile.blueprint
    shown = [repr(entry_of(exchange, blueprint)) for exchange in recorded.ended]
    report = summary(found, recorded.tape, [tmp_path / "to" / "fixture.yaml"], "")
    assert len(files) == 2
    assert not [text for text in (*files, *shown, report) if SECRET in text]


def test_secrets_in_responses_are_never_written(shop: Settings, tmp_path: Path) -> None:
    row = {
        "id": 1,
        "password": "hunter2hunter2",
        "access_token": "tok-123456",
        "name": "tok-123456",
        "page_token": "p2",
    }
    recorded_shop(json_response(row), shop).written(tmp_path / "to")
    (script,) = scripts_in(tmp_path / "to").values()
    shown = script["answer"]["json"]
    assert (shown["password"], shown["access_token"], shown["page_token"]) == ("***", "***", "p2")
    assert "123456" not in shown["name"]


@pytest.mark.parametrize(
    "name",
    [
        "accessToken",
        "refreshToken",
        "id-token",
        "IDToken",
        "secretKey",
        "accessKeyId",
        "jwt",
        "pwd",
        "credentials",
        "newPassword",
        "CLIENT_SECRET",
        "apiKey",
        "X-Api-Key",
    ],
)
def test_secret_names_are_known_in_any_spelling(name: str) -> None:
    rows: list[Any] = [{name: value} for value in ("hunter2hunter2", ["hunter2hunter2"], 4242424242, [[4242424242]])]
    shown = masked([*rows, {"note": "hunter2hunter2 and 4242424242"}], Secrets(()))
    assert "hunter2" not in repr(shown)
    assert "42424" not in repr(shown)


@pytest.mark.parametrize("name", ["nextPageToken", "page_token", "max_token", "token_usage", "tokens", "key"])
def test_names_that_only_look_secret_are_written(name: str) -> None:
    assert masked({name: "p2p2p2p2"}, Secrets(())) == {name: "p2p2p2p2"}


def test_the_report_has_no_control_characters() -> None:
    nasty = "/a\x1b]0;x\x07\nwritten: y\u202e"
    found = Recording({}, {}, [Drift(nasty, "request", nasty, "x", nasty)], [nasty], [nasty])
    report = summary(found, Tape(0, 0), [Path("a\x1b[2J", "fixture.yaml")], "mockbot \x1b[2J")
    assert all(line.isprintable() for line in report.splitlines())
    assert len([line for line in report.splitlines() if line.startswith("written: ")]) == 1


def test_keys_of_astrbot_are_never_written(tmp_path: Path) -> None:
    def asked(client: httpx.Client) -> Iterator[httpx.Response]:
        yield client.get("/api/v1/im/bots")
        yield client.get("/api/v1/configs", headers={"Authorization": "Bearer abk_demo_all"})
        yield client.get("/api/v1/configs", params={"api_key": "abk_wrong_0123456789"})
        yield client.post("/api/v1/chat", json={"username": "ada", "message": "my key is abk_demo_config"})

    record_and_play(asked, tmp_path / "to", Settings(pace_ms=0))
    text = "".join(file.read_text("utf-8") for file in (tmp_path / "to").rglob("*.yaml"))
    assert text.count("abk_demo") == 1  # the key of the written fixture
    assert "abk_wrong" not in text


@pytest.mark.parametrize("message", ["use SuperSecret99 or supersecret99", "supersecret99", "My-Key-9"])
def test_a_key_in_a_message_is_not_in_the_name_of_its_script(message: str, tmp_path: Path) -> None:
    def asked(client: httpx.Client) -> Iterator[httpx.Response]:
        body = {"username": "ada", "message": message}
        headers = {"X-API-Key": "abk_demo", "Cookie": "id=supersecret99; key=my-key-9"}
        yield client.post("/api/v1/chat", json=body, headers=headers)

    record_and_play(asked, tmp_path / "to", Settings(pace_ms=0))
    (name,) = [file.name for file in (tmp_path / "to" / "scripts").iterdir()]
    assert not re.search("supersecret99|my-key-9", name)


def test_a_password_in_a_request_is_no_condition(shop: Settings, tmp_path: Path) -> None:
    settings, made = Settings(spec=shop.spec), json_response({"ok": 1}, 201, b"location: /\r\n")
    with upstream(answering(made)) as url, recording_of(url, settings) as recorded:
        httpx.post(f"{recorded.base_url}/things", json={"password": "hunter2hunter2"})
    recorded.written(tmp_path / "to")
    (script,) = scripts_in(tmp_path / "to").values()
    assert script["when"] == {"operation": "POST /things"}


def test_a_location_in_a_script_does_not_lead_to_the_recorded_server(shop: Settings, tmp_path: Path) -> None:
    heads: list[bytes] = []

    def serve(connection: Connection) -> None:
        heads.append(connection.head())
        host = heads[0].partition(b"host: ")[2].partition(b"\r\n")[0].decode()
        connection.send(json_response({}, 201, f"location: http://{host}/things/7\r\n".encode()))

    with upstream(serve) as url, recording_of(url, Settings(spec=shop.spec)) as recorded, recorded.client() as client:
        assert client.post("/things", json={}).headers["location"] == "/things/7"
    recorded.written(tmp_path / "to")
    (script,) = scripts_in(tmp_path / "to").values()
    assert script["answer"]["headers"] == {"content-type": "application/json", "location": "/things/7"}


def test_sessions_from_before_the_recording_are_in_the_fixture(tmp_path: Path) -> None:
    def asked(client: httpx.Client) -> Iterator[httpx.Response]:
        yield client.post("/api/v1/chat", json={"username": "alice", "message": "hello", "session_id": "mine"})
        yield client.get("/api/v1/chat/sessions", params={"username": "alice"})

    _, before, after = record_and_play(asked, tmp_path / "to", Settings(pace_ms=0))
    fixture = yaml.safe_load((tmp_path / "to" / "fixture.yaml").read_text("utf-8"))
    assert {row["session_id"] for row in fixture["sessions"]} == {"welcome", "trip-to-paris"}
    rows = [[row["session_id"] for row in each[1].json()["data"]["sessions"]] for each in (before, after)]
    assert rows[0] == rows[1]


def test_a_broken_off_reply_is_not_written(tmp_path: Path) -> None:
    def serve(connection: Connection) -> None:
        connection.head()
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\ndata: 1\n\n")

    message = {"username": "ada", "message": "hi"}
    with upstream(serve) as url, recording_of(url) as recorded, pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{recorded.base_url}/api/v1/chat", json=message)
    found = recorded.written(tmp_path / "to")
    assert found.left_out == ["POST /api/v1/chat (200): the response is not complete (cut)"]
    assert found.scripts == {}


def test_a_recording_of_nothing_can_be_served(tmp_path: Path) -> None:
    with upstream(answering(b"")) as url, recording_of(url) as recorded:
        pass
    recorded.written(tmp_path / "to")
    with mockbot(Settings(fixture=str(tmp_path / "to" / "fixture.yaml"))) as url, client_of(url) as client:
        assert client.get("/api/v1/im/bots").json()["data"] == {"bot_ids": []}


FRAMES: list[dict[str, JSON]] = [
    {"type": "session_id", "data": None, "session_id": "s"},
    {"type": "plain", "data": "a", "streaming": True, "chain_type": None, "message_id": "m"},
    {"type": "agent_stats", "data": {"token_usage": {"input_other": 1, "input_cached": 0, "output": 1}}},
    {"type": "complete", "data": "a", "reasoning": "", "streaming": True, "message_id": "m"},
    {"type": "end", "data": "", "streaming": False, "message_id": "m"},
]


@pytest.mark.parametrize(
    ("gap", "steps"),
    [
        (0.055, [{"say": ["a", "b", "c"]}]),
        (0.1, [{"say": {"text": ["a", "b", "c"], "every": "100ms"}}]),
    ],
)
def test_deltas_have_the_time_between_them_unless_it_is_the_pace_of_the_server(gap: float, steps: list[JSON]) -> None:
    begin, _, *end = FRAMES
    deltas = [{**FRAMES[1], "data": text} for text in "abc"]
    rows = [begin, *deltas, end[1], end[2]]
    times = [0.0, 0.0, gap, 2 * gap, 3 * gap, 3 * gap]
    frames = [Frame(at, row) for at, row in zip(times, rows, strict=True)]
    assert actions(frames, 0.05, Texts())[0] == {"run": steps}


def test_a_pause_between_deltas_is_as_long_as_it_was() -> None:
    begin, _, *end = FRAMES
    rows = [begin, *({**FRAMES[1], "data": text} for text in "abcd"), end[1], end[2]]
    times = [0.0, 0.0, 0.1, 0.2, 0.5, 0.55, 0.6]
    frames = [Frame(at, row) for at, row in zip(times, rows, strict=True)]
    assert actions(frames, 0.05, Texts())[0] == {
        "run": [{"say": {"text": ["a", "b", "c"], "every": "100ms"}}, {"wait": "300ms"}, {"say": "d"}]
    }


def test_pauses_become_waits_without_the_pace_of_the_server() -> None:
    times = [0.0, 1.234, 1.28, 1.3, 1.8]
    frames = [Frame(at, row) for at, row in zip(times, FRAMES, strict=True)]
    assert actions(frames, 0.05, Texts())[0] == {
        "run": [{"wait": "1.2s"}, {"say": "a"}, {"wait": "500ms"}, {"usage": {"input": 1, "output": 1}}]
    }


def test_the_last_way_to_send_frames_is_to_send_them_unchanged() -> None:
    frames = [Frame(0, row) for row in FRAMES]
    assert actions(frames, 0.05, Texts())[-1] == {"frames": FRAMES}


def test_the_borders_of_texts_in_pieces_do_not_matter() -> None:
    pieces: list[dict[str, JSON]] = [{**FRAMES[1], "data": text} for text in ("a", "b")]
    assert essence(Frame(0, row) for row in pieces) == essence([Frame(0, {**FRAMES[1], "data": "ab"})])


def of_calls(many: int) -> list[Frame]:
    rows: list[dict[str, JSON]] = [{"type": "agent_stats"}]
    for chain in ("tool_call", "tool_call_result"):
        rows += [{"type": "plain", "chain_type": chain, "data": f'{{"id": {number}}}'} for number in range(many)]
    return [Frame(0, row) for row in rows]


def of_deltas(many: int) -> list[Frame]:
    return [Frame(0, {**FRAMES[1], "data": "x" * 400})] * many


@pytest.mark.parametrize("make", [of_calls, of_deltas])
def test_frames_are_read_in_linear_time(make: Callable[[int], list[Frame]]) -> None:
    def seconds(many: int) -> float:
        frames = make(many)
        began = process_time()
        essence(frames)
        actions(frames, 0.0, Texts())
        return process_time() - began

    small, large = (min(seconds(many) for _ in range(2)) for many in (200, 2000))
    assert large < 30 * max(small, 0.003)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.123, "120ms"), (0.02, "20ms"), (1.26, "1.3s"), (12.34, "12s"), (123.0, "120s")]
)
def test_times_have_two_digits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a {b}", "a {{b}}"),
        ("in s-1, of s-12", "in {session_id}, of s-12"),
        ("123e4567-e89b-42d3-a456-426614174000!", "{uuid}!"),
        ("00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000000"),
        ("at 1970-01-01T00:16:40+00:00", "at {now}"),
        ("at 1970-01-02T00:16:40+00:00", "at 1970-01-02T00:16:40+00:00"),
    ],
)
def test_identifiers_and_times_become_placeholders(text: str, written: str) -> None:
    texts = Texts({"s-1": "{session_id}"}, {"00000000-0000-4000-8000-000000000000"}, 1000.0)
    assert texts.text(text) == written
