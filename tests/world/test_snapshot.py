"""A snapshot is a fixture: the world made from it equals the original."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockbot.astrbot.disk import Unstorable, upload
from mockbot.astrbot.state import state_of
from mockbot.script.when import ChatRequest
from mockbot.source import Source, parse
from mockbot.world.snapshot import snapshot
from mockbot.world.world import World
from tests.conftest import FIXTURES, fixture_of, make_world

ANYTHING = st.characters()
"""Lone surrogates, too: JSON can contain them."""
TEXT = st.text(ANYTHING, max_size=8)
NAME = st.text(ANYTHING, min_size=1, max_size=8)
MEDIA = st.sampled_from(["image", "record", "video", "file"])
SENDER = st.sampled_from(["user", "bot"])
PART = st.fixed_dictionaries({"type": st.just("plain"), "text": TEXT})
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("session"), NAME, NAME),
        st.tuples(st.just("title"), TEXT),
        st.tuples(st.just("turn")),
        st.tuples(st.just("message"), TEXT, SENDER, st.lists(PART, max_size=2)),
        st.tuples(st.just("upload"), NAME, MEDIA, st.binary(max_size=8)),
        st.tuples(st.just("copy")),
        st.tuples(st.just("lose")),
        st.tuples(st.just("route"), NAME, st.sampled_from(["default", "thinker"])),
        st.tuples(st.just("state"), NAME, TEXT),
        st.tuples(st.just("time"), st.floats(0, 1e9)),
    ),
    max_size=20,
)


def live(world: World, steps: list[tuple[Any, ...]]) -> None:
    """Change a world as requests do."""
    for step in steps:
        last, files = world.sessions.all()[-1], world.attachments.all()
        match step:
            case "session", name, creator:
                world.sessions.create(name, creator)
            case "title", text:
                world.sessions.title(last, text)
            case ("turn",):
                last.turns, last.model_calls = last.turns + 2, last.model_calls + 1
            case "message", conversation, sender, parts:
                world.history.add(conversation, sender, parts)
            case "upload", name, media, content:
                upload(world, name, media, content)
            case ("copy",) if files:
                world.attachments.copy(files[-1], f"/copies/{len(files)}")
            case ("lose",) if files:
                world.attachments.lose(files[-1])
            case "route", umo, config:
                state_of(world).route(umo, config)
            case "state", name, value:
                world.scripts.states[name] = value
            case "time", seconds:
                world.clock.advance(seconds)


@given(STEPS)
def test_a_world_made_from_a_snapshot_equals_the_original(steps: list[tuple[Any, ...]]) -> None:
    world = make_world(fixture_of())
    live(world, steps)
    saved = snapshot(world)
    again = make_world(FIXTURES.parse(Source("fixture", saved, {}), files=False))
    assert snapshot(again) == saved
    live(world, steps)
    live(again, steps)
    assert [row["text"] for row in _texts(again)] == [row["text"] for row in _texts(world)]


def _texts(world: World) -> list[Any]:
    return [part for row in world.history.all() for part in row.parts]


@given(STEPS)
def test_a_snapshot_survives_json(steps: list[tuple[Any, ...]]) -> None:
    world = make_world(fixture_of())
    live(world, steps)
    saved = snapshot(world)
    assert parse(json.dumps(saved), "saved.json").value == saved


def test_identifiers_continue() -> None:
    world = make_world(fixture_of("empty"))
    for _ in range(5):
        world.ids.uuid()
    again = make_world(FIXTURES.parse(Source("fixture", snapshot(world), {})))
    assert again.ids.uuid() == world.ids.uuid()
    assert again.ids.given == 6


def test_message_ids_continue() -> None:
    world = make_world(fixture_of("empty"))
    for _ in range(3):
        world.history.add("c", "user", [])
    again = make_world(FIXTURES.parse(Source("fixture", snapshot(world), {})))
    assert again.history.add("c", "user", []).id == 4


def test_scripts_keep_the_times_that_are_left() -> None:
    world = make_world(fixture_of("empty", scripts=[{"name": "twice", "times": 2, "run": []}]))
    world.scripts.choose(ChatRequest("hello", "ada", "s", "umo"))
    assert snapshot(world)["scripts"] == [{"name": "twice", "times": 1, "run": []}]
    world.scripts.choose(ChatRequest("hello", "ada", "s", "umo"))
    assert snapshot(world)["scripts"] == []


def test_a_name_with_dots_is_kept_as_a_name_only() -> None:
    world = make_world(fixture_of("empty"))
    record = upload(world, "../config.json", "file", b"x")
    assert not isinstance(record, Unstorable)
    (saved,) = snapshot(world)["attachments"]
    assert saved["path"] == record.path == "/AstrBot/data/config.json"
