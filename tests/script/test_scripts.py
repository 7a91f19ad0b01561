import json

import pytest

from mockbot.errors import UserError
from mockbot.script.chosen import Chosen, NearMiss
from mockbot.script.model import Command, Script
from mockbot.script.scripts import LIMIT, Scripts
from tests.script.requests import asked, scripts


def chosen(world: Scripts, message: str = "hello") -> str | None:
    found = world.choose(asked(message))
    return None if found is None else found.script.name


def number(found: Chosen | None) -> int | None:
    return None if found is None else found.number


def nearest(world: Scripts, message: str = "hello") -> NearMiss:
    near = world.nearest(asked(message))
    assert near is not None
    return near


def test_the_first_matching_script_is_chosen() -> None:
    world = Scripts(scripts("- {name: a, when: {message: x}, run: []}\n- {name: b, run: []}\n- {name: c, run: []}"))
    assert [chosen(world, "x"), chosen(world, "y")] == ["a", "b"]


def test_no_script_matches() -> None:
    assert Scripts(scripts("- {when: {message: x}, run: []}")).choose(asked()) is None


def test_times_and_the_number_of_the_use() -> None:
    world = Scripts(scripts("- {name: a, times: 2, run: []}\n- {name: b, run: []}"))
    assert [number(world.choose(asked())), number(world.choose(asked()))] == [1, 2]
    assert [chosen(world), number(world.find(asked())), number(world.find(asked()))] == ["b", 2, 2]


def test_states_are_required_and_set() -> None:
    world = Scripts(
        scripts(
            "- {name: in, requires: {door: open}, sets: {door: shut}, run: []}\n"
            "- {name: knock, sets: {door: open}, run: []}\n"
        )
    )
    assert [chosen(world), chosen(world)] == ["knock", "in"]
    assert world.states == {"door": "shut"}
    assert chosen(world) == "knock"


def test_titles_are_chosen_separately_from_other_scripts() -> None:
    world = Scripts(
        scripts(
            "- {title: null, when: {message: {contains: none}}}\n"
            "- {title: {fail: true}, when: {message: {contains: fails}}}\n"
            "- {title: '{username} {n} {word}', when: {message: {regex: '(?P<word>b.*)'}}}\n"
        )
    )
    assert world.choose(asked("none")) is None
    assert [world.title(asked(text)) for text in ("none", "fails", "bee", "bye", "hello")] == [
        None, None, "alice 1 bee", "alice 2 bye", None
    ]  # fmt: skip


def test_the_nearest_script_has_the_fewest_misses_then_the_closest_text() -> None:
    world = Scripts(
        scripts(
            "- {name: far, when: {message: weather, turn: 4}, run: []}\n"
            "- {name: other, when: {message: goodbye}, run: []}\n"
            "- {name: near, when: {message: {contains: help me}}, run: []}\n"
            "- {title: never}\n"
        )
    )
    assert str(nearest(world, "hepl me")) == (
        "the nearest script is 'near' (scripts.yaml:3): "
        'its message asks for {"contains": "help me"}, the request has "hepl me"'
    )
    assert Scripts().nearest(asked()) is None


def test_a_script_that_matches_in_part_is_nearer_than_one_that_does_not() -> None:
    world = Scripts(
        scripts(
            "- {name: weather, when: {message: thinner}, run: []}\n"
            "- {name: slow, when: {message: think, username: ada}, run: []}\n"
        )
    )
    near = nearest(world, "think")
    assert (near.script.name, near.miss.field) == ("slow", "username")


def test_a_used_up_script_and_a_missing_state_are_misses_too() -> None:
    world = Scripts(scripts("- {times: 1, run: []}"))
    world.choose(asked())
    miss = nearest(world).miss
    assert (miss.field, miss.actual) == ("times", 1)
    world = Scripts(scripts("- {requires: {door: open}, run: []}"))
    assert nearest(world).miss.field == "requires/door"


def test_unused_scripts_are_listed() -> None:
    world = Scripts(scripts("- {name: a, times: 2, run: []}\n- {name: b, run: []}\n- {name: c, run: []}"))
    for _ in range(3):
        world.choose(asked())
    assert [script.name for script in world.unused()] == ["c"]
    world = Scripts(scripts("- {name: a, times: 2, run: []}"))
    world.choose(asked())
    assert [script.name for script in world.unused()] == ["a"]


def test_added_scripts_come_first_and_are_removed_by_name() -> None:
    world = Scripts(scripts("- {name: a, run: []}"))
    world.add(*scripts("- {name: b, run: []}\n- {name: c, run: []}"))
    assert [script.name for script in world] == ["b", "c", "a"]
    assert (chosen(world), world.remove("b"), world.remove("b"), chosen(world), len(world)) == ("b", 1, 0, "c", 2)
    world.clear()
    assert len(world) == 0


def test_clearing_removes_the_states_with_the_scripts() -> None:
    world = Scripts(scripts("- {name: a, sets: {door: open}, run: []}"), {"window": "shut"})
    assert chosen(world) == "a"
    assert world.states == {"window": "shut", "door": "open"}
    world.clear()
    assert (len(world), world.states) == (0, {})


def test_the_number_of_scripts_is_limited() -> None:
    world = Scripts([Script("x", Command())] * (LIMIT - 2))
    world.add(Script("y", Command()), Script("z", Command()))
    assert len(world) == LIMIT
    with pytest.raises(UserError, match="1000 scripts at most"):
        world.add(Script("y", Command()))
    assert len(world) == LIMIT
    world.remove("y")
    world.add(Script("w", Command()))
    assert next(iter(world)).name == "w"


def test_a_snapshot_is_a_script_file_of_what_is_left() -> None:
    world = Scripts(
        scripts("usage: {input: 5}\nscripts: [{name: a, times: 1, run: []}, {name: b, times: 2, run: [{say: hi}]}]")
    )
    world.choose(asked())
    world.choose(asked())
    assert world.snapshot() == [{"name": "b", "times": 1, "run": [{"say": "hi"}, {"usage": {"input": 5}}]}]
    again = scripts(json.dumps(world.snapshot()))
    assert again[0].action == next(script for script in world if script.name == "b").action


def test_a_snapshot_gives_a_repeated_name_a_number() -> None:
    name = "n" * 200
    given = Scripts(scripts(f"[{{name: a, run: []}}, {{name: a 2, run: []}}, {{name: {name}, run: []}}, {{run: []}}]"))
    given.add(*scripts("[{name: a, times: 2, run: []}]"))
    given.add(*scripts(f"[{{name: a, run: []}}, {{name: {name}, run: []}}, {{run: []}}]"))
    rows = json.dumps(given.snapshot())
    assert [script.name[:20] for script in scripts(rows) if script.has_name] == [
        *("a", name[:20], "a 3", "a 4", "a 2", name[:20])
    ]
    assert len(scripts(rows)) == len(given)
