"""Behaviour files: one script and the faults of responses."""

from pathlib import Path

import pytest

from mockbot import source
from mockbot.behaviour import Behaviour, load, parse
from mockbot.errors import UserError
from mockbot.fault.catalogue import Cut, Status
from mockbot.testing import MockBot

FILE = """\
class: C1
operation: POST /api/v1/chat
times: 2
script:
  run:
    - say:
        - He
        - llo
faults:
  - name: cut
    after: 1
  - delay
"""


def read(text: str) -> Behaviour:
    return parse(source.parse(text, "b.yaml"))


def test_a_behaviour_is_written_as_it_is_read() -> None:
    behaviour = read(FILE)
    assert (behaviour.bug_class, behaviour.operation, behaviour.times) == ("C1", "POST /api/v1/chat", 2)
    assert behaviour.as_yaml() == FILE
    assert read(behaviour.as_yaml()).as_json() == behaviour.as_json()


def test_texts_that_yaml_could_take_for_something_else_are_read_as_they_were() -> None:
    for text in ("", "1", "on", "a: b", "\u2028", "\x85", "# no", "\0", "yes\n"):
        behaviour = Behaviour(faults=(Status(503, message=text),))
        assert read(behaviour.as_yaml()).faults == behaviour.faults


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("faults: [cutt]", "b.yaml:1: /faults/0"),
        ("faults:\n  - cut\n  - {name: cut, after: -1}", "b.yaml:3: /faults/1"),
        ("script:\n  run:\n    - say: '{nope}'", "b.yaml:3: /0/run/0/say"),
        ("speed: 1", "b.yaml:1: /"),
        ("times: 0", "b.yaml:1: /times"),
    ],
)
def test_a_mistake_has_file_line_and_pointer(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read(text)
    assert message in str(error.value)


def test_the_worst_fault_decides() -> None:
    assert Behaviour().kind == "legal"
    assert Behaviour().expects == "same"
    assert Behaviour(faults=(Cut(), Cut())).kind == Cut().kind


def test_a_server_plays_a_behaviour_file_in_its_default_world_also_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("times: 1\nfaults: [{name: status, status: 503}]\nscript: {run: [{say: ['Good day']}]}")
    with MockBot(behaviour=file) as server:
        world = server.default
        for _ in range(2):
            assert [each["left"] for each in world.faults.list()] == [1]
            assert "Good day" in str(world.snapshot())
            world.reset()


def test_an_operation_that_the_document_does_not_have_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("operation: POST /api/v1/chats\nfaults: [cut]")
    with pytest.raises(UserError, match="there is no operation 'POST /api/v1/chats'"):
        MockBot(behaviour=file)
    assert load(file).operation == "POST /api/v1/chats"
