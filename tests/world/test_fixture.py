"""Fixture files: what they contain, what they extend, and every mistake reported with its line."""

import json
import re
from pathlib import Path

import pytest

from mockbot.astrbot.state import state_of
from mockbot.errors import UserError
from mockbot.source import parse
from mockbot.world.fixture import Fixture
from mockbot.world.snapshot import snapshot
from tests.conftest import FIXTURES, make_world


def fixture(text: str, *, files: bool = True) -> Fixture:
    return FIXTURES.parse(parse(text, "mine.yaml"), files=files)


@pytest.mark.parametrize("name", FIXTURES.names)
def test_every_shipped_fixture_makes_a_world(name: str) -> None:
    made = make_world(FIXTURES.load(name))
    assert made.open_key == ("abk_all" if name.startswith("astrbot") else "abk_demo")
    assert state_of(made).config_for("anything").is_default


def test_an_empty_file_is_a_fresh_installation() -> None:
    made = make_world(fixture(""))
    assert (made.keys, state_of(made).bot_ids, state_of(made).provider(""), made.open_key) == ({}, (), None, "")
    assert [config.id for config in state_of(made).configs] == ["default"]


def test_each_list_replaces_that_of_the_extended_fixture() -> None:
    made = fixture("extends: default\nbots: [{id: mine, type: telegram}]")
    assert [bot.id for bot in made.own.bots] == ["mine"]
    assert made.keys == FIXTURES.load("default").keys


def test_configs_inherit_from_the_default_one_which_is_listed_last() -> None:
    made = fixture(
        "configs: [{id: default, name: default, admins: [root], streaming: true}, {id: a, name: ' A '}, {name: b}]"
    )
    assert [(config.id, config.name, config.admins, config.streaming) for config in made.own.configs] == [
        ("a", "A", ("root",), True),
        ("", "b", ("root",), True),
        ("default", "default", ("root",), True),
    ]
    given = state_of(make_world(made)).configs[1]
    assert given.path == f"abconf_{given.id}.json"


def test_times_and_numbers_of_history_are_kept() -> None:
    made = make_world(
        fixture(
            "sessions: [{session_id: s, creator: a, created_at: '2026-01-05T10:00:00+01:00'}]\n"
            "history: [{id: 7, conversation: s, sender: user, text: hi}, {conversation: s, sender: bot, text: ho}]"
        )
    )
    assert made.sessions.all()[0].created_at == made.sessions.all()[0].updated_at == 1767603600
    assert [row.id for row in made.history.all()] == [7, 8]


def test_attachments_are_text_or_base64_or_missing() -> None:
    made = make_world(
        fixture(
            "attachments: [{id: a, filename: a.txt, type: file, text: hé}, "
            "{id: b, filename: x/b.png, type: image, base64: AAE=}, {id: c, filename: c, type: file, gone: true}]"
        )
    )
    contents = [made.attachments.content(record) for record in made.attachments.all()]
    assert contents == ["hé".encode(), b"\0\1", None]
    assert made.attachments.all()[1].filename == "x_b.png"


def test_routes_lead_to_configs() -> None:
    made = make_world(fixture("configs: [{id: two, name: Two}]\nroutes: {'webchat:FriendMessage:x': two}"))
    assert state_of(made).config_for("webchat:FriendMessage:x").id == "two"
    state_of(made).route("webchat:FriendMessage:x", "default")
    assert state_of(made).config_for("webchat:FriendMessage:x").id == "default"


def test_scripts_come_from_files_beside_the_fixture_and_from_the_fixture_itself(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("scripts: [{name: from-file, run: []}]")
    (tmp_path / "f.yaml").write_text("scripts: [s.yaml, {name: inline, run: []}]")
    made = FIXTURES.load(str(tmp_path / "f.yaml"))
    assert [script.name for script in made.scripts] == ["from-file", "inline"]


def test_a_file_may_extend_a_file_but_not_itself(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("bots: [{id: base, type: x}]")
    (tmp_path / "f.yaml").write_text("extends: base.yaml")
    assert FIXTURES.load(str(tmp_path / "f.yaml")).own.bots[0].id == "base"
    (tmp_path / "base.yaml").write_text("extends: f.yaml")
    with pytest.raises(UserError, match=r"f\.yaml extends itself"):
        FIXTURES.load(str(tmp_path / "f.yaml"))


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("bots:\n- {id: x}\n- {name: y}", r"mine\.yaml:3: /bots/1"),
        ("keys: [{key: a, expires: tomorrow}]", r"mine\.yaml:1: /keys/0/expires: .*2026-01-31T12:00:00\+00:00"),
        ("keys: [{key: a, expires: '2026-01-31T12:00:00'}]", "not a time with offset"),
        ("attachments: [{id: a, filename: a, type: file, base64: '!'}]", r"/attachments/0/base64: not Base64"),
        ("extends: defualt", r"defualt: no such fixture; did you mean default\? Use one of astrbot"),
        ("extends: nowhere.yaml", r"nowhere\.yaml: no such fixture; use one of astrbot"),
        (f"extends: {'x' * 300}", r"^mine\.yaml:1: /extends: x{300}: no such fixture"),
        ("scripts:\n- run: [{shout: x}]", r"mine\.yaml:2: .*/run/0/shout"),
        ("[1, 2]", r"mine\.yaml:1: "),
        ("colour: red", "colour"),
    ],
)
def test_mistakes_are_reported_with_file_line_and_pointer(text: str, mistake: str) -> None:
    with pytest.raises(UserError, match=mistake):
        fixture(text)


@pytest.mark.parametrize("text", ["extends: /etc/passwd", "extends: ../x.yaml", "scripts: [/etc/passwd]"])
def test_a_fixture_from_a_client_opens_no_file(text: str) -> None:
    with pytest.raises(UserError, match=r"no such fixture|cannot name files"):
        fixture(text, files=False)


def test_a_fixture_from_a_client_may_extend_a_shipped_one() -> None:
    assert fixture("extends: default", files=False).keys == FIXTURES.load("default").keys


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("keys:\n- {key: k, scopes: [chat, chatt]}", '2: /keys/0/scopes/1: the scope "chatt" allows nothing; did you'),
        ("keys:\n- {key: k, scopes: [admin]}", '2: /keys/0/scopes/0: the scope "admin" allows nothing; the scopes are'),
        ("bots:\n- {id: a}\n- {id: a}", '3: /bots/1/id: "a" is already the id of another item'),
        ("plugins:\n- {name: a}\n- {name: a}", '3: /plugins/1/name: "a" is already the name of another item'),
        ("history:\n- {conversation: s, sender: bot}", '2: /history/0/conversation: there is no session "s"'),
        (
            'history:\n- {conversation: "\\e[2J\\u202e", sender: bot}',
            r'2: /history/0/conversation: there is no session "\x1b[2J\u202e"',
        ),
    ],
)
def test_what_the_server_accepts_but_is_probably_a_mistake_is_logged(
    text: str, doubt: str, caplog: pytest.LogCaptureFixture
) -> None:
    fixture(text)
    (line,) = caplog.messages
    assert line.startswith(f"mine.yaml:{doubt}")


def test_shipped_fixtures_and_inherited_sessions_raise_no_doubts(caplog: pytest.LogCaptureFixture) -> None:
    for name in FIXTURES.names:
        session = next(iter(FIXTURES.load(name).sessions), None)
        if session:
            fixture(f"extends: {name}\nhistory: [{{conversation: {session.session_id}, sender: bot}}]")
    assert caplog.messages == []


def test_a_missing_file_is_reported_at_its_line_in_the_fixture(tmp_path: Path) -> None:
    for text, at in (("version: 1\nscripts:\n- nope.yaml", "3: /scripts/0: "), ("extends: nope.yaml", "1: /extends: ")):
        mine = tmp_path / "mine.yaml"
        mine.write_text(text)
        with pytest.raises(UserError, match=re.escape(f"{mine}:{at}")) as raised:
            FIXTURES.load(str(mine))
        assert "nope.yaml" in str(raised.value)


def test_a_fixture_of_another_server_is_refused_with_its_line() -> None:
    with pytest.raises(UserError) as caught:
        fixture("version: 1\nserver: astrbot-4.29.3")
    assert str(caught.value) == (
        "mine.yaml:2: /server: this fixture is for astrbot-4.29.3, and the server is astrbot-4.19.4; "
        "use another fixture, or serve astrbot-4.29.3"
    )


def test_a_fixture_that_extends_one_for_a_server_is_for_it_too() -> None:
    made = fixture("extends: astrbot-4.19.4")
    assert made.server == "astrbot-4.19.4"
    assert snapshot(make_world(made))["server"] == "astrbot-4.19.4"
    assert "server" not in snapshot(make_world(fixture("extends: default")))


def test_times_of_personas_need_an_offset() -> None:
    with pytest.raises(UserError, match=r"mine.yaml:1: /personas/0/updated_at: not a time with offset"):
        fixture("personas: [{persona_id: a, updated_at: '2026-01-01T00:00:00'}]")


@pytest.mark.parametrize("name", ["keys", "bots", "configs", "providers", "personas", "tools"])
def test_a_fixture_has_a_bounded_number_of_rows(name: str) -> None:
    rows: list[object] = ["x"] * 10_001 if name == "tools" else [{}] * 10_001
    with pytest.raises(UserError, match=f"`{name}` must have at most 10000 items"):
        fixture(json.dumps({"version": 1, name: rows}))
