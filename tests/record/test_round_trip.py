"""What was recorded of mockbot, served again, gives the same answers."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockbot.record.frames import Frame, essence
from mockbot.record.recording import Recording
from mockbot.settings import Settings
from mockbot.verify.client import Received
from mockbot.verify.compare.differences import differences
from mockbot.world.clock import Clock, FrozenClock
from tests.record.stage import SECONDS, mockbot, recording_of

pytestmark = pytest.mark.slow

KEY = {"X-API-Key": "abk_demo"}
VERSIONS = ["4.19.4", "4.29.3"]
SCRIPTS = """
- {name: words, when: {message: words}, run: [{say: "One two three."}, {usage: {input: 30, cached: 10, output: 4}}]}
- {name: deltas, when: {message: deltas}, run: [{say: ["Hel", "lo, ", "{username}", " {{x}}"]}]}
- name: slow
  when: {message: slow}
  run: [{wait: 300ms}, {say: {text: ["a", "b", "c"], every: 150ms}}, {wait: 400ms}]
- {name: reason, when: {message: reason}, run: [{reason: ["I ", "think"]}, {say: "so"}]}
- name: both
  when: {message: both}
  run: [{say: {text: ["a", "b"], reason: ["x", "y"]}}]
- name: tools
  when: {message: tools}
  run:
    - say: "Looking. "
    - call: {tool: find, args: {q: "{{x}}", n: 1}, takes: 200ms, result: "found it"}
    - call: {tool: broken, error: "no disk"}
    - call: {tool: draw, image: true}
    - say: "Done."
- name: parallel
  when: {message: parallel}
  run:
    - call: [{tool: one, result: "1"}, {tool: two, args: {a: [1]}, result: "2"}]
    - say: "Both."
- name: sends
  when: {message: sends}
  run:
    - call: {tool: send, sends: [{text: "a note"}, {image: true}, {file: a.pdf}], result: sent}
    - say: "Sent."
- {name: direct, when: {message: direct}, run: [{call: {tool: send, sends: [{direct: "here"}]}}]}
- {name: nothing, when: {message: nothing}, run: [{say: "so"}, {call: {tool: quiet}}]}
- {name: unknown, when: {message: unknown}, run: [{call: {tool: invented, unknown: true}}]}
- {name: fails, when: {message: fails}, run: [{say: "partial "}, {fail: {status: 403, message: "no 'quota'", code: c}}]}
- {name: raises, when: {message: raises}, run: [{fail: {error: KeyError, message: "x"}}]}
- {name: silent, when: {message: silent}, command: []}
- {name: text, when: {message: {command: text}}, command: [{text: "one"}, {wait: 200ms}, {text: "two"}]}
- {name: media, when: {message: media}, command: [{image: true}, {record: true}, {file: b.txt}, {video: true}]}
- {name: card, when: {message: card}, command: [{json: {a: [1, "{username}"]}}]}
- {name: parts, when: {message: parts}, command: [{parts: [{text: "with"}, {image: true}, {record: true}]}]}
- name: raise
  when: {message: raise}
  command: [{raise: {plugin: p, handler: h, error: "E: {{}}"}}]
- name: raw
  when: {message: raw}
  frames: [{type: session_id, session_id: "{session_id}"}, {type: new, data: 1}, "no"]
- {name: first, when: {message: again}, times: 2, run: [{say: "first"}]}
- {name: second, when: {message: again}, times: 1, run: [{say: "second"}]}
- {name: third, when: {message: again}, run: [{say: "third"}]}
- {name: ids, when: {message: ids}, run: [{say: "{session_id} {uuid} {now} {umo}"}]}
- {name: mode, when: {message: mode, streaming: true}, run: [{say: "in pieces"}]}
- {name: mode-2, when: {message: mode}, run: [{say: "as a whole"}]}
- {name: pictured, when: {message: look, attachments: [image]}, run: [{say: "A picture."}]}
- {name: bare, when: {message: look}, run: [{say: "Nothing to see."}]}
- {name: answer, when: {operation: "POST /api/v1/im/message"}, answer: {json: {status: ok, message: "x {n}", data: {}}}}
- {name: title, title: "About {username}"}
"""
ITEMS = list(yaml.safe_load(SCRIPTS))
MESSAGES = [script["when"]["message"] for script in ITEMS if isinstance(script.get("when", {}).get("message"), str)]
Talk = Callable[[httpx.Client], Iterator[httpx.Response]]


def talk(client: httpx.Client) -> Iterator[httpx.Response]:
    """Ask for everything that the scripts have, in both modes, and what the API lists before and after."""
    yield client.get("/api/v1/im/bots")
    yield client.get("/api/v1/configs")
    yield client.get("/api/v1/chat/sessions", params={"username": "alice"})
    for streaming in (True, False):
        for message in dict.fromkeys(["echo {me}", "/text", "text", *MESSAGES]):
            yield chat(client, message, streaming)
    yield client.get("/api/v1/chat/sessions", params={"username": "ada"})
    yield chat(client, "deltas", username="bob")
    yield chat(client, "reason", config_name="Thinker")
    yield chat(client, "reason", False, config_name="Thinker")
    yield chat(client, "words", config_name="unknown")
    upload = client.post("/api/v1/file", files={"file": ("a.png", b"\x89PNG", "image/png")})
    yield upload
    part = {"type": "image", "attachment_id": upload.json()["data"]["attachment_id"]}
    yield chat(client, [{"type": "plain", "text": "look"}, part])
    yield client.post("/api/v1/im/message", json={"umo": "team_qq:FriendMessage:1", "message": "x"})


def chat(client: httpx.Client, message: Any, streaming: bool = True, **more: Any) -> httpx.Response:
    body = {"username": "ada", "message": message, "enable_streaming": streaming, **more}
    return client.post("/api/v1/chat", json=body)


def received(response: httpx.Response) -> Received:
    headers = tuple(response.headers.multi_items())
    return Received(response.status_code, "", headers, response.content, None)


def seen(response: httpx.Response) -> Any:
    """Return what a client sees of a stream, apart from identifiers and times."""
    return essence(Frame(0, frame if frame != "no" else None) for frame in texts(response))


def texts(response: httpx.Response) -> list[Any]:
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    return [line if line == "no" else json.loads(line) for line in lines]


@contextmanager
def client_of(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=KEY, timeout=SECONDS) as client:
        yield client


def record_and_play(
    talk: Talk, tmp_path: Path, upstream: Settings, clock: Clock | None = None
) -> tuple[Recording, list[Any], list[Any]]:
    """Record a mockbot, serve what was written, and return both servers' responses."""
    recorded_as = Settings(astrbot=upstream.astrbot, spec=upstream.spec)
    with (
        mockbot(upstream, clock) as url,
        recording_of(url, recorded_as) as recorded,
        client_of(recorded.base_url) as client,
    ):
        before = list(talk(client))
    found = recorded.written(tmp_path)
    played = Settings(astrbot=upstream.astrbot, spec=upstream.spec, fixture=str(tmp_path / "fixture.yaml"), pace_ms=0)
    with mockbot(played, clock) as url, client_of(url) as client:
        after = list(talk(client))
    return found, before, after


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_recorded_of_mockbot_gives_the_same_answers(version: str, tmp_path: Path) -> None:
    (tmp_path / "scripts.yaml").write_text(SCRIPTS, encoding="utf-8")
    settings = Settings(astrbot=version, scripts=tmp_path / "scripts.yaml", pace_ms=0)
    found, before, after = record_and_play(talk, tmp_path / "to", settings, FrozenClock())

    for one, other in zip(before, after, strict=True):
        asked = str(one.request.url) if one.request.url.path.endswith("file") else one.request.content.decode()
        assert differences(received(one), received(other)) == [], asked
        if "event-stream" in one.headers["content-type"]:
            assert seen(other) == seen(one), asked
    assert found.unlike == []
    assert found.left_out == []
    assert {each.operation for each in found.drift} == {"POST /api/v1/chat"}  # the frames of `raw`


def scripts_in(folder: Path) -> dict[str, Any]:
    """Return the scripts of a folder by their names."""
    files = sorted((folder / "scripts").iterdir())
    return {script["name"]: script for file in files for script in yaml.safe_load(file.read_text("utf-8"))}


def test_scripts_are_steps_and_not_frames(tmp_path: Path) -> None:
    (tmp_path / "scripts.yaml").write_text(SCRIPTS, encoding="utf-8")
    settings = Settings(astrbot="4.29.3", scripts=tmp_path / "scripts.yaml", pace_ms=0)

    def asked(client: httpx.Client) -> Iterator[httpx.Response]:
        for message in MESSAGES:
            yield chat(client, message)
        yield client.get("/api/v1/chat/sessions", params={"username": "ada"})

    record_and_play(asked, tmp_path / "to", settings, FrozenClock(time.time()))
    scripts = scripts_in(tmp_path / "to")
    assert [name for name, script in scripts.items() if "frames" in script] == ["raw"]
    assert scripts["words"]["run"] == [{"say": "One two three."}, {"usage": {"input": 30, "cached": 10, "output": 4}}]
    assert scripts["deltas"]["run"][0] == {"say": ["Hel", "lo, ", "ada", " {{x}}"]}
    assert scripts["tools"]["run"][1]["call"]["args"] == {"q": "{{x}}", "n": 1}
    assert scripts["fails"]["run"][1] == {"fail": {"status": 403, "message": "no 'quota'"}}
    assert scripts["ids"]["run"][0] == {"say": "{session_id} {uuid} {now} {umo}"}
    assert scripts["title"] == {"name": "title", "title": "About ada"}


def test_different_replies_to_a_message_are_given_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "scripts.yaml").write_text(SCRIPTS, encoding="utf-8")

    def asked(client: httpx.Client) -> Iterator[httpx.Response]:
        for _ in range(4):
            yield chat(client, "again")

    _, before, after = record_and_play(asked, tmp_path / "to", Settings(scripts=tmp_path / "scripts.yaml", pace_ms=0))
    assert [seen(each) for each in after] == [seen(each) for each in before]
    scripts = scripts_in(tmp_path / "to")
    assert [scripts[name].get("times") for name in ("again", "again-2", "again-3")] == [2, 1, None]


def test_a_reply_with_the_users_name_is_one_script_for_all_users(tmp_path: Path) -> None:
    (tmp_path / "scripts.yaml").write_text(SCRIPTS, encoding="utf-8")

    def asked(client: httpx.Client) -> Iterator[httpx.Response]:
        for name in ("ada", "bob", "ada"):
            yield chat(client, "deltas", username=name)

    record_and_play(asked, tmp_path / "to", Settings(scripts=tmp_path / "scripts.yaml", pace_ms=0))
    assert scripts_in(tmp_path / "to")["deltas"] == {
        "name": "deltas",
        "when": {"message": "deltas"},
        "run": [
            {"say": ["Hel", "lo, ", "{username}", " {{x}}"]},
            {"usage": {"input": 120, "cached": 20, "output": 24}},
        ],
    }


def test_waits_are_rounded_to_two_digits(tmp_path: Path) -> None:
    (tmp_path / "scripts.yaml").write_text(SCRIPTS, encoding="utf-8")

    def asked(client: httpx.Client) -> Iterator[httpx.Response]:
        yield chat(client, "slow")

    settings = Settings(astrbot="4.29.3", scripts=tmp_path / "scripts.yaml", pace_ms=0)
    record_and_play(asked, tmp_path / "to", settings)
    run = scripts_in(tmp_path / "to")["slow"]["run"]
    times = [run[0]["wait"], run[1]["say"]["every"], run[-2]["wait"]]
    assert all(time.endswith("ms") and len(time.removesuffix("ms").rstrip("0")) <= 2 for time in times), times
    assert run[1]["say"]["text"] == ["a", "b", "c"]


def sessions(client: httpx.Client) -> Iterator[httpx.Response]:
    """Make, use, rename and delete a session, and upload and download a file."""
    new = client.get("/api/v1/chat/sessions/new")
    yield new
    path = f"/api/v1/chat/sessions/{new.json()['data']['session_id']}"
    shown = client.get(path)
    yield shown
    user = shown.json()["data"]["session"]["creator"]
    yield chat(client, "hello", username=user, session_id=new.json()["data"]["session_id"])
    yield client.get(path)
    yield client.patch(path, json={"display_name": "mine"})
    yield client.get(path)
    upload = client.post("/api/v1/files", files={"file": ("a.txt", b"hello", "text/plain")})
    yield upload
    yield client.get(f"/api/v1/files/{upload.json()['data']['attachment_id']}/content")
    yield client.delete(path)
    yield client.get(path)
    for name in ("bots", "providers", "provider-sources", "chat/configs"):
        yield client.get(f"/api/v1/{name}")


def test_state_that_a_client_makes_is_made_again(tmp_path: Path) -> None:
    found, before, after = record_and_play(sessions, tmp_path / "to", Settings(astrbot="4.29.3"), FrozenClock())
    for one, other in zip(before, after, strict=True):
        assert differences(received(one), received(other)) == [], one.request.url
    assert found.unlike == []
    assert [*found.scripts] == ["hello.yaml", "title.yaml"]
